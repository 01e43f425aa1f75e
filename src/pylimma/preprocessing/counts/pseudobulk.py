"""Pseudobulk samples: counts of cells summed by sample and cell type [1].

Cells of one sample are not replicates of each other; sums by sample are what can be compared
between conditions. Sparse counts are summed a block of stored values at a time.

References
----------
.. [1] Crowell HL et al. (2020). Nat Commun 11:6077. https://doi.org/10.1038/s41467-020-19894-4
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import cell_matrix, is_anndata, layer_names
from pylimma.arguments import number, text
from pylimma.containers.counts import DGEList
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    UnknownNameError,
    check_choice,
    nearest,
    quoted,
    warn,
)
from pylimma.preprocessing.counts.blocks import is_sparse
from pylimma.preprocessing.counts.checks import all_whole
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

BLOCK_ELEMENTS = 2**22  # values of a block: 32 megabytes in double precision
_MODES = ("sum", "mean")
_FEW = 0.5  # share of the samples in which a column may differ for that to be noteworthy
_MOST_SHOWN = 4  # values of a column in a message
_HIGHEST_LOG = 30  # logarithms of counts stay below; raw counts of some gene do not


@dataclass(frozen=True, slots=True, eq=False)
class CellSums(Record):
    """Sums over the cells of each group."""

    total: FloatArray  # (groups, genes) sums of the values
    expressing: FloatArray  # (groups, genes) numbers of cells whose value is not zero


def sum_cells(matrix: Any, group: IntArray, n_groups: int) -> CellSums:
    """Sum values over the cells of each group, in double precision; negative groups are skipped."""
    n_genes = matrix.shape[1]
    if not is_sparse(matrix):
        return _sum_dense(matrix, group, n_groups)
    if matrix.format != "csc":
        matrix = matrix.tocsr()
    total, expressing = np.zeros(n_groups * n_genes), np.zeros(n_groups * n_genes)
    for stored in _blocks(matrix):
        cells, genes = _places(matrix, stored)
        place = group[cells] * n_genes + genes
        values = matrix.data[stored]
        used = (values != 0) & (place >= 0)
        if not used.all():
            place, values = place[used], values[used]
        total += np.bincount(place, values, minlength=total.size)
        expressing += np.bincount(place, minlength=total.size)
    shape = (n_groups, n_genes)
    return CellSums(total.reshape(shape), expressing.reshape(shape))


def _sum_dense(matrix: AnyArray, group: IntArray, n_groups: int) -> CellSums:
    shape = (n_groups, matrix.shape[1])
    total, expressing = np.zeros(shape), np.zeros(shape)
    for own in range(n_groups):
        for cells in np.array_split(np.flatnonzero(group == own), _n_parts(matrix)):
            part = matrix[cells]
            total[own] += part.sum(axis=0, dtype=np.float64)
            expressing[own] += np.count_nonzero(part, axis=0)
    return CellSums(total, expressing)


def _n_parts(matrix: AnyArray) -> int:
    return 1 + int(matrix.size // BLOCK_ELEMENTS)


def _blocks(matrix: Any) -> list[slice]:
    """Stored values in blocks."""
    stored = int(matrix.indptr[-1])
    return [slice(k, min(k + BLOCK_ELEMENTS, stored)) for k in range(0, stored, BLOCK_ELEMENTS)]


def _places(matrix: Any, stored: slice) -> tuple[IntArray, IntArray]:
    """Cells and genes of a block of stored values."""
    minor = matrix.indices[stored].astype(np.intp)
    ends = np.clip(matrix.indptr, stored.start, stored.stop)
    major = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    return (minor, major) if matrix.format == "csc" else (major, minor)


def pseudobulk(
    adata: Any,
    sample_col: str | Sequence[str],
    group_col: str | None = None,
    *,
    layer: str | None = None,
    min_cells: int = 10,
    min_counts: float = 1000,
    mode: Literal["sum", "mean"] = "sum",
) -> DGEList:
    """Counts summed over the cells of each sample and cell type.

    Cells of one sample are not replicates of each other; sums by sample are what `voom` and
    `lm_fit` can compare between conditions [1]_.

    Parameters
    ----------
    adata : AnnData of shape (cells, genes)
        Raw counts of cells; read, never changed.
    sample_col : str or sequence of str
        Column of `obs` that names the biological sample of each cell, or the columns that name
        it together, such as donor and treatment.
    group_col : str, optional
        Column of `obs` that names its cell type or cluster; without it all cells of a sample
        are summed.
    layer : str, optional
        Layer that holds raw counts; `X` when not given.
    min_cells : int
        Pseudobulk samples of fewer cells are dropped.
    min_counts : float
        Pseudobulk samples with fewer reads are dropped.
    mode : {"sum", "mean"}
        Whether counts are summed or averaged over the cells; only sums are counts.

    Returns
    -------
    DGEList
        Columns "<sample>_<cell type>" in the order of their levels. `samples` has the columns
        `psbulk_cells` and `psbulk_counts`, the columns named, and all others of `obs` that are
        constant in each pseudobulk sample, but for cells where they are missing.
        ``other["psbulk_props"]`` is the share of cells with reads of a gene.

    Raises
    ------
    InputTypeError
        If `adata` is not an AnnData.
    UnknownNameError
        If `obs` has no such column or the AnnData no such layer.
    InputError
        If values are negative or missing, or nothing is left.

    Warns
    -----
    InputWarning
        If values are not whole numbers, and so unlikely raw counts, or there is only one
        sample.
    Note
        If cells have no sample or cell type, pseudobulk samples are dropped, a column of `obs`
        differs between cells of a few samples and is removed, or is missing for some cells.

    See Also
    --------
    filter_by_expr : Genes to keep in the analysis of one cell type.

    References
    ----------
    .. [1] Crowell HL et al. (2020). Nat Commun 11:6077.
       https://doi.org/10.1038/s41467-020-19894-4

    Examples
    --------
    >>> import anndata, numpy as np, pandas as pd, pylimma
    >>> obs = pd.DataFrame({"donor": ["p", "p", "q", "q"], "type": ["B", "T", "B", "B"]})
    >>> cells = anndata.AnnData(np.arange(8.0).reshape(4, 2), obs=obs.rename(index=str))
    >>> pylimma.pseudobulk(cells, "donor", "type", min_cells=1, min_counts=0).frame()
       p_B  p_T   q_B
    0  0.0  2.0  10.0
    1  1.0  3.0  12.0
    """
    check_choice(mode, _MODES, "mode")
    least = number(min_cells, "min_cells"), number(min_counts, "min_counts")
    if not is_anndata(adata):
        raise InputTypeError(f"`adata` must be an AnnData of cells; got {type(adata).__name__}.")
    columns = sample_columns(adata, sample_col)
    n_samples = len(columns)
    if group_col is not None:
        columns.append(_column(adata, group_col, "group_col"))
    matrix = cell_matrix(adata, layer)
    _check_cells(matrix, adata, layer)
    codes, table = _combinations(columns)
    sums = sum_cells(matrix, codes, len(table))
    table["psbulk_cells"] = np.bincount(codes[codes >= 0], minlength=len(table))
    table["psbulk_counts"] = sums.total.sum(axis=1)
    kept = _large_enough(table, *least)
    cells = table["psbulk_cells"].to_numpy()[:, None]
    values = sums.total / cells if mode == "mean" else _as_stored(sums.total, matrix)
    table = pd.concat([table, _constant_columns(adata.obs, codes, table)], axis=1)[kept]
    _warn_of_replication(table[[column.name for column in columns[:n_samples]]])
    return DGEList(
        pd.DataFrame(values[kept].T, index=adata.var_names, columns=table.index),
        samples=table,
        genes=adata.var if adata.var.shape[1] else None,
        other={"psbulk_props": (sums.expressing / cells)[kept].T},
    )


def _column(adata: Any, name: str, argument: str) -> pd.Series:
    if text(name, argument) not in adata.obs.columns:
        raise UnknownNameError(
            f"`{argument}` is '{name}'; `obs` has {quoted(nearest(name, adata.obs.columns))}."
        )
    column: pd.Series = adata.obs[name]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype("category")
    return column.cat.remove_unused_categories()


def _check_cells(matrix: Any, adata: Any, layer: str | None) -> None:
    """Raise for values that cannot be counts, and warn of ones that are unlikely to be."""
    stored = matrix.data if is_sparse(matrix) else matrix
    where = f"layer '{layer}'" if layer else "`X`"
    low, high = stored.min(initial=0), stored.max(initial=0)
    if not np.isfinite(low + high):
        raise InputError(f"{where} of the AnnData holds missing or infinite values.")
    names = layer_names(adata)
    layers = f"; its layers are {quoted(names)}" if names else ""
    if low < 0:
        raise InputError(
            f"{where} of the AnnData holds negative values; name the layer of raw counts{layers}."
        )
    if stored.dtype.kind == "f" and not all_whole(matrix):
        kind = "log values" if high < _HIGHEST_LOG else "normalised values"
        warn(
            f"{where} of the AnnData does not hold whole numbers: these look like {kind}, and "
            f"their sums are not counts. Name the layer of raw counts{layers}.",
            InputWarning,
        )


def _combinations(columns: list[pd.Series]) -> tuple[IntArray, pd.DataFrame]:
    """Number of each cell's pseudobulk sample, -1 for none, and the table of these samples."""
    sizes = [len(column.cat.categories) for column in columns]
    levels = [column.cat.codes.to_numpy().astype(np.intp) for column in columns]
    known = np.all([code >= 0 for code in levels], axis=0)
    if not known.all():
        names = " or ".join(f"'{column.name}'" for column in columns)
        warn(f"{(~known).sum():,} cells have no {names} and were excluded.", Note)
    if not known.any():
        raise InputError("No cell has a sample and a cell type.")
    flat = np.ravel_multi_index([code[known] for code in levels], sizes)
    present, inverse = np.unique(flat, return_inverse=True)
    codes = np.full(len(known), -1, dtype=np.intp)
    codes[known] = inverse
    chosen = np.unravel_index(present, sizes)
    table = pd.DataFrame(
        {
            column.name: pd.Categorical.from_codes(place, dtype=column.dtype)  # type: ignore[call-overload]
            for column, place in zip(columns, chosen, strict=True)
        }
    )
    text = [table[column.name].astype(str) for column in columns]
    table.index = pd.Index(["_".join(names) for names in zip(*text, strict=True)])
    return codes, table


