r"""Self-contained tests of sets in closed form: fry.

Effects of a gene, its contrast first and :math:`d` residual ones, are divided by an estimate of
their common standard deviation. In a set of genes that do not change all directions are alike,
however the genes are correlated: the mean of the first effects over the root mean square of the
other means is a t-statistic on :math:`d` degrees of freedom, the limit of rotation tests for
large prior degrees of freedom [1]_. Without regard to sign, the sum of squares of the first
effects lies between the smallest and the largest squared singular value of the set's effects, and
is compared with a beta distribution of the same moments.

References
----------
.. [1] Wu D et al. (2010). Bioinformatics 26:2176-2182.
   https://doi.org/10.1093/bioinformatics/btq401
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse, special

from pylimma.arguments import flag
from pylimma.containers.fit import MArrayLM
from pylimma.errors import check_choice
from pylimma.genesets.identifiers import Matching
from pylimma.genesets.intake import GeneEffects, Sampling, gene_effects
from pylimma.genesets.positions import SetIndex
from pylimma.genesets.sets import parse_sets
from pylimma.genesets.tables import (
    contributing_genes,
    directions,
    entry_weights,
    joined_tables,
    parse_sort,
    set_table,
    with_fdr,
)
from pylimma.moderation.f_robust import parse_winsor
from pylimma.moderation.squeeze_var import posterior_variance, squeeze
from pylimma.numerics.blocks import map_blocks
from pylimma.numerics.distributions.incomplete import log_beta_tail
from pylimma.numerics.distributions.tails import t_log_two_sided
from pylimma.typing import DesignLike, ExpressionLike, FloatArray, IntArray

_STANDARDIZE = ("none", "residual.sd", "posterior.sd", "p2")
_NODES = 128  # of the quadrature for the expected largest square
_DF_SHARE = 0.92  # degrees of freedom of the robust variance, as a share of d
_SETS_IN_A_BLOCK = 256
_FEW_EFFECTS = 16  # of which all products are taken at once
_NEXT_TO_NOTHING = 2.0**-52  # of the largest squared singular value: rounding errors


class _SetTests(NamedTuple):
    """Statistics of all sets for one contrast."""

    t: FloatArray
    log_p: FloatArray
    log_p_mixed: FloatArray


def robust_variance(effects: FloatArray) -> FloatArray:
    r"""Variance of each gene by all its effects but the largest, of shape (genes,)."""
    squares = effects**2
    n = effects.shape[1]
    rest = squares.sum(axis=1) - squares.max(axis=1)
    return np.asarray(rest / (n - _expected_largest(n)))


def _expected_largest(n: int) -> float:
    """Expected largest of n squares of standard normal values, by Gauss-Legendre quadrature."""
    x, weights = np.polynomial.legendre.leggauss(_NODES)
    x, weights = (x + 1) / 2, weights / 2
    # E = ∫ n x^(n-1) Q(x) dx with Q the quantile function of chi-squared on 1 df
    return float(weights @ (n * x ** (n - 1) * 2 * special.gammaincinv(0.5, x)))


def standardized(
    found: GeneEffects,
    k: int,
    standardize: str,
    covariate: FloatArray | None,
    robust: bool,
    winsor_tail_p: tuple[float, float],
) -> FloatArray:
    """Effects of one contrast over standard deviations of the genes."""
    joined = found.joined(k)
    if standardize == "none":
        return joined
    variance = robust_variance(joined)
    df = np.full(len(variance), _DF_SHARE * np.asarray(found.df))
    options: dict[str, Any] = {"robust": robust, "winsor_tail_p": winsor_tail_p}
    if standardize == "p2":
        variance = squeeze(variance, df, covariate, legacy=True, **options).var_post
    elif standardize == "posterior.sd":
        prior = found.moderate(covariate, **options)
        variance = posterior_variance(variance, df, prior.var_prior, prior.df_prior)
    scale = np.sqrt(variance)[:, None]
    return np.divide(joined, scale, out=np.zeros_like(joined), where=scale > 0)


def set_tests(
    effects: FloatArray, sets: SetIndex, weights: FloatArray | None, n_jobs: int | None = None
) -> _SetTests:
    """Tests of all sets by standardised effects; `weights` stand beside positions."""
    w = np.ones(sets.positions.size) if weights is None else weights
    shape = (len(sets.names), len(effects))
    members: Any = sparse.csr_array((w, sets.positions, sets.indptr), shape=shape)
    sums: FloatArray = members @ effects
    with np.errstate(divide="ignore", invalid="ignore"):
        t = sums[:, 0] / np.sqrt((sums[:, 1:] ** 2).mean(axis=1))
    few = effects.shape[1] <= _FEW_EFFECTS
    # sums of products of effects, of all sets at once while they are few
    squared = sparse.csr_array((w * w, sets.positions, sets.indptr), shape=shape)
    products = _products(effects, squared) if few else None
    n_sets = len(sets.names)
    blocks = [
        slice(k, min(k + _SETS_IN_A_BLOCK, n_sets)) for k in range(0, n_sets, _SETS_IN_A_BLOCK)
    ]

    def of_block(block: slice) -> FloatArray:
        if products is not None:
            return _moments(products[block], sets.n_genes[block])
        each = range(block.start, block.stop)
        return np.concatenate([_moments_of_one(effects, sets, k, w) for k in each])

    first, total, squares, largest, smallest = np.concatenate(
        map_blocks(of_block, blocks, n_jobs)
    ).T
    log_p = t_log_two_sided(t, effects.shape[1] - 1.0)
    rank = np.minimum(sets.n_genes, effects.shape[1]).astype(float)
    mixed = _mixed_log_p(first, total, squares, largest, smallest, rank)
    mixed[rank == 0] = np.nan
    return _SetTests(t, log_p, np.where(rank == 1, log_p, mixed))


def _products(effects: FloatArray, members: Any) -> FloatArray:
    """Sums over sets of products of two effects, of shape (sets, effects, effects)."""
    n = effects.shape[1]
    result = np.empty((members.shape[0], n, n))
    for k in range(n):
        result[:, k, k:] = members @ (effects[:, k, None] * effects[:, k:])
        result[:, k:, k] = result[:, k, k:]
    return result


def _moments(products: FloatArray, size: IntArray) -> FloatArray:
    """What the mixed test needs of sets (sets, 5), by sums of products (sets, n, n).

    The first effects' sum of squares, and of squared singular values their sum, sum of squares,
    the largest, and the smallest of as many as there are genes or effects.
    """
    n = products.shape[1]
    values = np.linalg.eigvalsh(products)
    smallest = values[np.arange(len(values)), np.maximum(n - size, 0) % n]
    return np.column_stack(
        [
            products[:, 0, 0],
            values.sum(axis=1),
            (products**2).sum(axis=(1, 2)),
            values[:, -1],
            np.maximum(smallest, 0.0),
        ]
    )


def _moments_of_one(effects: FloatArray, sets: SetIndex, k: int, weights: FloatArray) -> FloatArray:
    """The same of one set (1, 5), by the smaller of the products that its effects make."""
    place = slice(sets.indptr[k], sets.indptr[k + 1])
    part = effects[sets.positions[place]] * weights[place, None]
    if part.size == 0:
        return np.full((1, 5), np.nan)
    by_effect = len(part) >= part.shape[1]
    product = part.T @ part if by_effect else part @ part.T
    result = _moments(product[None], np.array([len(product)]))
    result[0, 0] = part[:, 0] @ part[:, 0]
    return result


def _mixed_log_p(
    first: FloatArray,
    total: FloatArray,
    squares: FloatArray,
    largest: FloatArray,
    smallest: FloatArray,
    rank: FloatArray,
) -> FloatArray:
    """Logs of p-values of the first effects' sum of squares, by a beta of equal moments."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # shares of the squared singular values are a Dirichlet(1/2, …) vector
        span = largest - smallest
        share = (rank - 1) / (rank**2 * (rank / 2 + 1))
        mean = (total / rank - smallest) / span
        variance = share * (squares - (total**2 - squares) / (rank - 1)) / span**2
        both = mean * (1 - mean) / variance - 1
        above = np.maximum(largest - first, _NEXT_TO_NOTHING * largest)
        odds = np.maximum(first - smallest, 0.0) / above
        return log_beta_tail((1 - mean) * both, mean * both, odds)


