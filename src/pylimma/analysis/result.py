"""The result of `analyze`: every step, with its summary, plots, report and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from pylimma.analysis.detection import on_off
from pylimma.analysis.methods import methods_paragraph
from pylimma.analysis.record import AnalysisRecord
from pylimma.analysis.samples import condition_labels, ordination, sample_table
from pylimma.analysis.steps import result_table
from pylimma.analysis.summary import adjusted_name, call_counts, facts, summary_text
from pylimma.archive import build, read_archive, write_archive
from pylimma.arguments import check_keywords, described, whole
from pylimma.arguments import path as file_path
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.genesets.set_tests import SetTests
from pylimma.release import version
from pylimma.report.contents import ReportContents
from pylimma.report.pictures import embedded
from pylimma.report.sections import parse_sections
from pylimma.results.top_table import top_table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Analysis(AnalysisRecord):
    """A differential expression analysis with every intermediate result.

    Printing it gives a short summary. Each ``plot_`` method passes its options on to the plot it
    is named after.

    Attributes
    ----------
    options : Options
        The options of the analysis.
    formula : str
        The model as it was given.
    data : DGEList or EList
        Counts or log-expression of all genes.
    samples : DataFrame of samples
        The table of samples as it was given.
    kept : array of bool of shape (genes,)
        Genes of `data` that passed the filter.
    counts : DGEList or None
        Counts of these genes with normalisation factors; None for log-expression.
    design : DataFrame of shape (samples, coefs)
        The design matrix.
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
        The tests against the threshold, if there is one.
    decisions : TestResults of shape (genes, contrasts)
        Which genes are up or down.
    tables : dict of str to DataFrame
        A table of all genes for each contrast, sorted by p-value, as from `top_table`.
    mds : MDS or None
        Multidimensional scaling of the samples, made on first use; None for fewer than three.
    warnings : tuple of str
        The warnings given on the way.
    sets : SetTests or None
        Tested gene sets: ``sets.table`` has a row for each set and contrast.
    """

    @classmethod
    def of(cls, parts: Mapping[str, Any]) -> Self:
        """Return an analysis of its fields; an MDS that is not among them is made when needed."""
        made: Self = build(cls, {"mds": None} | dict(parts))
        if "mds" not in parts:
            object.__delattr__(made, "mds")
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name != "mds":
                raise AttributeError(f"'Analysis' object has no attribute '{name}'")
            object.__setattr__(self, "mds", ordination(self.expression))
            return self.mds

    def __repr__(self) -> str:
        return summary_text(self)

    @property
    def summary(self) -> pd.DataFrame:
        """Numbers of genes down, not called and up in each contrast."""
        return call_counts(self)

    @property
    def groups(self) -> pd.Series:
        """The condition of each sample, by the factors of the model."""
        return condition_labels(self)

    @property
    def sample_table(self) -> pd.DataFrame:
        """The table of samples with library sizes, normalisation factors, blocks and weights."""
        return sample_table(self)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Samples, genes, method, design, prior and tests, each by a label and a text."""
        return facts(self)

    def table_of(self, contrast: str | int | None = None, **options: Any) -> pd.DataFrame:
        """Return the table of a contrast with options other than in `tables`.

        Parameters
        ----------
        contrast : str or int, optional
            The contrast; may be omitted if there is only one.
        **options : object
            Options of `top_table`, such as ``sort_by="none"`` for the order of the data.

        Returns
        -------
        DataFrame of genes
        """
        check_keywords(options, top_table, "table_of")
        return result_table(self.tested, self.contrast(contrast), self.options, **options)

    def on_off_table(self, contrast: str | int | None = None, *, least: int = 2) -> pd.DataFrame:
        """Return the genes seen on one side of a contrast and never on the other.

        Parameters
        ----------
        contrast : str or int, optional
            The contrast; may be omitted if there is only one.
        least : int
            Smallest number of samples of the one side that show a gene.

        Returns
        -------
        DataFrame of genes
            As from `pylimma.on_off_table`, with the share of the side's samples.
        """
        vector = self.fit["contrasts"][:, self.contrast(contrast)]
        least = whole(least, "least", 1)
        return on_off(self.expression, self.design, vector, self.groups, least)

    def contrast(self, contrast: str | int | None = None) -> int:
        """Position of a contrast.

        Parameters
        ----------
        contrast : str or int, optional
            Its name or position; may be omitted if there is only one.

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
        if isinstance(contrast, int | np.integer) and -len(names) <= contrast < len(names):
            return int(contrast) % len(names)
        if not isinstance(contrast, str) or contrast not in names:
            given = repr(contrast) if isinstance(contrast, str) else described(contrast)
            raise UnknownNameError(
                f"No contrast {given}; there are {quoted(nearest(given, names))}."
            )
        return names.index(str(contrast))

    def report(
        self,
        path: str | Path,
        *,
        title: str = "Differential expression",
        sections: Sequence[str] | None = None,
        logo: str | Path | None = None,
    ) -> Path:
        """Write the whole analysis as one HTML page, which opens offline.

        Parameters
        ----------
        path : str or Path
            The file to write.
        title : str
            Title of the page.
        sections : sequence of str, optional
            The sections to show, of "overview", "genes", "p_values", "heatmap", "sets",
            "samples", "correlations", "model" and "methods". Default: all.
        logo : str or Path, optional
            A picture shown above the sections, a PNG, JPEG, GIF, WebP or SVG file; the page
            holds a copy.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            If there is no such section, or the logo is not a picture.
        """
        shown, picture = parse_sections(sections), None if logo is None else embedded(logo)
        text, references = methods_paragraph(self, version())
        contents = ReportContents(
            facts=dict(self.facts),
            warnings=self.warnings,
            formula=self.formula,
            data=self.data,
            kept=self.kept,
            counts=self.counts,
            expression=self.expression,
            samples=self.sample_table,
            groups=self.groups,
            mds=self.mds,
            trend=self.trend,
            design=self.design,
            fit=self.fit,
            calls=np.nan_to_num(self.decisions.values),
            tables={k: self.table_of(k, sort_by="none", log10_p_value=True) for k in self.tables},
            methods=text,
            references=references,
            settings=self.options.in_use,
            sets=self.sets,
            fdr=self.options.p_value,
            lfc=0.0 if self.options.tests_threshold else self.options.lfc,
            adjusted=adjusted_name(self.options.adjust_method),
            words=self.words,
        )
        place = file_path(path, "path")
        return _pictures().write_report(contents, place, title=title, sections=shown, logo=picture)

    def save(self, path: str | Path) -> Path:
        """Write everything into one file, which `Analysis.load` reads.

        Parameters
        ----------
        path : str or Path
            The file to write.

        Returns
        -------
        Path
            The file.
        """
        names = [field.name for field in fields(self) if field.name != "mds" or self._has_mds()]
        content = {name: getattr(self, name) for name in names}
        return write_archive(file_path(path, "path"), content)

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
            If the file does not hold an analysis.
        """
        content = read_archive(file_path(path, "path"))
        known = {field.name for field in fields(cls)}
        if not isinstance(content, dict) or {*content, "mds", "sets"} != known:
            name = Path(path).name
            raise InputError(f"'{name}' does not hold an analysis of this version of pylimma.")
        return cls.of(content)

    def plot_library_sizes(self, **options: Any) -> Any:
        """Draw the library sizes; returns the Axes."""
        if self.counts is None:
            raise InputError("Log-expression has no library sizes; only counts have.")
        return _pictures().plot_library_sizes(self.counts, **{"group": self._labels()} | options)

    def plot_densities(self, **options: Any) -> Any:
        """Draw the distribution of log-expression in every sample; returns the Axes."""
        return _pictures().plot_densities(self.expression, **{"group": self._labels()} | options)

    def plot_mds(self, **options: Any) -> Any:
        """Draw the multidimensional scaling of the samples; returns the Axes."""
        if self.mds is None:
            raise InputError("An MDS plot needs at least three samples.")
        return _pictures().plot_mds(self.mds, **{"group": self._labels()} | options)

    def plot_missing(self, **options: Any) -> Any:
        """Draw which values are missing, by group; returns the Axes."""
        check_keywords(options, _pictures().plot_missing_values, "plot_missing")
        if np.isfinite(self.expression["E"]).all():
            raise InputError("No value is missing.")
        return _pictures().plot_missing_values(
            self.expression, **{"group": self._labels()} | options
        )

    def plot_trend(self, **options: Any) -> Any:
        """Draw the mean-variance trend behind the weights; returns the Axes."""
        if self.trend is None:
            raise InputError("This method has no trend behind its weights; see `plot_sa`.")
        points, line = self.trend
        if self.options.method == "vooma":
            options = {"xlab": r"Average expression ($\log_2$)"} | options
        return _pictures().voom_trend(points[0], points[1], line[0], line[1], **options)

    def plot_sa(self, **options: Any) -> Any:
        """Draw residual standard deviations and their prior over expression; returns the Axes."""
        return _pictures().plot_sa(self.fit, **options)

    def plot_weights(self, **options: Any) -> Any:
        """Draw the weights of the samples; returns the Axes."""
        weights = self.sample_weights
        if weights is None:
            raise InputError('Only `method="quality_weights"` gives weights to samples.')
        names = self.expression.col_names
        return _pictures().plot_sample_weights(
            weights, **{"group": self._labels(), "names": names} | options
        )

    def plot_p_values(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw the histogram of the p-values of a contrast; returns the Axes."""
        return _pictures().plot_p_values(self.tested, self.contrast(contrast), **options)

    def plot_md(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw log fold changes over average expression; returns the Axes."""
        at = self.contrast(contrast)
        return _pictures().plot_md(
            self.tested, coef=at, **{"status": self.decisions[:, [at]]} | options
        )

    def plot_volcano(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw significance over log fold changes; returns the Axes."""
        at = self.contrast(contrast)
        return _pictures().volcanoplot(
            self.tested, at, **{"status": self.decisions[:, [at]]} | options
        )

    def plot_heatmap(self, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw the expression of the top genes of a contrast; returns the Axes."""
        at = self.contrast(contrast)
        return _pictures().plot_top_genes(
            self.tested, self.expression, at, **{"groups": self._labels()} | options
        )

    def plot_sets(self, kind: Literal["dot", "bar"] = "dot", **options: Any) -> Any:
        """Draw the top gene sets of all contrasts; returns the Axes."""
        return _pictures().plot_sets(
            self._sets().table, kind, **{"fdr": self.options.p_value} | options
        )

    def plot_barcode(self, gene_set: str, contrast: str | int | None = None, **options: Any) -> Any:
        """Draw where the genes of a set stand among all genes; returns the Axes."""
        members, at = self._sets().members, self.contrast(contrast)
        if gene_set not in members:
            known = quoted(nearest(gene_set, members))
            raise UnknownNameError(f"No gene set {gene_set!r} was tested; there are {known}.")
        options = {"set_names": gene_set, "main": list(self.tables)[at]} | options
        return _pictures().barcodeplot(self.fit, members[gene_set], coef=at, **options)

    def _sets(self) -> SetTests:
        if self.sets is None:
            raise InputError("No gene sets were tested; give some to `analyze` as `sets`.")
        return self.sets

    def _has_mds(self) -> bool:
        """Whether the MDS was made."""
        try:
            object.__getattribute__(self, "mds")
        except AttributeError:
            return False
        return True

    def _labels(self) -> np.ndarray:
        return np.asarray(self.groups)


def _pictures() -> Any:
    from pylimma.analysis import pictures  # noqa: PLC0415 - Matplotlib loads as long as all else

    return pictures