def _large_enough(table: pd.DataFrame, min_cells: float, min_counts: float) -> BoolArray:
    cells, counts = table["psbulk_cells"].to_numpy(), table["psbulk_counts"].to_numpy()
    kept = (cells >= min_cells) & (counts >= min_counts) & (counts > 0)
    if kept.all():
        return kept
    text = f"fewer than {min_cells:g} cells or {min_counts:g} reads"
    if not kept.any():
        raise InputError(
            f"All {len(kept)} pseudobulk samples have {text}; the largest has {cells.max()} cells "
            f"and {counts.max():g} reads."
        )
    warn(
        f"{(~kept).sum()} of {len(kept)} pseudobulk samples have {text} and were dropped: "
        f"{quoted(table.index[~kept], 6)}.",
        Note,
    )
    return kept


def _as_stored(total: Any, matrix: Any) -> Any:
    """Sums as integers where the counts of cells are."""
    return total if matrix.dtype.kind == "f" else np.rint(total).astype(np.int64)


def sample_columns(adata: Any, sample_col: str | Sequence[str]) -> list[pd.Series]:
    """Columns of `obs` that name the sample of each cell, as categories."""
    many = isinstance(sample_col, list | tuple | pd.Index)
    names: list[Any] = list(sample_col) if many else [sample_col]
    if not names or len(set(map(str, names))) < len(names):
        raise InputError("`sample_col` must name one or more columns of `obs`, each once.")
    return [_column(adata, name, "sample_col") for name in names]


