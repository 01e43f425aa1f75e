"""Matrices of genes × samples that are not in memory: rows are computed where they are wanted.

A `LazyMatrix` is a kernel over stores outside memory, arrays and other lazy matrices, all cut
along genes in the same way. A kernel works on the fixed blocks of `gene_blocks`, wherever a reader
starts, so that every bit is that of the same matrix computed in memory.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from pylimma.arguments import path as file_path
from pylimma.errors import InputTypeError
from pylimma.numerics.blocks import gene_blocks, map_blocks
from pylimma.numerics.progress import public_caller
from pylimma.numerics.slabs import Plan, cut, dense, read_slab, run_plan
from pylimma.numerics.threads import thread_number
from pylimma.output import whole_folder
from pylimma.typing import AnyArray, IntArray

LOAD_FIRST = (
    "load it first: `.compute()` of a Dask array or lazy matrix, `[:]` of an array of zarr or "
    "HDF5, `.to_memory()` of an AnnData"
)


class Source(Protocol):
    """A store of genes × samples outside memory, or in memory in another form."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    ndim: int
    in_memory: bool
    row_bytes: float  # that a gene takes once it is read
    chunk_rows: int  # genes that the store reads together

    def slab(self, rows: slice) -> Any:
        """What reads some genes."""


class LazyMatrix:
    """Values of genes × samples, computed a block of genes at a time where they are wanted.

    Attributes
    ----------
    shape : (int, int)
        Numbers of genes and samples.
    dtype : dtype
        Type of the values.
    """

    ndim = 2

    def __init__(
        self,
        kernel: Callable[..., AnyArray] | None,
        arrays: Sequence[Any],
        *shared: object,
        dtype: Any = np.float64,
        limits: tuple[float, float] | None = None,
        by_cell: bool = False,
        shape: tuple[int, int] | None = None,
    ) -> None:
        self.kernel, self.arrays, self.shared = kernel, tuple(arrays), shared
        first = next(a.shape for a in arrays if a is not None and a.ndim > 1)
        self.shape: tuple[int, int] = first if shape is None else shape
        self.dtype = np.dtype(dtype)
        self.limits = limits  # of the values, where it is known that none is missing or infinite
        # kernels of single cells take blocks of any size, and keep the order of the memory
        self.by_cell = by_cell or kernel is None
        self.found: dict[str, Any] = {}  # by functions that have passed over all genes

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        names = ", ".join(str(source) for source in self.sources) or "values in memory"
        return f"<LazyMatrix of shape {self.shape}, {self.dtype.name}, from {names}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        if not self.in_memory:
            raise not_streamed(repr(self))
        return self.compute().astype(dtype or self.dtype, copy=False)

    def __getitem__(self, key: Any) -> LazyMatrix:
        rows, columns = (*key, slice(None))[:2] if isinstance(key, tuple) else (key, slice(None))
        if all(isinstance(k, slice) and k == slice(None) for k in (rows, columns)):
            return self
        return LazyMatrix(None, (_Taken(self, rows, columns),), dtype=self.dtype)

    def take(self, indices: Any, axis: int = 0, **_: Any) -> LazyMatrix:
        """Genes or samples at some positions, as by `numpy.take`."""
        return self[:, indices] if axis else self[indices]

    @property
    def sources(self) -> list[Any]:
        """Stores that values are read from, each once."""
        found: list[Any] = []
        for array in self.arrays:
            inner = array.sources if isinstance(array, LazyMatrix) else [array]
            found += [s for s in inner if hasattr(s, "slab") and s not in found]
        return found

    @property
    def in_memory(self) -> bool:
        """Whether the values are in memory, in another form."""
        sources = self.sources
        return bool(sources) and all(source.in_memory for source in sources)

    @property
    def grid(self) -> int:
        """Number of genes that are computed at once."""
        return max(1, gene_blocks(*self.shape)[0].stop)

    def stream(
        self,
        kernel: Callable[..., Any],
        arrays: Sequence[Any],
        shared: tuple[object, ...],
        n_jobs: int | None,
        blocks: list[slice],
    ) -> list[Any]:
        """Results of `map_genes` over arrays of which this matrix is one."""
        together = LazyMatrix(None, [a for a in arrays if a is not None and a.ndim > 1])
        sources = together.sources
        plan = self._plan(sources, blocks)

        def pieces(rows: slice) -> list[Any]:
            return [
                a.cut(rows, sources) if isinstance(a, LazyMatrix) else cut(a, rows) for a in arrays
            ]

        return run_plan(plan, kernel, pieces, shared, n_jobs)

    def _plan(self, sources: list[Any], blocks: list[slice] | None = None) -> Plan:
        return Plan(
            n_genes=len(self),
            blocks=blocks or gene_blocks(*self.shape),
            sources=sources,
            grid=self.grid,
            row_bytes=sum(s.row_bytes for s in sources) or 8.0 * self.shape[1],
            chunk_rows=max((s.chunk_rows for s in sources), default=1),
        )

    def cut(self, rows: slice, sources: list[Any]) -> Piece:
        """The same for the genes of a slab, which begins at a block."""

        def part(array: Any) -> Any:
            if isinstance(array, LazyMatrix):
                return array.cut(rows, sources)
            return sources.index(array) if hasattr(array, "slab") else cut(array, rows)

        return Piece(
            self.kernel,
            [part(a) for a in self.arrays],
            self.shared,
            0 if self.by_cell else self.grid,
            rows.stop - rows.start,
        )

    def slabs(self, n_threads: int = 1) -> list[slice]:
        """Genes that are read together."""
        groups = self._plan(self.sources).groups(n_threads)
        return [slice(group[0].start, group[-1].stop) for group in groups]

    def read(self, start: int, stop: int) -> AnyArray:
        """Values of consecutive genes."""
        rows = slice(start - start % self.grid, min(-(-stop // self.grid) * self.grid, len(self)))
        sources = self.sources
        piece = self.cut(rows, sources).of([read_slab(source.slab(rows)) for source in sources])
        return piece[slice(start - rows.start, stop - rows.start)]

    def compute(self) -> AnyArray:
        """All values, in memory.

        Returns
        -------
        array of shape (genes, samples)
        """
        whole = np.empty(self.shape, dtype=self.dtype)

        def fill(rows: slice) -> None:
            whole[rows] = self.read(rows.start, rows.stop)

        map_blocks(fill, self.slabs(thread_number(None)))
        return whole

    def to_dask(self) -> Any:
        """Values as a Dask array, which computes them where they are wanted.

        Returns
        -------
        dask.array.Array of shape (genes, samples)
        """
        import dask.array as da  # noqa: PLC0415 - an optional library, slow to load

        sizes = [rows.stop - rows.start for rows in self.slabs()]
        name = f"pylimma-{uuid.uuid4().hex}"
        chunks = (tuple(sizes), (self.shape[1],))
        from_array: Any = da.from_array
        return from_array(_Values(self), chunks=chunks, name=name, asarray=False)

    def to_zarr(self, path: Any) -> None:
        """Write the values to a zarr array, which appears complete or not at all.

        Parameters
        ----------
        path : str or path
            A folder that does not exist yet.

        Raises
        ------
        InputError
            If there is something at that place.
        OutputError
            If it cannot be written, as on a full disk.
        """
        import zarr  # noqa: PLC0415 - an optional library, slow to load

        target, slabs = file_path(path, "path"), self.slabs()
        with whole_folder(target) as folder:
            rows = max(1, min(slabs[0].stop, 2**21 // max(self.shape[1], 1)))
            array = zarr.open_array(
                str(folder),
                mode="w",
                shape=self.shape,
                dtype=self.dtype,
                chunks=(rows, self.shape[1]),
            )
            for block in slabs:
                array[block] = self.read(block.start, block.stop)


class Piece:
    """A lazy matrix for the genes of a slab; values of stores are put in by `of`."""

    ndim = 2

    def __init__(
        self,
        kernel: Callable[..., AnyArray] | None,
        parts: list[Any],
        shared: tuple[object, ...],
        grid: int,
        n_genes: int,
    ) -> None:
        self.kernel, self.parts, self.shared = kernel, parts, shared
        self.grid, self.n_genes = grid, n_genes
        self._last: tuple[int, Any] = (-1, None)

    def of(self, raw: list[Any]) -> Piece:
        """The same with the values of the sources in place of their numbers."""
        parts = [
            raw[p] if isinstance(p, int) else p.of(raw) if isinstance(p, Piece) else p
            for p in self.parts
        ]
        return Piece(self.kernel, parts, self.shared, self.grid, self.n_genes)

    def __getitem__(self, block: slice) -> AnyArray:
        if not self.grid:
            return self._values(block)
        first = block.start - block.start % self.grid
        whole = block.start == first and block.stop == min(first + self.grid, self.n_genes)
        if whole:
            return self._values(block)
        parts = [self._on_grid(k) for k in range(first, block.stop, self.grid)]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return values[block.start - first : block.stop - first]

    def _on_grid(self, start: int) -> AnyArray:
        """Values of one block of the grid; blocks of other sizes ask for it several times."""
        if self._last[0] != start:
            stop = min(start + self.grid, self.n_genes)
            self._last = start, self._values(slice(start, stop))
        return self._last[1]

    def _values(self, block: slice) -> AnyArray:
        arrays = [dense(cut(part, block)) for part in self.parts]
        return arrays[0] if self.kernel is None else self.kernel(*arrays, *self.shared)


class _Taken:
    """Some genes and samples of a lazy matrix, as a source."""

    ndim = 2

    def __init__(self, matrix: LazyMatrix, rows: Any, columns: Any) -> None:
        self.matrix, self.columns = matrix, columns
        self.rows: IntArray = np.arange(len(matrix))[rows]
        n_columns = len(np.arange(matrix.shape[1])[columns])
        self.shape = (len(self.rows), n_columns)
        self.dtype, self.in_memory = matrix.dtype, matrix.in_memory
        self.row_bytes = float(matrix.dtype.itemsize * n_columns)
        self.chunk_rows = 1

    def __str__(self) -> str:
        return " and ".join(map(str, self.matrix.sources)) or "values in memory"

    def slab(self, rows: slice) -> _TakenSlab:
        """What reads some of the genes."""
        return _TakenSlab(self.matrix, self.rows[rows], self.columns)


class _TakenSlab:
    """Genes of a lazy matrix at some positions."""

    collection = None

    def __init__(self, matrix: LazyMatrix, rows: IntArray, columns: Any) -> None:
        self.matrix, self.rows, self.columns = matrix, rows, columns

    def __str__(self) -> str:
        return f"{len(self.rows)} genes of {self.matrix!r}"

    def shipped(self) -> _TakenSlab:
        """What a cluster is sent."""
        return self

    def read(self) -> AnyArray:
        """Values, in the order of the positions."""
        n_columns = len(np.arange(self.matrix.shape[1])[self.columns])
        values = np.empty((len(self.rows), n_columns), dtype=self.matrix.dtype)
        for slab in self.matrix.slabs():
            here = np.flatnonzero((self.rows >= slab.start) & (self.rows < slab.stop))
            if here.size:
                rows = self.rows[here]
                start = int(rows.min())
                found = self.matrix.read(start, int(rows.max()) + 1)
                values[here] = found[rows - start][:, self.columns]
        return values


class _Values:
    """A lazy matrix that gives arrays for slices, as Dask wants them."""

    def __init__(self, matrix: LazyMatrix) -> None:
        self.matrix, self.shape, self.dtype, self.ndim = matrix, matrix.shape, matrix.dtype, 2

    def __getitem__(self, key: tuple[slice, slice]) -> AnyArray:
        start, stop, step = key[0].indices(len(self.matrix))
        return self.matrix.read(start, stop)[::step, key[1]]


def not_streamed(name: str) -> InputTypeError:
    """The error of functions that need all values at once."""
    return InputTypeError(
        f"`{public_caller()}` needs all values at once and does not stream {name}; {LOAD_FIRST}."
    )
