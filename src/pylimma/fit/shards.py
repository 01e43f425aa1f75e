"""Estimates of a model in shards, each made by a process of its own, joined to the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from pylimma.errors import InputError, InputWarning, warn
from pylimma.numerics.shares import Share, only_share
from pylimma.record import Record

Estimates = TypeVar("Estimates", bound=Record)
Estimator = Callable[[], Any]  # the estimates of all genes, or of the share that is worked on
_EXCHANGE: ContextVar[Callable[[Estimator], Any] | None] = ContextVar("shards", default=None)
_TEMPLATE = 2**62  # so many shares that the first has no genes


@dataclass(frozen=True, slots=True, eq=False)
class FitShard(Record):
    """Estimates of consecutive genes."""

    first: int  # position of the first gene
    n_genes: int  # in all shards
    estimates: dict[str, Any]  # arrays of shape (genes, …) by the names of their record


class _Fitted(Exception):  # noqa: N818 - ends an analysis whose estimates are made
    def __init__(self, shard: FitShard) -> None:
        super().__init__()
        self.shard = shard


def estimated(estimator: Callable[[], Estimates]) -> Estimates:
    """Estimates of all genes, made here unless shards are made or joined."""
    exchange = _EXCHANGE.get()
    found: Estimates = estimator() if exchange is None else exchange(estimator)
    return found


def fit_shard(number: int, of: int, analysis: Callable[[], object]) -> FitShard:
    """The estimates of one shard of the model that an analysis fits, which ends there."""

    def make(estimator: Estimator) -> Any:
        share = Share(number, of)
        with only_share(share):
            record = estimator()
        arrays = {name: record[name] for name in record if isinstance(record[name], np.ndarray)}
        estimates = {name: np.array(array[: len(share.genes)]) for name, array in arrays.items()}
        raise _Fitted(FitShard(share.genes.start, share.n_genes, estimates))

    try:
        with _exchanging(make):
            analysis()
    except _Fitted as fitted:
        return fitted.shard
    raise InputError("Models with random effects are fitted as a whole and cannot be sharded.")


@contextmanager
def joined_shards(models: Sequence[Sequence[FitShard]]) -> Iterator[None]:
    """Take the estimates of each model in turn from its shards within a ``with`` block."""
    left = iter(models)

    def join(estimator: Estimator) -> Any:
        share = Share(1, _TEMPLATE)
        with only_share(share):
            template = estimator()
        return _joined(template, next(left, ()), share.n_genes)

    with _exchanging(join):
        yield


def _joined(template: Estimates, shards: Sequence[FitShard], n_genes: int) -> Estimates:
    """Estimates of all genes; the first block, fitted here too, says whether numbers agree."""
    parts = [shard.estimates for shard in shards if shard.estimates["sigma"].size]
    if {shard.n_genes for shard in shards} != {n_genes}:
        raise InputError("The shards are of other genes than the data give now.")
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if any(not np.array_equal(a[: len(template[n])], template[n], True) for n, a in arrays.items()):  # noqa: FBT003 - NaN equals NaN
        warn(
            "The shards were fitted with libraries or processors that round otherwise than this "
            "one; the last digits may differ from those of a run here.",
            InputWarning,
        )
    return replace(template, **arrays)  # type: ignore[type-var]


@contextmanager
def _exchanging(exchange: Callable[[Estimator], Any]) -> Iterator[None]:
    before = _EXCHANGE.set(exchange)
    try:
        yield
    finally:
        _EXCHANGE.reset(before)
