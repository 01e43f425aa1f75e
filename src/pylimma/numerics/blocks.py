"""One runner for work that goes gene by gene: fixed blocks of rows, on several threads.

Boundaries depend on the number of samples alone, so a result is the same to the last bit
however many threads there are. While blocks are worked on, the linear algebra library keeps
to one thread of its own: its products are small here, and two sets of threads on the same
processors wait for each other most of the time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from pylimma.arguments import whole
from pylimma.record import Record
from pylimma.typing import AnyArray

Result = TypeVar("Result")
RecordType = TypeVar("RecordType", bound=Record)

BLOCK_ELEMENTS = 2**17  # a block of doubles, its weights and one temporary stay in the cache
_MOST_THREADS: ContextVar[int | None] = ContextVar("most threads", default=None)
FEWEST_ROWS = 64  # below this the overhead of a block outweighs its work


def gene_blocks(n_genes: int, n_samples: int, elements: int = BLOCK_ELEMENTS) -> list[slice]:
    """Consecutive blocks of rows that cover all genes."""
    rows = max(FEWEST_ROWS, elements // max(n_samples, 1))
    starts = range(0, max(n_genes, 1), rows)
    return [slice(start, min(start + rows, n_genes)) for start in starts]


def available_cpus() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def at_most_threads(most: int | None) -> Iterator[None]:
    """Keep to a number of threads within a ``with`` block; None leaves it to the processors."""
    if most is None:
        yield
        return
    before = _MOST_THREADS.set(most)
    try:
        with _libraries("scipy.linalg" in sys.modules).limit(limits=most):
            yield
    finally:
        _MOST_THREADS.reset(before)


def _threads(n_jobs: int | None) -> int:
    """Number of threads: as given, or one for each processor where it is None or 0."""
    given = 0 if n_jobs is None else whole(n_jobs, "n_jobs")
    return given or _MOST_THREADS.get() or available_cpus()


def map_blocks(
    function: Callable[[slice], Result], blocks: list[slice], n_jobs: int | None = None
) -> list[Result]:
    """Results of a function for every block, in order."""
    workers = min(_threads(n_jobs), len(blocks))
    with one_library_thread():
        if workers <= 1:
            return [function(block) for block in blocks]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(function, blocks))


def map_genes(
    kernel: Callable[..., Result],
    arrays: Sequence[AnyArray | None],
    *shared: object,
    n_jobs: int | None = None,
    width: int | None = None,
) -> list[Result]:
    """Results of ``kernel(*blocks, *shared)`` for consecutive blocks of genes, in order.

    Matrices are cut along genes, as views. None and vectors, which belong to samples, go to every
    block as they are. A gene takes `width` doubles in the
    cache: its samples when not given.
    """
    n_genes, n_samples = next(a.shape for a in arrays if a is not None and a.ndim > 1)

    def of_block(block: slice) -> Result:
        parts = (a if a is None or a.ndim == 1 else a[block] for a in arrays)
        return kernel(*parts, *shared)

    return map_blocks(of_block, gene_blocks(n_genes, width or n_samples), n_jobs)


def one_library_thread() -> AbstractContextManager[object]:
    """Keep linear algebra to one thread for the length of a ``with`` block."""
    limit: AbstractContextManager[object] = _libraries("scipy.linalg" in sys.modules).limit(
        limits=1, user_api="blas"
    )
    return limit


@cache
def _libraries(with_scipy: bool) -> ThreadpoolController:  # noqa: ARG001 - the key
    """Linear algebra libraries that are loaded; SciPy brings one of its own."""
    return ThreadpoolController()


def join_records(records: list[RecordType]) -> RecordType:
    """One record of the records of consecutive blocks, every field joined along genes.

    The list is emptied, so that parts are freed as they are joined.
    """
    first = records[0]
    if len(records) == 1:
        return first
    kind, names = type(first), list(first)
    parts = {name: [record[name] for record in records] for name in names}
    records.clear()
    del first
    return kind(**{name: np.concatenate(parts.pop(name)) for name in names})
