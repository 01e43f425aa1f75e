"""Stores outside memory, and sparse or narrow arrays in it, as sources of lazy matrices.

A store is read a slab of genes at a time. Where it is kept by samples, as AnnData is, each slab is
transposed on its own. What is handed to other processes opens its file again there.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from pylimma.errors import InputError, InputTypeError, ReadError
from pylimma.numerics.lazy import LazyMatrix
from pylimma.numerics.slabs import cluster_client
from pylimma.numerics.threads import in_task
from pylimma.typing import AnyArray

_ENTRY_BYTES = 12  # of a value of a sparse matrix with its position
_ENTRIES = 2**22  # of a sparse matrix kept by samples that are looked through at once
_SPARSE = {"csr_matrix": 0, "csc_matrix": 1}  # axis that is compressed


@dataclass(frozen=True, slots=True, eq=False)
class _Slab:
    """Some genes of a store."""

    name: str
    rows: slice
    get: Callable[[slice], Any] | None
    transposed: bool = False
    collection: Any = None  # as a Dask array of the store's orientation
    contiguous: bool = False  # whatever order chunks have in memory

    def __str__(self) -> str:
        return f"Genes {self.rows.start} to {self.rows.stop - 1} of {self.name}"

    def shipped(self) -> _Slab:
        """What a cluster is sent; Dask arrays go to it on their own."""
        return self if self.collection is None else replace(self, collection=None)

    def read(self) -> Any:
        """Values of shape (genes, samples)."""
        if self.collection is None:
            return self.oriented(self.get(self.rows))  # type: ignore[misc]
        own = {} if cluster_client() is not None or in_task() else {"scheduler": "synchronous"}
        return self.oriented(self.collection.compute(**own))

    def oriented(self, values: Any) -> Any:
        """Values of the store as genes × samples."""
        if hasattr(values, "tocsr"):
            return (values.T if self.transposed else values).tocsr()
        values = np.ascontiguousarray(values) if self.contiguous else values
        return values.T if self.transposed else values


class Store:
    """An array outside memory: of zarr, HDF5, Dask, or a memory map."""

    ndim = 2

    def __init__(
        self, array: Any, name: str, *, transposed: bool = False, in_memory: bool = False
    ) -> None:
        self.array, self.name, self.transposed, self.in_memory = array, name, transposed, in_memory
        shape = tuple(map(int, array.shape))
        self.shape = shape[::-1] if transposed else shape
        self.dtype = np.dtype(array.dtype)
        self.row_bytes = float(self.dtype.itemsize * self.shape[1])
        chunks = getattr(array, "shards", None) or getattr(array, "chunks", None)
        self.chunk_rows = max(1, _largest(chunks[int(transposed)])) if chunks else 1

    def __str__(self) -> str:
        return self.name

    def slab(self, rows: slice) -> _Slab:
        """What reads some genes."""
        if hasattr(self.array, "dask"):
            part = self.array[:, rows] if self.transposed else self.array[rows]
            return _Slab(self.name, rows, None, self.transposed, part, contiguous=True)
        return _Slab(self.name, rows, self._get, self.transposed)

    def _get(self, rows: slice) -> AnyArray:
        array = self.array.open() if isinstance(self.array, _OnDisk) else self.array
        values = np.asarray(array[:, rows] if self.transposed else array[rows])
        if hasattr(array, "store_path"):  # zarr takes a chunk that is gone for one never written
            type(array).open(array.store_path)
        return values


class CompressedStore:
    """A sparse matrix: its entries, their positions and the starts of rows or columns."""

    ndim = 2

    def __init__(
        self,
        parts: tuple[Any, Any, Any],
        shape: tuple[int, int],
        name: str,
        *,
        by_gene: bool,
        in_memory: bool,
    ) -> None:
        self.data, self.indices, self.indptr = parts
        self.shape, self.name, self.by_gene, self.in_memory = shape, name, by_gene, in_memory
        self.dtype = np.dtype(self.data.dtype)
        self.row_bytes = _ENTRY_BYTES * self.data.shape[0] / max(shape[0], 1) + 8
        self.chunk_rows = 1 if by_gene else shape[0]

    def __str__(self) -> str:
        return self.name

    def slab(self, rows: slice) -> _Slab:
        """What reads some genes."""
        return _Slab(self.name, rows, self._get)

    def _get(self, rows: slice) -> Any:
        data, indices, indptr = (
            part.open() if isinstance(part, _OnDisk) else part
            for part in (self.data, self.indices, self.indptr)
        )
        shape = (rows.stop - rows.start, self.shape[1])
        if self.by_gene:
            from scipy.sparse import csr_array  # noqa: PLC0415 - only where such data are read

            starts = np.asarray(indptr[rows.start : rows.stop + 1])
            entries = slice(int(starts[0]), int(starts[-1]))
            held = np.asarray(data[entries]), np.asarray(indices[entries]), starts - starts[0]
            return csr_array(held, shape=shape)
        return _genes_of_samples(data, indices, np.asarray(indptr), rows, shape)


def _sparse() -> Any:
    import scipy.sparse  # noqa: PLC0415 - loaded for sparse data alone

    return scipy.sparse


def _genes_of_samples(
    data: Any, indices: Any, indptr: AnyArray, rows: slice, shape: tuple[int, int]
) -> Any:
    """Some genes of a matrix that is compressed by samples, looked through in parts."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - only where such data are read

    found: list[tuple[AnyArray, AnyArray, AnyArray]] = []
    for start in range(0, int(indptr[-1]), _ENTRIES):
        entries = slice(start, min(start + _ENTRIES, int(indptr[-1])))
        genes = np.asarray(indices[entries])
        here = np.flatnonzero((genes >= rows.start) & (genes < rows.stop))
        sample = np.searchsorted(indptr, here + start, side="right") - 1
        found.append((np.asarray(data[entries])[here], genes[here] - rows.start, sample))
    values, gene, sample = (np.concatenate(part) for part in zip(*found, strict=True))
    return coo_array((values, (gene, sample)), shape=shape).tocsr()