def fry(  # noqa: PLR0913 - R's and what its dots take
    y: ExpressionLike | MArrayLM,
    index: Any = None,
    design: DesignLike | None = None,
    contrast: Any = None,
    geneid: Any = None,
    gene_weights: Any = None,
    standardize: str = "posterior.sd",
    sort: str | bool = "directional",
    *,
    array_weights: Any = None,
    weights: Any = None,
    block: Any = None,
    correlation: float | None = None,
    trend_var: bool = False,
    trend: bool = False,
    robust: bool = False,
    winsor_tail_p: Any = (0.05, 0.1),
    match: Matching = "exact",
    min_size: int | None = None,
    max_size: int | None = None,
    contributing: bool = False,
    samples: Any = None,
    reference: Any = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    r"""Self-contained test of sets, without simulation: whether their genes change at all.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, AnnData, EList, MAList or MArrayLM
        Log2 expression, genes × samples (AnnData: samples × genes), without missing values; or
        a fit that keeps its data.
    index : dict of sets, path, table or one set
        Sets as names, positions or masks of genes, in any form that `ids2indices` takes; a table
        of genes and weights is one set with weights of its own. All genes when not given.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix of full rank, matched to the samples by name where both have names; the
        one stored with the data, or a common mean, when not given.
    contrast : int, str, array, DataFrame or several
        Coefficient by position or name, or contrasts in any form that `contrasts_fit` takes; the
        last coefficient when not given, or all contrasts of a fit of contrasts.
    geneid : str or array of shape (genes,), optional
        Identifiers that sets refer to, or the column of the annotation that holds them; names of
        genes when not given.
    gene_weights : array of shape (genes,), optional
        Weights of genes within sets, negative for genes that are expected to go the other way.
    standardize : {"posterior.sd", "residual.sd", "p2", "none"}
        Standard deviation that effects are divided by: of a gene moderated by the prior of
        residual variances, of the gene alone, or moderated by its own prior; or none.
    sort : {"directional", "mixed", "none"} or bool
        P-value that sets are sorted by.
    array_weights : array of shape (samples,), optional
        Positive weights of samples.
    weights : array, optional
        Positive inverse variances of shape (genes, samples), (genes,) or (samples,); those
        stored with the data when not given.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    trend_var, trend : bool
        Whether the prior variance follows average expression, by either name in R.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    winsor_tail_p : (float, float) or float
        Proportions of variances pulled in at the lower and upper end, for `robust`.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared; the last ignores a suffix such as ``.12``.
    min_size, max_size : int, optional
        Sets with fewer or more genes in the data are not tested, and are counted in a note.
    contributing : bool
        Whether to list, in a column of this name, the genes of each set that go its way with an
        effect beyond :math:`\sqrt 2` standard deviations, the strongest first.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    DataFrame
        A row for each set, with `n_genes` (found among the genes), `direction`, `p_value`, `fdr`,
        `p_value_mixed`, `fdr_mixed` (FDR over the sets where there are several), `n_given`,
        `log10_p_value`, `log10_p_value_mixed`; for several contrasts below one another, named in a
        first column `contrast`. P-values of a set without genes are NaN.
        ``table.attrs["meaning"]`` says what was asked.

    Raises
    ------
    InputError
        If values are missing, weights not positive, a choice is unknown, or no gene of the sets
        is in the data.
    DesignError
        If the design is not of full rank, or leaves no residual degrees of freedom.
    StageError
        If a fit is given that does not keep its data.

    See Also
    --------
    mroast : The same by random rotations.
    camera : Whether genes of the set change more than others.

    Notes
    -----
    The limit of `mroast` for the mean statistic [1]_, exact for genes of one variance, in which
    correlation between genes is allowed for. Mixed p-values are by an approximation that is
    conservative, as in R, for sets of fewer genes than there are effects, one more than residual
    degrees of freedom; those of `mroast` are not.

    References
    ----------
    .. [1] Wu D et al. (2010). Bioinformatics 26:2176-2182.
       https://doi.org/10.1093/bioinformatics/btq401

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> y[:10, 3:] += 1
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> table = pylimma.fry(y, {"first": range(10), "last": range(80, 100)}, design)
    >>> list(table.index), table.direction.iloc[0]
    (['first', 'last'], 'Up')
    """
    check_choice(standardize, _STANDARDIZE, "standardize")
    order, listed = parse_sort(sort), flag(contributing, "contributing")
    trend, robust = flag(trend_var, "trend_var") or flag(trend, "trend"), flag(robust, "robust")
    tails = parse_winsor(winsor_tail_p)
    sampling = Sampling(
        weights, array_weights, block, correlation, samples, reference, layer, n_jobs
    )
    found = gene_effects(y, design, contrast, sampling, "fry")
    sets = parse_sets(
        index,
        found.identifiers(geneid),
        found.n_genes,
        prefix="set",
        match=match,
        min_size=min_size,
        max_size=max_size,
    )
    by_entry = entry_weights(sets, gene_weights, found.n_genes, found.gene_names)
    covariate = found.average if trend else None
    tables = []
    for k in range(len(found.labels)):
        effects = standardized(found, k, standardize, covariate, robust, tails)
        tests = set_tests(effects, sets, by_entry, n_jobs)
        names = found.gene_names
        tables.append(_table(sets, tests, order, effects[:, 0] if listed else None, names))
    question = "fry, a self-contained test: do genes of the set change at all?"
    return joined_tables(tables, found.labels, question)


def _table(
    sets: SetIndex,
    tests: _SetTests,
    sort: str,
    z: FloatArray | None,
    names: pd.Index | None,
) -> pd.DataFrame:
    """Table of one contrast; `z` where contributing genes are listed."""
    down = tests.t < 0
    p = {"p_value": np.exp(tests.log_p), "p_value_mixed": np.exp(tests.log_p_mixed)}
    columns = with_fdr(
        {"direction": directions(down), **p}, {"p_value": "fdr", "p_value_mixed": "fdr_mixed"}
    )
    further = {
        "log10_p_value": tests.log_p / np.log(10),
        "log10_p_value_mixed": tests.log_p_mixed / np.log(10),
    }
    if z is not None:
        further["contributing"] = contributing_genes(sets, z, down, names)
    keys = (tests.log_p, -sets.n_genes, tests.log_p_mixed)
    order = {
        "none": None,
        "directional": np.lexsort(keys[::-1]),
        "mixed": np.lexsort(keys),
    }[sort]
    return set_table(sets, columns, order, further)
