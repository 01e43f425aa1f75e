r"""Competitive tests of sets that allow for correlation between genes: camera.

For a set of :math:`m` of :math:`G` genes with mean statistic :math:`\bar z_1`, and
:math:`m_2 = G - m` others, the difference from the overall mean is
:math:`\delta = (G/m_2)(\bar z_1 - \bar z)`, and with the variance :math:`V` pooled within set and
rest

.. math:: T = \delta \Big/ \sqrt{V (\mathrm{vif}/m + 1/m_2)}, \qquad
          \mathrm{vif} = 1 + (m - 1)\rho,

where :math:`\rho` is the average correlation between the genes of the set [1]_. All sets are one
sparse matrix, whose products with statistics and residual effects give all means at once.

References
----------
.. [1] Wu D, Smyth GK (2012). Nucleic Acids Research 40:e133. https://doi.org/10.1093/nar/gks461
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.arguments import flag, number
from pylimma.containers.fit import MArrayLM
from pylimma.errors import Note, warn
from pylimma.genesets.correlation import inflation, membership
from pylimma.genesets.identifiers import Matching
from pylimma.genesets.intake import GeneEffects, Sampling, gene_effects
from pylimma.genesets.positions import SetIndex
from pylimma.genesets.ranks import Ranks
from pylimma.genesets.sets import parse_sets
from pylimma.genesets.tables import (
    contributing_genes,
    directions,
    joined_tables,
    set_table,
    with_fdr,
)
from pylimma.numerics.distributions.tails import t_log_sf
from pylimma.statistics.z_scores import z_of_t_hill
from pylimma.typing import DesignLike, ExpressionLike, FloatArray


class Options(NamedTuple):
    """What `camera` and `camera_pr` are asked for."""

    by_ranks: bool
    directional: bool
    sort: bool
    contributing: bool


def mean_log_tails(
    z: FloatArray, sums: FloatArray, size: FloatArray, vif: FloatArray, df: float
) -> tuple[FloatArray, FloatArray]:
    """Logs of the lower and upper tail of each set's mean statistic, by sums over the sets."""
    n = float(z.size)
    rest = n - size
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = n / rest * (sums / size - z.mean())
        pooled = ((n - 1) * z.var(ddof=1) - delta**2 * size * rest / n) / (n - 2)
        t = delta / np.sqrt(pooled * (vif / size + 1 / rest))
    t = np.where((size > 0) & (rest > 0), t, np.nan)
    return t_log_sf(-t, df), t_log_sf(t, df)


def log_tails(
    statistic: FloatArray,
    sets: SetIndex,
    correlation: FloatArray,
    vif: FloatArray,
    df: float,
    options: Options,
) -> tuple[FloatArray, FloatArray]:
    """Logs of the lower and upper tail of every set, by ranks or means."""
    size, members = sets.n_genes.astype(float), membership(sets, statistic.size)
    if not options.directional:
        statistic = np.abs(statistic)
    if not options.by_ranks:
        return mean_log_tails(statistic, members @ statistic, size, vif, df)
    ranks = Ranks.of(statistic)
    tails = ranks.log_tails(members @ ranks.rank, size, correlation, df)
    tested = (size > 0) & (size < statistic.size)
    return np.where(tested, tails[0], np.nan), np.where(tested, tails[1], np.nan)


def camera_table(
    sets: SetIndex,
    tails: tuple[FloatArray, FloatArray],
    correlation: FloatArray | None,
    options: Options,
    z: FloatArray,
    names: pd.Index | None,
) -> pd.DataFrame:
    """Table of one contrast."""
    down, up = tails
    columns: dict[str, Any] = {} if correlation is None else {"correlation": correlation}
    log_p = up
    if options.directional:
        columns["direction"] = directions(down < up)
        log_p = np.minimum(np.log(2) + np.minimum(down, up), 0.0)
    columns["p_value"] = np.exp(log_p)
    further: dict[str, Any] = {"log10_p_value": log_p / np.log(10)}
    if options.contributing:
        way = down < up if options.directional else None
        further["contributing"] = contributing_genes(sets, z, way, names)
    order = np.argsort(log_p, kind="stable") if options.sort else None
    return set_table(sets, with_fdr(columns, {"p_value": "fdr"}), order, further)