def sample_codes(columns: list[pd.Series]) -> tuple[IntArray, list[str]]:
    """Number of each cell's sample, -1 for none, and the names of the samples."""
    frame = pd.DataFrame({k: column.astype(object) for k, column in enumerate(columns)})
    known = frame.notna().all(axis=1).to_numpy()
    labels = frame.astype(str).agg("_".join, axis=1) if len(columns) > 1 else frame[0].astype(str)
    codes, names = pd.factorize(labels.where(known))
    return codes.astype(np.intp), [str(name) for name in names]


@dataclass(frozen=True, slots=True, eq=False)
class Spread(Record):
    """Values of a column of cells by sample."""

    varies: BoolArray  # (samples,) whether cells with known values differ
    lacking: IntArray  # (samples,) cells without a value, where others of the sample have one
    first: IntArray  # (samples,) position of a cell with the value of the sample


def spread_of(column: pd.Series, codes: IntArray, n_samples: int) -> Spread:
    """Where the values of a column differ between cells of a sample; negative codes are skipped."""
    values = pd.factorize(column)[0]
    known = (values >= 0) & (codes >= 0)
    low, high = np.full(n_samples, len(column)), np.full(n_samples, -1)
    np.minimum.at(low, codes[known], values[known])
    np.maximum.at(high, codes[known], values[known])
    first = np.full(n_samples, -1)
    for cells in (np.flatnonzero(codes >= 0)[::-1], np.flatnonzero(known)[::-1]):
        first[codes[cells]] = cells
    lacking = np.bincount(codes[(codes >= 0) & ~known], minlength=n_samples)
    return Spread((high >= 0) & (low < high), np.where(high >= 0, lacking, 0), first)


