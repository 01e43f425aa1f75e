r"""Samples whose labels were swapped: they fit the model better with the level of another sample.

A sample is judged by a model that did not see it, so that neither it nor what the model says of
blocks, batches and other factors speaks for its label. With the design *X*, hat values
:math:`h_i` and residuals :math:`r_i`, the prediction error of its own row is
:math:`\|r_i\|^2 / (1 - h_i)`; that of the row :math:`x'`, which differs in one factor, is

.. math:: \frac{\|y_i - x' \hat\beta_{(i)}\|^2}{1 + x' (X_{(i)}^T X_{(i)})^{-1} x'^T} .

Their ratio tells which label suits the sample. A swap is reported only if, with the labels
corrected, all samples prefer their own, and the accused ones preferred the other about as clearly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy import linalg

from pylimma.record import Record
from pylimma.typing import FloatArray, IntArray

_FEWEST_REPLICATES = 3  # of a level, so that two are left when one is judged
_MARGIN = 1.3  # by which the prediction error with the own label must exceed that with the other
_MOST_ACCUSED = 0.25  # share of samples; with more the levels are not distinct
_MARGIN_ALONE = 2.0  # the same for a sample that no other one changes places with
_TYPICAL = 1.25  # median ratio of errors that makes levels distinct
# shares of the typical log ratio, once labels are corrected, that must be reached
_IN_PAIRS = 0.45  # by both samples of a swapped pair
_ALONE = 0.75  # by a sample that no other one changes places with
_LEAST = 0.1  # by every sample in favour of its corrected label
_MOST_DOUBTFUL = 8  # samples of which all pairs are tried
_MOST_VARIABLE = 500  # genes by which samples are compared
_HARDLY = 0.05  # typical log ratio below which levels are not distinct, whatever is corrected
_ZERO = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Factor(Record):
    """A factor of a design, with what a sample of another level would have as its row."""

    design: FloatArray  # (samples, columns) the design, then the blocks
    level: IntArray  # (samples,) level of each sample
    rows: FloatArray  # (samples, levels, columns) rows with another level; NaN where unknown
    rest: IntArray  # positions of the columns that do not depend on the factor

    def swapped(self, first: int, second: int) -> Factor:
        """Return the factor with the levels of two samples exchanged."""
        return self.relabelled(first, self.level[second]).relabelled(second, self.level[first])

    def relabelled(self, sample: int, level: int) -> Factor:
        """Return the factor with another level of one sample."""
        design, levels = self.design.copy(), self.level.copy()
        design[sample], levels[sample] = self.rows[sample, level], level
        return replace(self, design=design, level=levels)


@dataclass(frozen=True, slots=True, eq=False)
class Swap(Record):
    """Samples that look like another level of a factor."""

    samples: IntArray  # (accused,) their positions
    level: IntArray  # (samples,) levels of all samples once the labels are corrected


def swapped_samples(
    values: FloatArray,
    design: FloatArray,
    terms: Mapping[str, Sequence[int]],
    block: IntArray | None = None,
    columns: Sequence[IntArray] = (),
) -> list[Swap]:
    """Swapped labels of the factors of a design.

    `block` and each of the other `columns` known of the samples hold codes from 0 on; what one of
    these explains is no swap either.
    """
    blocks = np.empty((len(design), 0)) if block is None else indicators(block)
    found = []
    for term in terms:
        swap = _swap(values, _factor(design, term, terms, blocks))
        for column in columns if swap is not None else ():
            more = np.column_stack([blocks, indicators(column)])
            factor = _factor(design, term, terms, more)
            if factor is None or swap is None:
                continue
            again = _swap(values, factor)
            same = again is not None and np.array_equal(again.samples, swap.samples)
            swap = swap if same else None
        if swap is not None:
            found.append(swap)
    return found


def indicators(codes: IntArray) -> FloatArray:
    """A column of zeros and ones for each code."""
    return np.asarray(np.eye(int(codes.max()) + 1)[codes])


def _factor(
    design: FloatArray, term: str, terms: Mapping[str, Sequence[int]], blocks: FloatArray
) -> Factor | None:
    """The factor of a term; None without replicates, or where it does not differ in blocks."""
    own, parts = list(terms[term]), set(term.split(":"))
    mixed = [k for name in terms if set(name.split(":")) > parts for k in terms[name]]
    rest = np.setdiff1d(np.arange(design.shape[1]), [*own, *mixed])
    level = np.unique(design[:, own], axis=0, return_inverse=True)[1].ravel()
    size = np.bincount(level)
    if len(size) < 2 or size.min() < _FEWEST_REPLICATES:
        return None
    both = np.column_stack([design, blocks])
    if _rank(both) <= _rank(np.column_stack([design[:, rest], blocks])):
        return None
    rows = np.repeat(both[:, None, :], len(size), axis=1)
    for k in range(len(size)):
        others = design[level == k]
        rows[:, k, own] = others[0, own]
        for sample in range(len(design)) if mixed else ():  # interactions: as another sample
            same = (others[:, rest] == design[sample, rest]).all(axis=1)
            row = others[np.argmax(same)] if same.any() else np.nan
            rows[sample, k, : design.shape[1]] = row
    rest = np.append(rest, np.arange(design.shape[1], both.shape[1]))
    return Factor(both, level, rows, rest)


def _rank(matrix: FloatArray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.shape[1] else 0


def _swap(values: FloatArray, factor: Factor | None) -> Swap | None:
    """Samples that look swapped; None unless that makes all samples prefer their own labels."""
    if factor is None:
        return None
    y = _profiles(values, factor)
    before = _best(log_ratios(y, factor))
    if np.median(before.ratio) > -_HARDLY:
        return None
    most = max(2, int(_MOST_ACCUSED * len(y)))
    corrected, pairs, single = factor, list[int](), list[int]()
    while (change := _clearest_change(y, corrected, {*pairs, *single})) and len(pairs) < most:
        if len(change) == 2:
            corrected = corrected.swapped(*change)
            pairs += change
        else:
            corrected = corrected.relabelled(change[0], before.level[change[0]])
            single += change
    accused = np.sort([*pairs, *single]).astype(int)
    if not 0 < accused.size <= most:
        return None
    clear = -_best(log_ratios(y, corrected)).ratio
    clear = clear[np.isfinite(clear)]
    typical = float(np.median(clear)) if clear.size else 0.0
    as_clear = np.where(np.isin(accused, single), _ALONE, _IN_PAIRS)
    distinct = typical > np.log(_TYPICAL) and clear.min() > _LEAST * typical
    return (
        Swap(accused, corrected.level)
        if distinct and (before.ratio[accused] >= as_clear * typical).all()
        else None
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Best(Record):
    """The level that suits each sample best among the others, and its log ratio of errors."""

    level: IntArray
    ratio: FloatArray  # -inf where none can be predicted


def _best(ratios: FloatArray) -> _Best:
    filled = np.where(np.isnan(ratios), -np.inf, ratios)
    return _Best(np.argmax(filled, axis=1), filled.max(axis=1))


def _clearest_change(y: FloatArray, factor: Factor, done: set[int]) -> list[int]:
    """Samples that want the levels of each other, the clearest pair; else the clearest alone."""
    best = _best(log_ratios(y, factor))
    order = np.argsort(-best.ratio, kind="stable")[:_MOST_DOUBTFUL]
    doubtful = [int(k) for k in order if best.ratio[k] > 0 and int(k) not in done]
    level = factor.level
    pairs = {
        (i, j): _pair_ratio(y, factor, i, j)
        for i, j in combinations(doubtful, 2)
        if best.level[i] == level[j] and best.level[j] == level[i]
    }
    pair = max(pairs, key=lambda both: pairs[both], default=None)
    if pair is not None and pairs[pair] > np.log(_MARGIN):
        return list(pair)
    return doubtful[:1] if doubtful and best.ratio[doubtful[0]] > np.log(_MARGIN_ALONE) else []


def _profiles(values: FloatArray, factor: Factor) -> FloatArray:
    """Samples in as many coordinates as there are samples, by their most variable genes.

    Genes are chosen by what the blocks and the other columns of the design leave of them.
    """
    common = factor.design[:, factor.rest]
    residuals = values - values @ common @ np.linalg.pinv(common)
    variance = residuals.var(axis=1)
    chosen = values[np.argsort(-variance, kind="stable")[:_MOST_VARIABLE]]
    chosen = chosen - chosen.mean(axis=1, keepdims=True)
    scores, vectors = np.linalg.eigh(chosen.T @ chosen)
    return np.asarray(vectors * np.sqrt(np.maximum(scores, 0.0)))


def log_ratios(y: FloatArray, factor: Factor) -> FloatArray:
    """Log ratios of the prediction errors with the own level and with each other level.

    Of shape (samples, levels); NaN for the own level, and where a row cannot be predicted.
    """
    x = factor.design
    inverse = np.linalg.pinv(x)
    cross = inverse @ inverse.T  # (X'X)^-1
    beta = inverse @ y
    leverage = np.einsum("ij,ji->i", x, inverse)
    left = np.maximum(1 - leverage, _ZERO)[:, None]
    deleted = (y - x @ beta) / left  # prediction errors of the own rows
    own = (deleted**2 * left).sum(axis=1)
    rows = factor.rows
    scaled = rows @ cross
    link = np.einsum("ikp,ip->ik", scaled, x)
    spread = np.einsum("ikp,ikp->ik", scaled, rows) + link**2 / left
    error = y[:, None, :] - rows @ beta + link[..., None] * deleted[:, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        result = np.log(own[:, None] / ((error**2).sum(axis=2) / (1 + spread)))
    result[np.arange(len(y)), factor.level] = np.nan
    result[leverage > 1 - _ZERO] = np.nan
    return result


def _pair_ratio(y: FloatArray, factor: Factor, i: int, j: int) -> float:
    """Log ratio of the prediction errors of two samples with their own and exchanged levels."""
    apart = np.ones(len(y), dtype=bool)
    apart[[i, j]] = False
    others = _residual_sum(y[apart], factor.design[apart])
    own = _residual_sum(y, factor.design) - others
    other = _residual_sum(y, factor.swapped(i, j).design) - others
    return float(np.log(max(own, _ZERO) / max(other, _ZERO)))


def _residual_sum(y: FloatArray, x: FloatArray) -> float:
    q, r, _ = linalg.qr(x, mode="economic", pivoting=True)
    size = np.abs(np.diagonal(r))
    q = q[:, : np.count_nonzero(size > _ZERO * size.max(initial=0.0))]
    return float((y**2).sum() - ((q.T @ y) ** 2).sum())
