"""One runner for work that goes gene by gene: fixed blocks of rows, on several threads.

Boundaries depend on the number of samples alone, so a result is the same to the last bit
however many threads there are. While blocks are worked on, the linear algebra library keeps
to one thread of its own: its products are small here, and two sets of threads on the same
processors wait for each other most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from pylimma.numerics.progress import watched
from pylimma.numerics.shares import own_blocks
from pylimma.numerics.threads import one_library_thread, thread_number, thread_pool
from pylimma.record import Record

Block = TypeVar("Block")
Result = TypeVar("Result")
RecordType = TypeVar("RecordType", bound=Record)

BLOCK_ELEMENTS = 2**17  # a block of doubles, its weights and one temporary stay in the cache
FEWEST_ROWS = 64  # below this the overhead of a block outweighs its work


def gene_blocks(n_genes: int, n_samples: int, elements: int = BLOCK_ELEMENTS) -> list[slice]:
    """Consecutive blocks of rows that cover all genes."""
    rows = max(FEWEST_ROWS, elements // max(n_samples, 1))
    starts = range(0, max(n_genes, 1), rows)
    return [slice(start, min(start + rows, n_genes)) for start in starts]


def map_blocks(
    function: Callable[[Block], Result],
    blocks: list[Block],
    n_jobs: int | None = None,
    of: str = "",
) -> list[Result]:
    """Results of a function for every block, in order; a terminal shows progress in them."""
    one = len(blocks) == 1 and n_jobs is None
    workers = 1 if one else min(thread_number(n_jobs), len(blocks))
    with one_library_thread():
        if workers <= 1:
            return watched(map(function, blocks), len(blocks), of)
        with thread_pool(workers) as pool:
            return watched(pool.map(function, blocks), len(blocks), of)


def map_genes(
    kernel: Callable[..., Result],
    arrays: Sequence[Any],
    *shared: object,
    n_jobs: int | None = None,
    width: int | None = None,
) -> list[Result]:
    """Results of ``kernel(*blocks, *shared)`` for consecutive blocks of genes, in order.

    Matrices are cut along genes, as views. None and vectors, which belong to samples, go to every
    block as they are. A gene takes `width` doubles in the
    cache: its samples when not given. Matrices that are not in memory are streamed.
    """
    n_genes, n_samples = next(a.shape for a in arrays if a is not None and a.ndim > 1)
    blocks = own_blocks(gene_blocks(n_genes, width or n_samples))
    for array in arrays:
        if hasattr(array, "stream"):
            streamed: list[Result] = array.stream(kernel, arrays, shared, n_jobs, blocks)
            return streamed

    def of_block(block: slice) -> Result:
        parts = (a if a is None or a.ndim == 1 else a[block] for a in arrays)
        return kernel(*parts, *shared)

    return map_blocks(of_block, blocks, n_jobs, f" of {n_genes:,} genes")


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