class _OnDisk:
    """An array of a file that is opened again wherever it is read."""

    def __init__(
        self, array: Any, opened: Callable[..., Any], *place: Any, again: bool = False
    ) -> None:
        # pages of a memory map count as memory in use until it is closed
        self._array, self.opened, self.place = None if again else array, opened, place
        self.shape, self.dtype = array.shape, array.dtype
        self.chunks = getattr(array, "chunks", None)

    def open(self) -> Any:
        """The array."""
        return self.opened(*self.place) if self._array is None else self._array

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_array": None}


def _hdf5_array(file: str, name: str) -> Any:
    import h5py  # noqa: PLC0415 - an optional library

    return h5py.File(file, "r")[name]


def _memory_map(file: str, dtype: Any, offset: int, shape: tuple[int, ...], order: str) -> Any:
    return np.memmap(file, dtype, "r", offset, shape, order)  # type: ignore[call-overload]


def lazy_matrix(
    data: Any, argument: str, *, transposed: bool = False, arrays: bool = False
) -> LazyMatrix | None:
    """Data outside memory or sparse, not as doubles yet; None for any other.

    With `arrays` also memory maps, and arrays in memory that would have to be copied as doubles.
    """
    if isinstance(data, LazyMatrix):
        return data
    store = _store_of(data, argument, transposed=transposed)
    if store is None and arrays and isinstance(data, np.ndarray) and data.ndim == 2:
        store = _of_array(data, transposed=transposed)
    if store is None:
        return None
    if store.dtype.kind not in "iufb":
        raise InputTypeError(f"`{argument}` must hold numbers; {store} holds {store.dtype.name}.")
    return LazyMatrix(None, (store,), dtype=store.dtype)


def is_stored(data: Any) -> bool:
    """Whether data are outside memory."""
    return _kind(data) is not None


