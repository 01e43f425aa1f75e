"""A share of the blocks of genes, for work that is split between processes.

Whatever depends on all genes is decided from all of them; the blocks of one share alone are
worked on. Blocks are the same as without shares, so results joined again are the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Share:
    """Share `number` of `of`, counted from 1, and the genes it turned out to have."""

    number: int
    of: int
    genes: range = field(default=range(0))
    n_genes: int = 0  # of all shares


_SHARE: ContextVar[Share | None] = ContextVar("share of the blocks", default=None)


@contextmanager
def only_share(share: Share) -> Iterator[None]:
    """Work on the blocks of one share within a ``with`` block."""
    before = _SHARE.set(share)
    try:
        yield
    finally:
        _SHARE.reset(before)


def own_blocks(blocks: list[slice]) -> list[slice]:
    """The blocks to work on: all of them, or those of the share, which notes its genes.

    A share without genes works on the first block, whose shape its result takes.
    """
    share = _SHARE.get()
    if share is None:
        return blocks
    first, last = ((k * len(blocks)) // share.of for k in (share.number - 1, share.number))
    own = blocks[first:last]
    share.n_genes = blocks[-1].stop
    share.genes = range(own[0].start, own[-1].stop) if own else range(0)
    return own or blocks[:1]
