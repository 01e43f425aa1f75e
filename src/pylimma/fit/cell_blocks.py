"""Cells × genes in memory or on disk, read a block at a time; counts become logarithms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.errors import InputError, InputWarning, warn
from pylimma.numerics.blocks import gene_blocks, map_blocks
from pylimma.preprocessing.counts.blocks import is_sparse
from pylimma.preprocessing.counts.checks import all_whole
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray

BLOCK_ELEMENTS = 2**21  # stored values of a block: 16 megabytes in double precision
AT_ONCE = 4  # blocks that are read, on as many threads, before they are added up
_HIGHEST_LOG = 30  # logarithms of counts stay below


@dataclass(frozen=True, slots=True, eq=False)
class CellBlock(Record):
    """Values of some cells and genes."""

    matrix: Any  # (cells, genes) array or sparse matrix in double precision
    cells: slice  # among those that are used
    genes: slice


@dataclass(frozen=True, slots=True, eq=False)
class Cells(Record):
    """A matrix of cells × genes of any kind, the cells that are used and the unit of values."""

    matrix: Any  # array, sparse matrix, or the same on disk
    used: BoolArray  # (cells,) whether a cell takes part
    target_sum: float | None  # to which the counts of a cell are scaled; None for logarithms
    lib_size: FloatArray | None  # (cells,) library sizes; sums of the matrix when None

    def blocks(self, n_jobs: int | None = None) -> Iterator[CellBlock]:
        """Read all values, in blocks whose bounds and order depend on the matrix alone."""
        n_cells, n_genes = self.matrix.shape
        along = n_genes if self.by_gene else n_cells
        parts = gene_blocks(along, stored_values(self.matrix) // along, BLOCK_ELEMENTS)
        before, sizes = np.append(0, np.cumsum(self.used)), self.lib_size
        if self.by_gene and sizes is None and self.target_sum is not None:
            sizes = np.zeros(n_cells)
            for genes in parts:
                sizes += np.asarray(self.matrix[:, genes].sum(axis=1, dtype=float)).ravel()

        def read(part: slice) -> CellBlock:
            rows = slice(0, n_cells) if self.by_gene else part
            genes = part if self.by_gene else slice(0, n_genes)
            size = None if sizes is None else sizes[rows][self.used[rows]]
            cells = slice(before[rows.start], before[rows.stop])
            return CellBlock(self._read(rows, genes, size), cells, genes)

        for start in range(0, len(parts), AT_ONCE):
            yield from map_blocks(read, parts[start : start + AT_ONCE], n_jobs)

    @property
    def by_gene(self) -> bool:
        """Whether values are stored gene by gene."""
        return getattr(self.matrix, "format", "") == "csc"

    def first(self, number: int) -> Any:
        """The values of the first cells, or genes, as they are stored."""
        part = self.matrix[:, :number] if self.by_gene else self.matrix[:number]
        return part.compute() if hasattr(part, "compute") else part

    def _read(self, rows: slice, genes: slice, size: FloatArray | None) -> Any:
        """Logarithms of the cells that are used, in double precision."""
        block: Any = self.matrix[:, genes] if self.by_gene else self.matrix[rows]
        block = block.compute() if hasattr(block, "compute") else block
        if not self.used[rows].all():
            block = block[self.used[rows]]
        sparse = is_sparse(block)
        block = block.astype(float) if sparse else np.array(block, dtype=float)
        if sparse:
            block.sum_duplicates()
        _check_values(block, counts=self.target_sum is not None)
        if self.target_sum is None:
            return block
        size = np.asarray(block.sum(axis=1)).ravel() if size is None else size
        scale = np.divide(self.target_sum, size, out=np.zeros(len(size)), where=size > 0)
        # log2(1 + count × target / library size)
        if not sparse:
            return np.log1p(block * scale[:, None]) / np.log(2)
        block.data = np.log1p(block.data * scale[block.tocoo(copy=False).row]) / np.log(2)
        return block


def stored_values(matrix: Any) -> int:
    """Number of values that a matrix stores, all of them where it is dense."""
    if hasattr(matrix, "nnz"):
        return int(matrix.nnz)
    if getattr(matrix, "format", "") in ("csr", "csc"):  # of AnnData, on disk
        return int(matrix.group["data"].shape[0])
    return int(np.prod(matrix.shape))


def _check_values(block: Any, *, counts: bool) -> None:
    """Raise for values that are missing, or negative where they should be counts."""
    stored: AnyArray = block.data if is_sparse(block) else block
    low = stored.min(initial=0.0)
    if not np.isfinite(low + stored.max(initial=0.0)):
        raise InputError("`object` holds missing or infinite values, which sums over groups hide.")
    if counts and low < 0:
        raise InputError(
            "`object` holds negative values, which are no counts; without `target_sum` values are "
            "taken to be logarithms."
        )


def check_unit(block: Any, target_sum: float | None) -> None:
    """Warn of values that look like logarithms where counts are expected, or the other way."""
    stored = block.data if is_sparse(block) else block
    highest, whole = stored.max(initial=0.0), all_whole(block)
    if target_sum is None and whole and highest > 1 and stored.min(initial=0.0) >= 0:
        warn(
            f"The values are whole numbers up to {highest:g}: counts? `target_sum=10_000` takes "
            f"their logarithms.",
            InputWarning,
        )
    if target_sum is not None and not whole and highest < _HIGHEST_LOG:
        warn(
            "The values are not whole numbers and look like logarithms, of which `target_sum` "
            "would take logarithms again; name the layer of raw counts.",
            InputWarning,
        )