def _kind(data: Any) -> str | None:
    """Which store data are, found out without importing its library."""
    kinds = {
        "Dask array": ("dask.array", ("Array",)),
        "zarr array": ("zarr", ("Array",)),
        "zarr group": ("zarr", ("Group",)),
        "HDF5 dataset": ("h5py", ("Dataset",)),
        "HDF5 group": ("h5py", ("Group",)),
        "AnnData": ("anndata.abc", ("CSRDataset", "CSCDataset")),
    }
    for kind, (module, names) in kinds.items():
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(data, tuple(getattr(loaded, n) for n in names)):
            return kind
    return None


def _store_of(data: Any, argument: str, *, transposed: bool) -> Any:
    if hasattr(data, "tocsr"):
        kept = data if data.format in ("csr", "csc") else data.tocsr()
        by_gene = (kept.format == "csr") != transposed
        return _compressed(kept, kept.shape, "a sparse matrix", by_gene, transposed, in_memory=True)
    kind = _kind(data)
    if kind in ("zarr group", "HDF5 group", "AnnData"):
        return _sparse_group(getattr(data, "group", data), kind, argument, transposed)
    if kind is None:
        return None
    if kind == "HDF5 dataset" and not data:
        raise ReadError(f"`{argument}` is a dataset of an HDF5 file that is closed; open it again.")
    if len(data.shape) != 2:
        raise InputTypeError(
            f"`{argument}` must be a matrix of genes × samples; the {kind} has {len(data.shape)} "
            f"dimensions."
        )
    if kind == "Dask array" and np.isnan(data.shape).any():
        raise InputError(
            f"`{argument}` is a Dask array of unknown size, {data.shape}: call "
            f"`{argument}.compute_chunk_sizes()` first."
        )
    return Store(_portable(data), _name(data, kind), transposed=transposed)


def _sparse_group(group: Any, kind: str, argument: str, transposed: bool) -> CompressedStore:
    """A sparse matrix in the folder of a file, as AnnData writes them."""
    encoding = str(group.attrs.get("encoding-type", ""))
    if encoding not in _SPARSE:
        raise InputTypeError(
            f"`{argument}` is a {kind}, which holds {sorted(group.keys())}; give one of its arrays."
        )
    by_gene = _SPARSE[encoding] == int(transposed)
    shape = tuple(map(int, group.attrs["shape"]))
    parts = SimpleNamespace(**{n: _portable(group[n]) for n in ("data", "indices", "indptr")})
    return _compressed(parts, shape, _name(group, kind), by_gene, transposed, in_memory=False)


def _compressed(
    parts: Any, shape: Any, name: str, by_gene: bool, transposed: bool, *, in_memory: bool
) -> CompressedStore:
    return CompressedStore(
        (parts.data, parts.indices, parts.indptr),
        shape[::-1] if transposed else tuple(shape),
        name,
        by_gene=by_gene,
        in_memory=in_memory,
    )


def _of_array(array: AnyArray, *, transposed: bool) -> Store | None:
    """A memory map of a file, or an array in memory whose values are no doubles."""
    base: Any = array.base
    if isinstance(array, np.memmap) and isinstance(base, mmap.mmap) and array.mode != "c":
        order = "C" if array.flags.c_contiguous else "F"
        place = str(array.filename), array.dtype, array.offset, array.shape, order
        return Store(
            _OnDisk(array, _memory_map, *place, again=True),
            f"the memory map '{array.filename}'",
            transposed=transposed,
        )
    if array.dtype == np.float64 or array.dtype.kind not in "iuf":
        return None
    return Store(array, "an array", transposed=transposed, in_memory=True)


def _portable(array: Any) -> Any:
    """An array that other processes can read, too."""
    if _kind(array) == "HDF5 dataset":
        return _OnDisk(array, _hdf5_array, array.file.filename, array.name)
    return array


def _name(data: Any, kind: str) -> str:
    """Kind and place of a store, for messages."""
    if kind == "Dask array":
        return f"the Dask array '{data.name}'"
    if hasattr(data, "file"):
        return f"the {kind} '{data.file.filename}:{data.name}'"
    return f"the {kind} '{getattr(data, 'store_path', getattr(data, 'name', ''))}'"


def _largest(chunk: Any) -> int:
    return int(max(chunk)) if isinstance(chunk, tuple) else int(chunk)
