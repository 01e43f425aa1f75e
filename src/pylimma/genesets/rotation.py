r"""Rotation tests of sets: the kernel of roast.

The effects of a gene, its contrast first and :math:`d` residual ones, are independent with one
variance where the gene does not change. A random direction :math:`r` of unit length, the same for
all genes, therefore gives effects :math:`e_g^T r` as likely as the observed ones, with the
correlation of genes that there is [1]_. Each is moderated like the observed effect,

.. math:: t_g^2 = \frac{b_g^2}{\{d_0 s_0^2 + |e_g|^2 - b_g^2\} / (d_0 + d)}, \qquad b_g = e_g^T r,

turned into a z-score, and summarised over the set. Rotations run in blocks of fixed size, so that
memory does not grow with their number.

References
----------
.. [1] Wu D et al. (2010). Bioinformatics 26:2176-2182.
   https://doi.org/10.1093/bioinformatics/btq401
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from pylimma.genesets.positions import SetIndex
from pylimma.numerics.blocks import BLOCK_ELEMENTS, map_blocks
from pylimma.record import Record
from pylimma.statistics.z_scores import z_of_t, z_of_t_hill
from pylimma.typing import FloatArray, IntArray

_LARGEST_DF = 10_000.0  # of Bailey's formula
_FLOOR = 0.6744897501960817  # upper quartile of the normal distribution
_MOST_IN_A_CHUNK = 4096  # rotations that are drawn at a time
_FEWEST_IN_A_BLOCK = 8
_SMALLEST = np.finfo(float).tiny


@dataclass(frozen=True, slots=True, eq=False)
class Scores(Record):
    """How effects of genes become z-scores: b² / (total - share b²) is the square of t."""

    total: FloatArray  # (genes, 1): (d0 s0² + sum of squared effects) / (d0 + d)
    share: FloatArray  # (genes, 1): 1 / (d0 + d)
    df: FloatArray  # (genes, 1): d0 + d
    method: str  # "bailey", "hill" or "exact"

    @classmethod
    def of(
        cls,
        effects: FloatArray,
        var_prior: float | FloatArray,
        df_prior: float | FloatArray,
        method: str,
    ) -> Scores:
        """Scores of genes with these effects, given the prior of their variances."""
        size = len(effects)
        s0, d0 = (np.broadcast_to(np.asarray(v, float), (size,)) for v in (var_prior, df_prior))
        finite = np.isfinite(d0)
        df = d0 + (effects.shape[1] - 1)
        squares = np.einsum("ge,ge->g", effects, effects)
        total = np.where(finite, (np.where(finite, d0, 0.0) * s0 + squares) / df, s0)
        share = np.where(finite, 1 / df, 0.0)
        return cls(total[:, None], share[:, None], df[:, None], method)

    def take(self, genes: IntArray) -> Scores:
        """Scores of some genes."""
        return Scores(self.total[genes], self.share[genes], self.df[genes], self.method)

    def squares(self, b: FloatArray) -> FloatArray:
        """Squares of t of effects of shape (genes,) or (genes, rotations)."""
        shape = self.total.shape if b.ndim > 1 else (-1,)
        squared = b * b
        variance = self.share.reshape(shape) * squared
        np.subtract(self.total.reshape(shape), variance, out=variance)
        np.maximum(variance, _SMALLEST, out=variance)  # zero for a gene without variance
        return np.divide(squared, variance, out=squared)

    def z(self, b: FloatArray) -> FloatArray:
        """Scores z of effects b of shape (genes, rotations)."""
        t2 = self.squares(b)
        if self.method != "bailey":
            t = np.copysign(np.sqrt(t2), b)
            return z_of_t_hill(t, self.df) if self.method == "hill" else z_of_t(t, self.df)
        # (d + 1/8) / (d + 9/8) sqrt((d + 19/12) log(1 + t² / (d + 1/12)))
        df = np.minimum(self.df, _LARGEST_DF)
        t2 /= df + 1 / 12
        np.log1p(t2, out=t2)
        np.sqrt(t2, out=t2)
        t2 *= (df + 1 / 8) / (df + 9 / 8) * np.sqrt(df + 19 / 12)
        return np.copysign(t2, b, out=t2)


class Statistics(NamedTuple):
    """Statistics of sets (sets, rotations), large where genes go up, down, or either way."""

    up: FloatArray
    down: FloatArray
    mixed: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Members(Record):
    """Sets among the genes that belong to any of them."""

    genes: IntArray  # positions of these genes among all
    positions: IntArray  # positions among these
    indptr: IntArray
    size: FloatArray  # (sets, 1)
    weights: FloatArray  # beside the positions
    matrix: Any  # (sets, genes) weights
    absolute: Any  # (sets, genes) their sizes

    @classmethod
    def of(cls, sets: SetIndex, weights: FloatArray | None) -> Members:
        """Members with weights beside their positions, 1 where there are none."""
        genes, positions = np.unique(sets.positions, return_inverse=True)
        w = np.ones(positions.size) if weights is None else weights
        shape = (len(sets.names), genes.size)
        matrix = sparse.csr_array((w, positions, sets.indptr), shape=shape)
        absolute = sparse.csr_array((np.abs(w), positions, sets.indptr), shape=shape)
        size = np.maximum(sets.n_genes, 1).astype(float)[:, None]
        return cls(genes, positions, sets.indptr, size, w, matrix, absolute)


def set_statistics(z: FloatArray, members: Members, statistic: str) -> Statistics:
    """Statistics of all sets by z-scores (genes, rotations)."""
    if statistic == "mean50":
        return _halves(z, members)
    size = np.abs(z)
    if statistic == "msq":
        signed, both = members.matrix @ (z * size), members.absolute @ (z * z)
    else:
        signed, both = members.matrix @ z, members.absolute @ size
    m = members.size
    if statistic == "mean":
        return Statistics(signed / m, -signed / m, both / m)
    # sums over genes that go up, and those that go down
    up, down = (both + signed) / (2 * m), (both - signed) / (2 * m)
    if statistic == "msq":
        return Statistics(up, down, both / m)
    return Statistics(up, down, members.matrix @ np.maximum(size, _FLOOR) / m)


def _halves(z: FloatArray, members: Members) -> Statistics:
    """Means of the upper and lower half of each set, the middle of an odd number in both."""
    result = np.zeros((3, members.size.size, z.shape[1]))
    for k, (start, end) in enumerate(zip(members.indptr[:-1], members.indptr[1:], strict=True)):
        if start == end:
            continue
        part = np.ascontiguousarray(
            (z[members.positions[start:end]].T) * members.weights[start:end]
        )
        m = part.shape[1]
        half = (m + 1) // 2
        ordered = np.partition(part, half - 1, axis=1)
        result[0, k] = ordered[:, m - half :].mean(axis=1)
        result[1, k] = -ordered[:, :half].mean(axis=1)
        sizes = np.partition(np.abs(part, out=part), m - half, axis=1)
        result[2, k] = sizes[:, m - half :].mean(axis=1)
    return Statistics(*result)


def directions_of_unit_length(
    n: int, n_effects: int, rng: np.random.Generator
) -> Iterator[FloatArray]:
    """Random unit vectors as columns, in chunks."""
    for start in range(0, n, _MOST_IN_A_CHUNK):
        chunk = rng.standard_normal((min(_MOST_IN_A_CHUNK, n - start), n_effects))
        yield (chunk / np.linalg.norm(chunk, axis=1, keepdims=True)).T


def rotation_blocks(n: int, n_genes: int, elements: int = BLOCK_ELEMENTS) -> list[slice]:
    """Blocks of rotations whose effects stay in the cache."""
    step = max(_FEWEST_IN_A_BLOCK, elements // max(n_genes, 1))
    return [slice(k, min(k + step, n)) for k in range(0, n, step)]


class Counts(NamedTuple):
    """How often statistics of rotations are larger than the observed ones, by set."""

    up: IntArray  # of twice as many: rotations in both directions
    down: IntArray
    either: IntArray
    mixed: IntArray


def count_rotations(
    effects: list[FloatArray],
    scores: list[Scores],
    members: Members,
    statistic: str,
    n_rotations: int,
    rng: np.random.Generator,
    n_jobs: int | None = None,
) -> list[Counts]:
    """Counts for the effects of each contrast, by the same rotations."""
    parts = [part[members.genes] for part in effects]
    own = [score.take(members.genes) for score in scores]
    observed = [
        set_statistics(score.z(part[:, :1]), members, statistic)
        for part, score in zip(parts, own, strict=True)
    ]
    counts = np.zeros((len(effects), 4, members.size.size), dtype=np.intp)
    for chunk in directions_of_unit_length(n_rotations, parts[0].shape[1], rng):

        def of_block(block: slice, chunk: FloatArray = chunk) -> IntArray:
            rows = [
                _larger(set_statistics(s.z(part @ chunk[:, block]), members, statistic), first)
                for part, s, first in zip(parts, own, observed, strict=True)
            ]
            return np.array(rows)

        blocks = rotation_blocks(chunk.shape[1], members.genes.size)
        counts += np.sum(map_blocks(of_block, blocks, n_jobs), axis=0)
    return [Counts(*rows) for rows in counts]


def _larger(rotated: Statistics, observed: Statistics) -> IntArray:
    """Numbers of rotations with larger statistics, of shape (4, sets)."""
    up, down, mixed = rotated
    either = np.maximum(up, down) > np.maximum(observed.up, observed.down)
    rows = [
        (up > observed.up).sum(axis=1) + (down > observed.up).sum(axis=1),
        (up > observed.down).sum(axis=1) + (down > observed.down).sum(axis=1),
        either.sum(axis=1),
        (mixed > observed.mixed).sum(axis=1),
    ]
    return np.array(rows)