def camera(  # noqa: PLR0913 - R's, and what data and sets take
    y: ExpressionLike | MArrayLM,
    index: Any,
    design: DesignLike | None = None,
    contrast: Any = None,
    weights: Any = None,
    use_ranks: bool = False,
    allow_neg_cor: bool = False,
    inter_gene_cor: float | None = 0.01,
    trend_var: bool = False,
    sort: bool = True,
    directional: bool = True,
    *,
    block: Any = None,
    correlation: float | None = None,
    geneid: Any = None,
    match: Matching = "exact",
    min_size: int | None = None,
    max_size: int | None = None,
    contributing: bool = False,
    samples: Any = None,
    reference: Any = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    r"""Competitive test of sets: do their genes change more than others, correlation allowed for.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, AnnData, EList, MAList or MArrayLM
        Log2 expression, genes × samples (AnnData: samples × genes), without missing values; or
        a fit, whose contrasts are tested as they stand.
    index : dict of sets, path, table or one set
        Sets as names, positions or masks of genes, in any form that `ids2indices` takes.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix of full rank, matched to the samples by name where both have names; the
        one stored with the data, or a common mean, when not given.
    contrast : int, str, array, DataFrame or several
        Coefficient by position or name, or contrasts in any form that `contrasts_fit` takes; the
        last coefficient when not given, or all contrasts of a fit of contrasts.
    weights : array, optional
        Positive inverse variances of shape (genes, samples), (genes,) or (samples,); those
        stored with the data when not given.
    use_ranks : bool
        Whether ranks are compared rather than means.
    allow_neg_cor : bool
        Whether a negative correlation may make p-values smaller.
    inter_gene_cor : float or None
        Correlation between the genes of a set, the same for all sets; estimated for each set
        from the residuals when None.
    trend_var : bool
        Whether the prior variance follows average expression.
    sort : bool
        Whether sets are sorted by p-value.
    directional : bool
        Whether sets change in one direction, rather than in any; the latter takes ranks.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    geneid : str or array of shape (genes,), optional
        Identifiers that sets refer to, or the column of the annotation that holds them; names of
        genes when not given.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared; the last ignores a suffix such as ``.12``.
    min_size, max_size : int, optional
        Sets with fewer or more genes in the data are not tested, and are counted in a note.
    contributing : bool
        Whether to list, in a column of this name, the genes of each set that go its way with a
        z-score beyond :math:`\sqrt 2`, the strongest first.
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
        A row for each set, with `n_genes` (found among the genes), `correlation` where it is
        estimated, `direction`, `p_value`, `fdr` over the sets, `n_given`, `log10_p_value`; for
        several contrasts below one another, named in a first column `contrast`. P-values of sets
        without genes, or with all, are NaN. ``table.attrs["meaning"]`` says what was asked.

    Raises
    ------
    InputError
        If values are missing, weights not positive, the correlation is out of range, or no gene
        of the sets is in the data.
    DesignError
        If the design is not of full rank, or leaves no residual degrees of freedom.
    StageError
        If a fit is given that does not keep its data, and `inter_gene_cor` is None.

    Warns
    -----
    Note
        If `use_ranks` is switched on because of ``directional=False``.

    See Also
    --------
    camera_pr : The same for statistics of any kind.
    fry : Whether genes of the set change at all.

    Notes
    -----
    Moderated t-statistics become z-scores, and the mean of a set is compared with that of all
    other genes, its variance inflated by correlation [1]_. An inflation below one is raised to
    one unless `allow_neg_cor`.

    References
    ----------
    .. [1] Wu D, Smyth GK (2012). Nucleic Acids Research 40:e133.
       https://doi.org/10.1093/nar/gks461

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> y[:10, 3:] += 1
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> table = pylimma.camera(y, {"first": range(10), "last": range(80, 100)}, design)
    >>> list(table.index), table.direction.iloc[0]
    (['first', 'last'], 'Up')
    """
    options = parse_options(use_ranks, directional, sort, contributing)
    raised, trend = not flag(allow_neg_cor, "allow_neg_cor"), flag(trend_var, "trend_var")
    rho = _preset(inter_gene_cor)
    sampling = Sampling(weights, None, block, correlation, samples, reference, layer, n_jobs)
    found = gene_effects(y, design, contrast, sampling, "camera", residual=rho is None)
    sets = unweighted(
        parse_sets(
            index,
            found.identifiers(geneid),
            found.n_genes,
            match=match,
            min_size=min_size,
            max_size=max_size,
        ),
        "camera",
    )
    squeezed = found.moderate(found.scaled_average if trend else None)
    df_total = np.minimum(found.df + squeezed.df_prior, np.sum(found.df + 0 * found.variance))
    tables = []
    for k in range(len(found.labels)):
        t = found.contrast[:, k] / np.sqrt(squeezed.var_post)
        z = z_of_t_hill(t, df_total)
        cor, vif, df, shown = _correlation(found, k, sets, rho, raised, options)
        statistic = t if options.by_ranks else z
        tails = log_tails(statistic, sets, cor, vif, df, options)
        tables.append(camera_table(sets, tails, shown, options, z, found.gene_names))
    return joined_tables(tables, found.labels, question("camera", rho, options))


def _correlation(
    found: GeneEffects, k: int, sets: SetIndex, rho: float | None, raised: bool, options: Options
) -> tuple[FloatArray, FloatArray, float, FloatArray | None]:
    """Correlation, inflation and degrees of freedom of every set, and the column to show."""
    n, size = found.n_genes, sets.n_genes.astype(float)
    if rho is not None:
        cor, shown, df = np.full(size.size, rho), None, np.inf if options.by_ranks else n - 2.0
        vif = 1 + (size - 1) * cor
    else:
        residual = found.residual[k if len(found.residual) > 1 else 0]
        vif, cor = inflation(residual, found.variance, sets)
        shown, df = cor, float(min(np.min(found.df), n - 2))
    if raised:
        vif, cor = np.maximum(vif, 1.0), np.maximum(cor, 0.0)
    return cor, vif, df, shown


def parse_options(use_ranks: Any, directional: Any, sort: Any, contributing: Any) -> Options:
    """What is asked for; sets without a direction are compared by ranks."""
    by_ranks, both_ways = flag(use_ranks, "use_ranks"), flag(directional, "directional")
    if not both_ways and not by_ranks:
        warn("`directional=False` compares ranks: `use_ranks` is switched on.", Note)
    return Options(
        by_ranks or not both_ways, both_ways, flag(sort, "sort"), flag(contributing, "contributing")
    )


def _preset(inter_gene_cor: Any) -> float | None:
    """A correlation for all sets; None where it is to be estimated."""
    if inter_gene_cor is None or (isinstance(inter_gene_cor, float) and np.isnan(inter_gene_cor)):
        return None
    return number(inter_gene_cor, "inter_gene_cor", -1, 1, inside=True)


def unweighted(sets: SetIndex, function: str) -> SetIndex:
    """Sets whose own weights play no part, which is said."""
    if sets.weighted.any():
        warn(f"`{function}` does not use weights of genes within sets.", Note)
    return sets


def question(function: str, rho: Any, options: Options) -> str:
    """What a table answers, in one line."""
    way = "up or down" if options.directional else "in any direction"
    known = "estimated for each set" if rho is None else rho
    known = known if isinstance(known, str) else f"{known:g}"
    return (
        f"{function}, a competitive test: do genes of the set change more {way} than other genes? "
        f"Correlation between genes: {known}"
    )
