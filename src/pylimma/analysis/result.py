"""What an analysis went through and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from pylimma.analysis.account import account, facts, summary_table
from pylimma.analysis.conditions import conditions_of, sample_table, trend_of
from pylimma.analysis.options import Options
from pylimma.analysis.plots import Plots
from pylimma.analysis.steps import table_of
from pylimma.archive import read_archive, write_archive
from pylimma.containers.counts import DGEList
from pylimma.containers.decisions import TestResults
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.exploration.ordination import MDS
from pylimma.fit.correlation import DuplicateCorrelation
from pylimma.record import Record
from pylimma.report.page import write_report
from pylimma.typing import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Analysis(Record, Plots):
    """An analysis of differential expression with all that it went through.

    Printing one gives a short account of it.

    Attributes
    ----------
    options : Options
        The choices behind it.
    formula : str
        The model as it was given.
    data : DGEList or EList
        Counts or log-expression of all genes.
    samples : DataFrame of samples
        What was known of each sample.
    kept : array of bool of shape (genes,)
        Genes of `data` that were analysed.
    counts : DGEList or None
        Counts of these genes with normalisation factors; None for log-expression.
    design : DataFrame of shape (samples, coefs)
        The model.
    block : array of shape (samples,) or None
        Blocks of samples.
    correlation : DuplicateCorrelation or None
        Correlation within blocks.
    expression : EList
        Log2 expression with weights.
    models : MArrayLM
        The linear models, a coefficient for each column of `design`.
    fit : MArrayLM
        A coefficient for each contrast, with moderated statistics.
    treated : MArrayLM or None
        The tests against the threshold, where there is one.
    decisions : TestResults of shape (genes, contrasts)
        Which genes go up or down.
    tables : dict of str to DataFrame
        A table of all genes for each contrast, the clearest first, as `top_table` makes them.
    mds : MDS or None
        How samples lie to each other; None for fewer than three.
    warnings : tuple of str
        What was suspicious on the way.
    """

    options: Options
    formula: str
    data: DGEList | EList
    samples: pd.DataFrame
    kept: BoolArray
    counts: DGEList | None
    design: pd.DataFrame
    block: np.ndarray | None
    correlation: DuplicateCorrelation | None
    expression: EList
    models: MArrayLM
    fit: MArrayLM
    treated: MArrayLM | None
    decisions: TestResults
    tables: dict[str, pd.DataFrame]
    mds: MDS | None
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        return account(self)

    @property
    def tested(self) -> MArrayLM:
        """The fit that the tables are made of: of `treat` where there is a threshold."""
        return self.fit if self.treated is None else self.treated

    @property
    def summary(self) -> pd.DataFrame:
        """Numbers of genes down, not called and up in each contrast."""
        return summary_table(self)

    @property
    def groups(self) -> pd.Series:
        """A label of the condition of each sample, by the factors of the model."""
        return conditions_of(self)

    @property
    def sample_table(self) -> pd.DataFrame:
        """What is known of the samples, with library sizes, factors, blocks and weights."""
        return sample_table(self)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Samples, genes, method, design and prior in words, as the account tells them."""
        return facts(self)

    @property
    def trend(self) -> tuple[FloatArray, FloatArray] | None:
        """Points and curve of the mean-variance trend behind the weights, x and y in the rows."""
        return trend_of(self)

    def table_of(self, contrast: str | int | None = None, **options: Any) -> pd.DataFrame:
        """Return the table of a contrast in another form than in `tables`.

        Parameters
        ----------
        contrast : str or int, optional
            The contrast; the only one when not given.
        **options : object
            Of `top_table`, such as ``sort_by="none"`` for the order of the data.

        Returns
        -------
        DataFrame of genes
        """
        return table_of(self.tested, self.contrast(contrast), self.options, **options)

    def contrast(self, contrast: str | int | None = None) -> int:
        """Position of a contrast.

        Parameters
        ----------
        contrast : str or int, optional
            Its name or position; the only one when not given.

        Returns
        -------
        int

        Raises
        ------
        UnknownNameError
            If there is no such contrast.
        InputError
            If there are several and none was named.
        """
        names = list(self.tables)
        if contrast is None:
            if len(names) > 1:
                raise InputError(f"Say which contrast: {quoted(names)}.")
            return 0
        if isinstance(contrast, int) and -len(names) <= contrast < len(names):
            return contrast % len(names)
        if contrast not in names:
            raise UnknownNameError(
                f"No contrast {contrast!r}; there are {quoted(nearest(contrast, names))}."
            )
        return names.index(str(contrast))

    def report(self, path: str | Path, *, title: str = "Differential expression") -> Path:
        """Write one HTML page of the whole analysis, which opens without a network.

        Parameters
        ----------
        path : str or Path
            Where to.
        title : str
            Title of the page.

        Returns
        -------
        Path
            The file.
        """
        return write_report(self, Path(path), title=title)

    def save(self, path: str | Path) -> Path:
        """Write everything into one file, which `Analysis.load` reads.

        Parameters
        ----------
        path : str or Path
            Where to.

        Returns
        -------
        Path
            The file.
        """
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        return write_archive(Path(path), content)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        Analysis

        Raises
        ------
        InputError
            If the file holds no analysis.
        """
        content = read_archive(Path(path))
        if not isinstance(content, dict) or set(content) != {field.name for field in fields(cls)}:
            raise InputError(f"'{Path(path).name}' holds no analysis of this version of pylimma.")
        return cls(**content)
