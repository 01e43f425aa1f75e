"""Sums over groups of cells, a block of cells at a time so that nothing large is copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import AnyArray, FloatArray, IntArray

BLOCK_ELEMENTS = 2**22  # values of a block: 32 megabytes in double precision


@dataclass(frozen=True, slots=True, eq=False)
class CellSums(Record):
    """Sums over the cells of each group.

    Attributes
    ----------
    total : array of shape (groups, genes)
        Sums of the values.
    expressing : array of shape (groups, genes)
        Numbers of cells whose value is not zero.
    """

    total: FloatArray
    expressing: FloatArray


def sum_cells(matrix: Any, group: IntArray, n_groups: int) -> CellSums:
    """Sum values over the cells of each group, in double precision.

    Parameters
    ----------
    matrix : array or sparse array of shape (cells, genes)
        Values of any numeric type.
    group : int array of shape (cells,)
        Number of each cell's group, from zero; cells of negative number belong to none.
    n_groups : int
        Number of groups.

    Returns
    -------
    CellSums
    """
    n_genes = matrix.shape[1]
    if not hasattr(matrix, "tocsr"):
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
    for number in range(n_groups):
        for cells in np.array_split(np.flatnonzero(group == number), _n_parts(matrix)):
            part = matrix[cells]
            total[number] += part.sum(axis=0, dtype=np.float64)
            expressing[number] += np.count_nonzero(part, axis=0)
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
