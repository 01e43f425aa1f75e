"""Analyses of single-cell data, one for each cell type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.analysis.analyze import analyze
from pylimma.analysis.result import Analysis
from pylimma.arguments import check_keywords, mapping
from pylimma.arguments import path as file_path
from pylimma.errors import InputError, InputWarning, PylimmaError, UnknownNameError, quoted, warn
from pylimma.preprocessing.counts.pseudobulk import (
    difference_in_words,
    pseudobulk,
    sample_codes,
    sample_columns,
    spread_of,
)

_NAMES = re.compile(r"`([^`]+)`|([^\W\d][\w.]*)")  # of the variables of a formula


class CellTypes(Mapping[str, Analysis]):
    """Analyses by cell type.

    Parameters
    ----------
    analyses : mapping of str to Analysis
        The analyses.
    skipped : mapping of str to str
        Cell types that could not be analysed, with the reason.
    """

    def __init__(self, analyses: Mapping[str, Analysis], skipped: Mapping[str, str]) -> None:
        self._analyses = mapping(analyses, "analyses")
        self.skipped = mapping(skipped, "skipped")

    def __getitem__(self, name: str) -> Analysis:
        if name in self._analyses:
            return self._analyses[name]
        reason = f": {self.skipped[name]}" if name in self.skipped else ""
        raise UnknownNameError(
            f"No analysis of '{name}'{reason or f'; there are {quoted(self._analyses)}'}."
        )

    def __contains__(self, name: object) -> bool:
        return name in self._analyses

    def __iter__(self) -> Iterator[str]:
        return iter(self._analyses)

    def __len__(self) -> int:
        return len(self._analyses)

    def __repr__(self) -> str:
        text = self.summary.to_string()
        skipped = [f"skipped {name}: {reason}" for name, reason in self.skipped.items()]
        return "\n".join([f"Analyses of {len(self)} cell types", text, *skipped])

    @property
    def summary(self) -> pd.DataFrame:
        """Numbers of samples and genes, and of genes up and down, by cell type and contrast."""
        rows = {
            (name, contrast): {
                "samples": found.data.shape[1],
                "genes": int(found.kept.sum()),
                **found.summary.loc[contrast],
            }
            for name, found in self._analyses.items()
            for contrast in found.tables
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    @property
    def table(self) -> pd.DataFrame:
        """All tables in one, with the columns `cell_type`, `contrast` and `gene`."""
        parts = [
            table.rename_axis("gene").reset_index().assign(cell_type=name, contrast=contrast)
            for name, found in self._analyses.items()
            for contrast, table in found.tables.items()
        ]
        every = pd.concat(parts, ignore_index=True)
        first = ["cell_type", "contrast", "gene"]
        return every[[*first, *(name for name in every.columns if name not in first)]]

    def report(self, folder: str | Path, **options: Any) -> list[Path]:
        """Write an HTML page for each cell type.

        Parameters
        ----------
        folder : str or Path
            The folder; created if needed.
        **options : object
            Options of `Analysis.report`, such as ``sections=["overview", "genes"]``.

        Returns
        -------
        list of Path
            The files.
        """
        check_keywords(options, ("title", "sections", "logo"), "report")
        place = file_path(folder, "folder")
        place.mkdir(parents=True, exist_ok=True)
        return [
            found.report(place / f"{_file_name(name, k)}.html", **{"title": name} | options)
            for k, (name, found) in enumerate(self._analyses.items())
        ]


def analyze_pseudobulk(
    adata: Any,
    sample_col: str | Sequence[str],
    group_col: str,
    formula: Any = None,
    contrasts: Any = None,
    method: Any = "voom",
    *,
    layer: str | None = None,
    min_cells: int = 10,
    min_counts: float = 1000,
    **options: Any,
) -> CellTypes:
    """Differential expression between samples within every cell type.

    Parameters
    ----------
    adata : AnnData of shape (cells, genes)
        Raw counts of cells.
    sample_col : str or sequence of str
        Column of `obs` that names the biological sample of each cell, or the columns that name
        it together.
    group_col : str
        Column of `obs` that names the cell type of each cell.
    formula, contrasts, method : object
        As in `analyze`; variables of the formula are columns of `obs` with one value for each
        sample.
    layer : str, optional
        Layer with raw counts. Default: `X`.
    min_cells : int
        Pseudobulk samples of fewer cells are removed.
    min_counts : float
        Pseudobulk samples with fewer reads are removed.
    **options : object
        Passed on to `analyze`.

    Returns
    -------
    CellTypes
        A mapping of cell types to analyses, with ``.table``, ``.summary`` and
        ``.report(folder)``; ``.skipped`` holds the types that could not be analysed, with the
        reason.

    Raises
    ------
    InputError
        If a variable of the formula differs between cells of a sample, or no cell type can be
        analysed.

    Warns
    -----
    InputWarning
        Naming the cell types that are skipped.

    See Also
    --------
    pseudobulk : The pseudobulk samples alone.
    analyze : The analysis of one table of counts.

    Examples
    --------
    >>> import anndata, numpy as np, pandas as pd, pylimma
    >>> rng = np.random.default_rng(1)
    >>> obs = pd.DataFrame({"donor": np.arange(120) % 6, "type": np.arange(120) // 60}).astype(str)
    >>> obs["group"] = np.where(obs["donor"] < "3", "a", "b")
    >>> cells = anndata.AnnData(rng.poisson(5.0, (120, 50)), obs=obs.rename(index=str))
    >>> list(pylimma.analyze_pseudobulk(cells, "donor", "type", "~ group", progress=False))
    ['0', '1']
    """
    own = ("counts", "samples", "formula", "contrasts", "method", "layer")
    taken = [name for name in signature(analyze).parameters if name not in own]
    check_keywords(options, taken, "analyze_pseudobulk")
    if is_anndata(adata):
        _check_variables(adata, sample_col, group_col, (formula, options.get("block")))
    bulk = pseudobulk(
        adata, sample_col, group_col, layer=layer, min_cells=min_cells, min_counts=min_counts
    )
    types = bulk.samples[group_col].astype("category").cat.remove_unused_categories()
    analyses: dict[str, Analysis] = {}
    skipped: dict[str, str] = {}
    for name in types.cat.categories:
        part = bulk.subset(columns=np.flatnonzero(types == name))
        added = ["lib_size", "norm_factors"] + ["group"] * ("group" not in adata.obs)
        table = part.samples.drop(columns=added)
        try:
            analyses[str(name)] = analyze(
                part.frame(), table, formula, contrasts, method, **options
            )
        except PylimmaError as error:
            skipped[str(name)] = str(error)
    if not analyses:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        raise InputError(f"No cell type can be analysed. {reasons}")
    for name, reason in skipped.items():
        warn(f"'{name}' is skipped: {reason}", InputWarning)
    return CellTypes(analyses, skipped)


def _check_variables(adata: Any, sample_col: Any, group_col: str, model: Sequence[Any]) -> None:
    """Raise where a variable of the formula or the block differs between cells of a sample."""
    texts = [text for text in model if isinstance(text, str)]
    used = {word for text in texts for words in _NAMES.findall(text) for word in words} | set(texts)
    columns = sample_columns(adata, sample_col)
    for name in adata.obs.columns.intersection(sorted(used - {""})):
        column = adata.obs[name]
        codes, names = sample_codes([*columns, *sample_columns(adata, group_col)])
        if spread_of(column, codes, len(names)).varies.any():
            own = [str(part.name) for part in columns]
            raise InputError(
                f"{difference_in_words(column, *sample_codes(columns))}. A sample needs one value: "
                f"correct these cells, or sum by both columns, with `sample_col={[*own, name]}`."
            )


def _file_name(name: str, position: int) -> str:
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    return f"{position + 1:02d}_{safe}"