def difference_in_words(column: pd.Series, codes: IntArray, names: Sequence[str]) -> str | None:
    """The first sample whose cells differ in a column, with their values; None if none differ."""
    odd = np.flatnonzero(spread_of(column, codes, len(names)).varies)
    if not odd.size:
        return None
    sizes = column[codes == odd[0]].value_counts()
    sizes = sizes[sizes > 0]
    some = ", ".join(f"{size:,} {value}" for value, size in sizes.iloc[:_MOST_SHOWN].items())
    rest = f" and {len(sizes) - _MOST_SHOWN} more values" if len(sizes) > _MOST_SHOWN else ""
    others = f"; and between those of {odd.size - 1} other samples" if odd.size > 1 else ""
    return (
        f"'{column.name}' differs between cells of sample '{names[odd[0]]}': {some}{rest}{others}"
    )


def _constant_columns(obs: pd.DataFrame, codes: IntArray, table: pd.DataFrame) -> pd.DataFrame:
    """Columns of `obs` that are constant in each pseudobulk sample."""
    kept, names = {}, [str(name) for name in table.index]
    for name in obs.columns.difference(table.columns, sort=False):
        found = spread_of(obs[name], codes, len(table))
        if not found.varies.any():
            kept[name] = obs[name].iloc[found.first].array
            _note_lacking(str(name), found, names)
        elif found.varies.mean() < _FEW:
            warn(f"{difference_in_words(obs[name], codes, names)}. The column is removed.", Note)
    return pd.DataFrame(kept, index=table.index)


def _note_lacking(name: str, found: Spread, names: list[str]) -> None:
    if found.lacking.any():
        where = [names[k] for k in np.flatnonzero(found.lacking)]
        warn(
            f"'{name}' is missing for {found.lacking.sum():,} of the cells of {quoted(where)}, "
            f"which take the value of the other cells of their sample.",
            Note,
        )


def _warn_of_replication(samples: pd.DataFrame) -> None:
    if len(samples.drop_duplicates()) == 1:
        names = " and ".join(f"'{name}'" for name in samples.columns)
        warn(
            f"There is only one sample in {names}; without replicates no conditions can be "
            f"compared.",
            InputWarning,
        )
