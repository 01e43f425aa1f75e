"""Kernels over genes that are not in memory: read in slabs, worked on in blocks.

A slab is as many blocks of genes as a store is worth being asked for at once. Threads take whole
slabs, so that one reads while another computes; with a `dask.distributed` client slabs are tasks
of the cluster, which repeats those of workers that die. Blocks are the same in either case.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from pylimma.errors import PylimmaError, ReadError
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.threads import in_task, one_library_thread, thread_number

SLAB_BYTES = 2**27  # of what all threads read at once
_MOST_TIMES = 4  # that, where chunks of the store hold so many genes
_ALIGNMENT = 16  # bytes
_TASKS_AHEAD = 2  # for each thread of a cluster, so that results, not slabs, pile up


class Job(NamedTuple):
    """A slab with what is to be done to its blocks."""

    kernel: Callable[..., Any]
    slabs: list[Any]  # what reads the genes of each source
    pieces: list[Any]  # arrays, and lazy matrices cut to these genes
    blocks: list[slice]  # counted from the first gene that is read
    shared: tuple[object, ...]


class Plan(NamedTuple):
    """How genes are read."""

    n_genes: int
    blocks: list[slice]
    sources: list[Any]
    grid: int  # genes that lazy matrices compute at once
    row_bytes: float  # of the sources, in memory
    chunk_rows: int  # genes that the stores read together

    def groups(self, n_threads: int) -> list[list[slice]]:
        """Blocks that are read together."""
        budget = SLAB_BYTES / n_threads / max(self.row_bytes, 1)
        if self.chunk_rows > budget:
            rows = min(self.chunk_rows, budget * _MOST_TIMES)
        else:
            rows = budget // self.chunk_rows * self.chunk_rows
        size = self.blocks[0].stop - self.blocks[0].start
        step = max(1, int(rows // max(size, 1)))
        return [self.blocks[k : k + step] for k in range(0, len(self.blocks), step)]


def run_plan(
    plan: Plan,
    kernel: Callable[..., Any],
    pieces_of: Callable[[slice], list[Any]],
    shared: tuple[object, ...],
    n_jobs: int | None,
) -> list[Any]:
    """Results of a kernel for all blocks, in order."""
    stored = any(not source.in_memory for source in plan.sources)
    client = cluster_client() if stored else None

    def job(group: list[slice]) -> Job:
        start = group[0].start - group[0].start % plan.grid
        stop = min(-(-group[-1].stop // plan.grid) * plan.grid, plan.n_genes)
        rows = slice(start, stop)
        blocks = [slice(b.start - start, b.stop - start) for b in group]
        slabs = [source.slab(rows) for source in plan.sources]
        return Job(kernel, slabs, pieces_of(rows), blocks, shared)

    if client is not None:
        parts = list(_on_cluster(client, map(job, plan.groups(1))))
    else:
        groups = plan.groups(thread_number(n_jobs))
        parts = map_blocks(
            lambda k: run_job(job(groups[k])), list(range(len(groups))), n_jobs, " of genes read"
        )
    return [result for part in parts for result in part]


def run_job(job: Job, read: list[Any] | None = None) -> list[Any]:
    """Results for the blocks of a slab; `read` are values that the cluster has read already."""
    read = [None] * len(job.slabs) if read is None else read
    raw = [
        _aligned(read_slab(slab) if values is None else slab.oriented(values))
        for slab, values in zip(job.slabs, read, strict=True)
    ]
    pieces = [p.of(raw) if hasattr(p, "of") else p for p in job.pieces]
    with one_library_thread():
        return [job.kernel(*(dense(cut(p, b)) for p in pieces), *job.shared) for b in job.blocks]


def _aligned(array: Any) -> Any:
    """An array at an address like those of new ones."""
    if not isinstance(array, np.ndarray) or array.ndim < 2 or array.ctypes.data % _ALIGNMENT == 0:
        return array
    return array.copy(order="K")


def cut(array: Any, block: slice) -> Any:
    """Genes of a matrix; None and vectors, which belong to samples, as they are."""
    return array if array is None or array.ndim == 1 else array[block]


def dense(values: Any) -> Any:
    """Values as an array, of sparse ones too."""
    return values.toarray() if hasattr(values, "toarray") else values


def read_slab(slab: Any) -> Any:
    """Values of a slab, or one error that names the store."""
    try:
        return slab.read()
    except PylimmaError:
        raise
    except Exception as error:  # whatever a store, its codecs or a user's function raise
        raise ReadError(f"{slab} cannot be read: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else f"{type(error).__name__}."


def cluster_client() -> Any | None:
    """The client in use of a cluster; None where there is none, or this is one of its tasks."""
    module: Any = sys.modules.get("distributed")
    if module is None or in_task():
        return None
    try:
        return module.default_client()
    except ValueError:
        return None


def _on_cluster(client: Any, jobs: Iterator[Job]) -> Iterator[list[Any]]:
    """Results of jobs in order, a few tasks ahead of what was asked for."""
    ahead = _TASKS_AHEAD * max(1, sum(client.nthreads().values()))
    waiting: deque[tuple[Job, Any]] = deque()
    try:
        for job in jobs:
            waiting.append((job, _submit(client, job)))
            if len(waiting) > ahead:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        client.cancel([future for _, future in waiting])


def _submit(client: Any, job: Job) -> Any:
    import cloudpickle  # noqa: PLC0415 - comes with Dask

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")
        read = [
            client.compute(s.collection) if s.collection is not None else None for s in job.slabs
        ]
        shipped = job._replace(slabs=[slab.shipped() for slab in job.slabs])
        return client.submit(_run_packed, cloudpickle.dumps(shipped), read, pure=False)


def _run_packed(job: bytes, read: list[Any]) -> list[Any]:
    """Results of a job that was packed as a whole, which puts its arrays at addresses of new ones.

    Parts of a message may begin anywhere, and sums over such arrays are rounded differently.
    """
    return run_job(pickle.loads(job), read)  # noqa: S301 - packed by `_submit`


def _result(job: Job, future: Any) -> list[Any]:
    try:
        return future.result()
    except PylimmaError:
        raise
    except Exception as error:  # of the store, the kernel, or a worker that died too often
        where = " and ".join(str(slab) for slab in job.slabs) or "A block of genes"
        raise ReadError(f"{where} failed on the cluster: {_reason(error)}") from error
