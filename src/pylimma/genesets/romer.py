r"""Rotation tests of sets against the other genes: romer.

The ranks of the genes of a set by their moderated t-statistics are compared with those after
random rotations :math:`r` of the effects (see `rotation`), which keep the correlation between
genes. So that true change does not count as chance, the effect of the contrast is shrunk before
it is rotated, to :math:`e_1 \sqrt{v / (v + v_0 p_g)}`, with :math:`v` its unscaled variance,
:math:`v_0` that of true effects and :math:`p_g` the probability that the gene changes [1]_.

Ranks are by single precision, in which the key of a gene and its place make one integer each:
one sort of integers ranks all genes. Ties fall in the order of genes, observed and rotated alike.

References
----------
.. [1] Majewski IJ et al. (2010). Blood 116:731-739. https://doi.org/10.1182/blood-2009-12-260760
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.arguments import flag, random_generator, whole
from pylimma.containers.fit import MArrayLM
from pylimma.errors import EstimationWarning, InputError, InputTypeError, check_choice, warn
from pylimma.genesets.camera import unweighted
from pylimma.genesets.identifiers import Matching
from pylimma.genesets.intake import GeneEffects, Sampling, gene_effects
from pylimma.genesets.rotation import (
    Members,
    Scores,
    directions_of_unit_length,
    rotation_blocks,
)
from pylimma.genesets.rotation_tests import several_sets
from pylimma.genesets.sets import parse_sets
from pylimma.genesets.tables import joined_tables, set_table
from pylimma.moderation.squeeze_var import SqueezedVariances
from pylimma.moderation.t_mixture import effect_variances
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.distributions.tails import t_two_sided
from pylimma.numerics.moderated_tests import log_odds
from pylimma.statistics.true_null import null_proportion
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, IntArray, RandomLike

_QUESTION = "romer, a competitive test by rotations: do genes of the set change more than others?"
_STATISTICS = ("mean", "floormean", "mean50")
_STDEV_LIMITS = (0.1, 4.0)  # of true effects, in units of the prior standard deviation
_MOST_ROTATIONS = 100_000_000
_ROTATIONS_IN_A_BLOCK = 2**19  # elements of one block of effects
_INDEX_BITS = 32
_NEARLY = 1 - 1e-12  # a proportion whose odds are finite


class _Ranks(NamedTuple):
    """Ranks of genes from 1, by their statistics and by the sizes of these."""

    signed: FloatArray
    sizes: FloatArray
    n_not_up: int  # genes whose statistic is not positive
    n_not_down: int
    n_small: int  # genes whose size is at most one


def rank_genes(t2: FloatArray, negative: Any) -> _Ranks:
    """Ranks by squared statistics and their signs."""
    bits = t2.astype(np.float32).view(np.int32).astype(np.int64)  # in the order of t2
    place = np.arange(bits.size, dtype=np.int64)
    signed = np.where(negative, -bits, bits)
    return _Ranks(
        _ranks(signed, place),
        _ranks(bits, place),
        int(np.count_nonzero(signed <= 0)),
        int(np.count_nonzero(signed >= 0)),
        int(np.count_nonzero(t2 <= 1)),
    )


def _ranks(keys: IntArray, place: IntArray) -> FloatArray:
    """Ranks from 1 of integers of 32 bits, ties by place."""
    packed = (keys << _INDEX_BITS) | place
    packed.sort()
    ranks = np.empty(place.size)
    ranks[packed & (2**_INDEX_BITS - 1)] = np.arange(1.0, place.size + 1)
    return ranks


def rank_statistics(ranks: _Ranks, members: Members, statistic: str) -> FloatArray:
    """Statistics of sets (3, sets): up, down and mixed, large where genes go that way."""
    signed, sizes = ranks.signed[members.genes], ranks.sizes[members.genes]
    n = ranks.signed.size
    if statistic == "mean50":
        return _halves(signed, sizes, members, n)
    down = n + 1 - signed
    if statistic == "floormean":
        # what is on the floor is tied there
        signed = np.where(signed > ranks.n_not_up, signed, (ranks.n_not_up + 1) / 2)
        down = np.where(down > ranks.n_not_down, down, (ranks.n_not_down + 1) / 2)
        sizes = np.where(sizes > ranks.n_small, sizes, (ranks.n_small + 1) / 2)
    means: FloatArray = members.matrix @ np.column_stack([signed, down, sizes])
    return means.T / members.size[:, 0]


def _halves(signed: FloatArray, sizes: FloatArray, members: Members, n: int) -> FloatArray:
    """Means of the upper half of ranks, up, down and by size."""
    result = np.zeros((3, members.size.size))
    for k, (start, end) in enumerate(zip(members.indptr[:-1], members.indptr[1:], strict=True)):
        own = members.positions[start:end]
        half = (own.size + 1) // 2
        if own.size == 0:
            continue
        part = np.sort(signed[own])
        result[0, k] = part[own.size - half :].mean()
        result[1, k] = n + 1 - part[:half].mean()
        result[2, k] = np.sort(sizes[own])[own.size - half :].mean()
    return result


def _shrunk(found: GeneEffects, k: int, squeezed: SqueezedVariances) -> FloatArray:
    """Effects of one contrast and residual ones, the former without what is true change."""
    effects = found.joined(k)
    t = effects[:, 0] / np.sqrt(squeezed.var_post)
    df = np.broadcast_to(np.asarray(found.df + squeezed.df_prior, float), t.shape)
    proportion = 1 - null_proportion(t_two_sided(t, df), "lfdr")
    if proportion <= 0:
        return effects
    column = found.unscaled[:, min(k, found.unscaled.shape[1] - 1)]
    stdev = np.broadcast_to(column, t.shape)
    prior = float(np.median(squeezed.var_prior))
    limits = np.array(_STDEV_LIMITS) ** 2 / prior
    v0 = float(effect_variances(t[:, None], stdev[:, None], df, proportion, limits)[0])
    if np.isnan(v0):
        v0 = 1 / prior
        warn("The variance of true effects could not be estimated.", EstimationWarning)
    odds = log_odds(
        t[:, None],
        stdev[:, None],
        np.array([v0]),
        df[:, None],
        ~np.isfinite(df),
        min(proportion, _NEARLY),
    )[:, 0]
    probability = 1 / (1 + np.exp(-odds))
    effects[:, 0] *= np.sqrt(stdev**2 / (stdev**2 + v0 * probability))
    return effects


class _Contrast(NamedTuple):
    """What rotations of one contrast need."""

    effects: FloatArray  # (genes, df + 1), shrunk
    scores: Scores  # of the sums of squares before that
    observed: FloatArray  # (3, sets)

    def larger(self, rotations: FloatArray, members: Members, statistic: str) -> IntArray:
        """Numbers of rotations whose statistics are as large as observed, (3, sets)."""
        count = np.zeros(self.observed.shape, dtype=np.intp)
        for b in rotations.T @ self.effects.T:
            ranks = rank_genes(self.scores.squares(b), np.signbit(b))
            count += rank_statistics(ranks, members, statistic) >= self.observed
        return count


def romer(
    y: ExpressionLike | MArrayLM,
    index: Any,
    design: DesignLike | None = None,
    contrast: Any = None,
    array_weights: Any = None,
    block: Any = None,
    correlation: float | None = None,
    set_statistic: str = "mean",
    nrot: int = 9999,
    shrink_resid: bool = True,
    *,
    weights: Any = None,
    geneid: Any = None,
    match: Matching = "exact",
    min_size: int | None = None,
    max_size: int | None = None,
    samples: Any = None,
    reference: Any = None,
    layer: str | None = None,
    rng: RandomLike = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    r"""Competitive test of sets by random rotations: whether their genes change more than others.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, AnnData, EList, MAList or MArrayLM
        Log2 expression, genes × samples (AnnData: samples × genes), without missing values; or
        a fit that keeps its data.
    index : dict of sets, path, table or one set
        Sets as names, positions or masks of genes, in any form that `ids2indices` takes.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix of full rank, matched to the samples by name where both have names; the
        one stored with the data, or a common mean, when not given.
    contrast : int, str, array, DataFrame or several
        Coefficient by position or name, or contrasts in any form that `contrasts_fit` takes; the
        last coefficient when not given, or all contrasts of a fit of contrasts.
    array_weights : array of shape (samples,), optional
        Positive weights of samples.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    set_statistic : {"mean", "floormean", "mean50"}
        How ranks of a set are summarised: by their mean; with genes that do not go the way tied
        for lowest; by the mean of the upper half.
    nrot : int
        Number of rotations; no p-value is smaller than 1/(nrot + 1).
    shrink_resid : bool
        Whether likely true change is taken out of the effects before they are rotated, so that
        it does not count as chance.
    weights : array, optional
        Positive inverse variances of shape (genes, samples), (genes,) or (samples,); those
        stored with the data when not given.
    geneid : str or array of shape (genes,), optional
        Identifiers that sets refer to, or the column of the annotation that holds them; names of
        genes when not given.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared; the last ignores a suffix such as ``.12``.
    min_size, max_size : int, optional
        Sets with fewer or more genes in the data are not tested, and are counted in a note.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    rng : Generator, int or None
        Source of randomness, or a seed for it.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    DataFrame
        A row for each set in their order, with `n_genes` (found among the genes), p-values `up`,
        `down` and `mixed`, and `n_given`; for several contrasts, which share their rotations,
        below one another, named in a first column `contrast`. P-values of a set without genes
        are NaN. ``table.attrs["meaning"]`` says what was asked.

    Raises
    ------
    InputError
        If values are missing, weights not positive, a choice is unknown, or no gene of the sets
        is in the data.
    DesignError
        If the design is not of full rank, or leaves no residual degrees of freedom.
    StageError
        If a fit is given that does not keep its data.

    Warns
    -----
    EstimationWarning
        If the variance of true effects could not be estimated.

    See Also
    --------
    top_romer : The top sets.
    camera : The same question without simulation.

    Notes
    -----
    Memory does not grow with `nrot`. See [1]_.

    References
    ----------
    .. [1] Majewski IJ et al. (2010). Blood 116:731-739.
       https://doi.org/10.1182/blood-2009-12-260760

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> y[:10, 3:] += 2
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> table = pylimma.romer(y, {"a": range(10), "b": range(80, 100)}, design, nrot=99, rng=1)
    >>> bool(table.loc["a", "up"] < 0.05)
    True
    """
    check_choice(set_statistic, _STATISTICS, "set_statistic")
    n, generator = whole(nrot, "nrot", 1, _MOST_ROTATIONS), random_generator(rng, "rng")
    shrink = flag(shrink_resid, "shrink_resid")
    sampling = Sampling(
        weights, array_weights, block, correlation, samples, reference, layer, n_jobs
    )
    found = gene_effects(y, design, contrast, sampling, "romer")
    sets = parse_sets(
        index if several_sets(index) else {"set": index},
        found.identifiers(geneid),
        found.n_genes,
        match=match,
        min_size=min_size,
        max_size=max_size,
    )
    sets = unweighted(sets, "romer")
    members = Members.of(sets, np.ones(sets.positions.size))
    squeezed = found.moderate()
    contrasts = []
    for k in range(len(found.labels)):
        effects = found.joined(k)
        scores = Scores.of(effects, squeezed.var_prior, squeezed.df_prior, "exact")
        ranks = rank_genes(scores.squares(effects[:, 0]), np.signbit(effects[:, 0]))
        observed = rank_statistics(ranks, members, set_statistic)
        shrunk = _shrunk(found, k, squeezed) if shrink else effects
        contrasts.append(_Contrast(shrunk, scores, observed))
    counts = _count(contrasts, members, set_statistic, n, generator, n_jobs)
    tables = []
    for count in counts:
        p = np.where(sets.n_genes > 0, (count + 1) / (n + 1), np.nan)
        columns = dict(zip(("up", "down", "mixed"), p, strict=True))
        tables.append(set_table(sets, columns, None, {}))
    return joined_tables(tables, found.labels, _QUESTION)


def _count(
    contrasts: list[_Contrast],
    members: Members,
    statistic: str,
    n: int,
    rng: np.random.Generator,
    n_jobs: int | None,
) -> IntArray:
    """Counts of rotations as extreme as observed, (contrasts, 3, sets)."""
    counts = np.zeros((len(contrasts), 3, members.size.size), dtype=np.intp)
    n_genes, n_effects = contrasts[0].effects.shape
    for chunk in directions_of_unit_length(n, n_effects, rng):

        def of_block(block: slice, chunk: FloatArray = chunk) -> IntArray:
            return np.array([c.larger(chunk[:, block], members, statistic) for c in contrasts])

        blocks = rotation_blocks(chunk.shape[1], n_genes, _ROTATIONS_IN_A_BLOCK)
        counts += np.sum(map_blocks(of_block, blocks, n_jobs), axis=0)
    return counts


def top_romer(x: pd.DataFrame, n: int = 10, alternative: str = "up") -> pd.DataFrame:
    """Sets with the smallest p-values of `romer`.

    Parameters
    ----------
    x : DataFrame
        Table from `romer`.
    n : int
        Number of sets, of each contrast.
    alternative : {"up", "down", "mixed"}
        P-value that counts.

    Returns
    -------
    DataFrame
        Their rows, the smallest p-value first; ties by the mixed p-value (by the smaller of the
        others, for mixed), then larger sets first.

    Raises
    ------
    InputTypeError
        If `x` is not a table of `romer`.
    InputError
        If the alternative is unknown, or `n` negative.

    See Also
    --------
    romer : The tests.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> table = pylimma.romer(y, {"a": range(10), "b": range(80, 100)}, design, nrot=99, rng=1)
    >>> len(pylimma.top_romer(table, 1, alternative="down"))
    1
    """
    column = alternative.lower() if isinstance(alternative, str) else alternative
    check_choice(column, ("up", "down", "mixed"), "alternative")
    number = whole(n, "n", 0)
    wanted = {"n_genes", "up", "down", "mixed"}
    if not isinstance(x, pd.DataFrame) or not wanted <= set(x.columns):
        raise InputTypeError("`x` must be the table of `romer`.")
    second = x[["up", "down"]].min(axis=1) if column == "mixed" else x["mixed"]
    try:
        keys = [np.asarray(key, dtype=float) for key in (-x["n_genes"], second, x[column])]
    except (TypeError, ValueError):
        raise InputError("`x` has columns that are not numbers.") from None
    ordered = x.iloc[np.lexsort(keys)]
    if "contrast" not in x.columns:
        return ordered.iloc[:number]
    return ordered.groupby("contrast", sort=False).head(number)
