r"""Differential usage: whether the features of a gene share one log fold change.

A gene has features :math:`i = 1, \dots, k`, exons say, with estimates
:math:`b_i \sim N(\beta_i, u_i^2 \sigma^2)` of one coefficient and one variance
:math:`\sigma^2` for all of them, moderated across genes to :math:`\tilde s^2` on :math:`d` degrees
of freedom. With weights :math:`w_i = u_i^{-2}`, their sum :math:`W`, the mean
:math:`\bar b = \sum_i w_i b_i / W`, deviations :math:`e_i = b_i - \bar b` and leverages
:math:`h_i = w_i / W`, the difference of a feature from the mean of the gene's others and its
t-statistic are

.. math:: \frac{e_i}{1 - h_i}, \qquad t_i = \frac{e_i}{u_i \tilde s \sqrt{1 - h_i}},

and :math:`F = \sum_i e_i^2 / (u_i \tilde s)^2 / (k - 1)` tests :math:`\beta_1 = \dots = \beta_k`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pylimma.adapters.labels import per_gene
from pylimma.arguments import flag, parse_compat
from pylimma.containers.components import Components
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, Note, StageError, UnknownNameError, quoted, warn
from pylimma.moderation.squeeze_var import squeeze
from pylimma.numerics.distributions.tails import f_sf, t_two_sided
from pylimma.numerics.p_values import simes
from pylimma.results.tables import check_fit, gene_names
from pylimma.splicing.features import FeatureOrder, gene_columns, order_features
from pylimma.typing import FloatArray, IntArray

LEAST_DF = 1e-6  # residual degrees of freedom below which a feature has no variance

_FEATURES, _GENES = ("features", "coefs"), ("genes", "coefs")


class SpliceFit(Components):
    """Differential usage of all features and genes, from `diff_splice`.

    Rows of features are sorted by gene; genes of one feature are not there.

    Attributes
    ----------
    coefficients : array of shape (features, coefs)
        Log fold change of the feature minus that of the gene's other features (log2).
    standard_error : array of shape (features, coefs)
        Moderated standard errors of these differences.
    t, p_value : array of shape (features, coefs)
        Moderated t-statistics of the differences, and their p-values.
    genes : DataFrame of shape (features, columns)
        Annotation of the features.
    genecolname, exoncolname : str
        Columns of the annotation that name the gene and the feature.
    gene_f, gene_f_p_value : array of shape (genes, coefs)
        F-tests of whether all features of the gene change alike.
    gene_simes_p_value, gene_bonferroni_p_value : array of shape (genes, coefs)
        P-values of the features combined by Simes and by Bonferroni.
    gene_s2, gene_s2_post : array of shape (genes,)
        Residual variances of the genes, pooled over their features, and moderated.
    gene_df_residual, gene_df_prior, gene_df_total : array of shape (genes,)
        Their degrees of freedom.
    gene_genes : DataFrame of shape (genes, columns)
        Annotation that all features of a gene share, and their number, `n_exons`.
    gene_firstexon, gene_lastexon : array of int of shape (genes,)
        Rows of the gene's first and last feature.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "coefficients": _FEATURES,
        "standard_error": _FEATURES,
        "t": _FEATURES,
        "p_value": _FEATURES,
        "genes": ("features",),
        "genecolname": (),
        "exoncolname": (),
        "gene_f": _GENES,
        "gene_f_p_value": _GENES,
        "gene_simes_p_value": _GENES,
        "gene_bonferroni_p_value": _GENES,
        "gene_s2": ("genes",),
        "gene_s2_post": ("genes",),
        "gene_df_residual": ("genes",),
        "gene_df_prior": ("genes",),
        "gene_df_total": ("genes",),
        "gene_genes": ("genes",),
        "gene_firstexon": (),
        "gene_lastexon": (),
        "contrasts": ("design_columns", "coefs"),
        "description": (),
    }
    FRAMES = frozenset({"genes", "gene_genes"})
    MAIN = "coefficients"

    coefficients: FloatArray
    t: FloatArray
    p_value: FloatArray
    genes: pd.DataFrame
    gene_genes: pd.DataFrame

    def _take(self, chosen: Mapping[str, Any]) -> SpliceFit:
        """Choose coefficients; features stand or fall with their gene."""
        if "features" in chosen:
            raise StageError(
                "The features of a gene are tested together: choose them in the fit before "
                "`diff_splice`, or rows of the table of `top_splice`."
            )
        return super()._take(chosen)


class Usage(NamedTuple):
    """Tests of one variance a gene: of features (features, coefs) and genes (genes, coefs)."""

    coefficients: FloatArray
    standard_error: FloatArray
    t: FloatArray
    p_value: FloatArray
    f: FloatArray
    f_p_value: FloatArray
    simes: FloatArray
    bonferroni: FloatArray


def usage_tests(
    b: FloatArray, unscaled: FloatArray, s2_post: FloatArray, df: FloatArray, first: IntArray
) -> Usage:
    """Tests of features (features, coefs) in groups that begin at `first`; NaN are left out."""
    gene = np.repeat(np.arange(first.size), np.diff(first, append=len(b)))
    known = np.isfinite(b) & np.isfinite(unscaled)
    k = np.add.reduceat(known.astype(float), first)
    u = np.where(known, unscaled, np.inf)
    w = u**-2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.add.reduceat(w, first)
        mean = np.add.reduceat(np.where(known, w * b, 0.0), first) / total
        deviation = b - mean[gene]
        left = 1 - w / total[gene]  # 1 - h, the share of the others
        left[~known | (k[gene] < 2)] = np.nan
        s = np.sqrt(s2_post)[:, None]
        coefficients = deviation / left
        error = u * s[gene] / np.sqrt(left)
        t = coefficients / error
        p = t_two_sided(t, df[gene, None])
        # e^2 / (u s)^2 = t^2 (1 - h)
        squares = np.add.reduceat(np.where(np.isnan(t), 0.0, t**2 * left), first)
        f = np.where(k > 1, squares / (k - 1), np.nan)
        f_p = f_sf(f, k - 1, df[:, None])
    tested = np.where(np.isnan(t), np.nan, p)
    return Usage(
        coefficients,
        np.where(np.isnan(t), np.nan, error),
        t,
        tested,
        f,
        f_p,
        np.column_stack([_simes(column, first) for column in tested.T]),
        np.minimum(k * np.fmin.reduceat(tested, first), 1.0),
    )


def _simes(p: FloatArray, first: IntArray) -> FloatArray:
    """Simes' p-values of groups by the tests there are."""
    known = ~np.isnan(p)
    size = np.add.reduceat(known.astype(np.intp), first)
    result = np.full(first.size, np.nan)
    starts = np.cumsum(size) - size
    result[size > 0] = simes(p[known], starts[size > 0])
    return result


def pooled_variances(
    sigma: FloatArray, df: FloatArray, first: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Variance of each gene, weighted by degrees of freedom, and their sum."""
    s2 = np.where(df < LEAST_DF, 0.0, np.nan_to_num(sigma) ** 2)
    gene_df = np.add.reduceat(df, first)
    pooled = np.add.reduceat(s2 * df, first) / np.where(gene_df > 0, gene_df, 1.0)
    return np.where(gene_df > 0, pooled, 0.0), gene_df


def diff_splice(
    fit: MArrayLM,
    geneid: ArrayLike | pd.Series | str,
    exonid: ArrayLike | pd.Series | str | None = None,
    robust: bool = False,
    verbose: bool = True,
    legacy: bool = False,
    *,
    compat: str | None = None,
) -> SpliceFit:
    r"""Differential usage of the exons, transcripts or peptides of each gene.

    Every coefficient of the fit is tested at once: whether the log fold changes of a gene's
    features agree, and which feature departs from the gene's others.

    Parameters
    ----------
    fit : MArrayLM of shape (features, coefs)
        From `lm_fit`, `voom_lm_fit` or `contrasts_fit`, a row for each exon, transcript or
        peptide. `e_bayes` is not needed, since variances are moderated by gene here.
    geneid : str, Series or sequence of shape (features,)
        Gene of each feature: a column of the fit's annotation (of `var`, for a fit of an
        AnnData), or labels, a Series being matched by name. Features without a gene are excluded.
    exonid : str, Series or sequence of shape (features,), optional
        Identifier or position of each feature, by which features are sorted within their gene.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    verbose : bool
        Whether a note says how many genes have one feature only and are excluded.
    legacy : bool
        Whether the prior of the variances is estimated by moments, as before limma 3.62, in place
        of maximum likelihood.
    compat : {"3.68"}, optional
        Whether prior degrees of freedom by maximum likelihood are kept between 2 and 8135, as
        in limma 3.68.

    Returns
    -------
    SpliceFit
        Tests of features (`coefficients`, `t`, `p_value`) and of genes (`gene_f_p_value`,
        `gene_simes_p_value`, …), for `top_splice`. NaN where a feature or gene cannot be tested.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    UnknownNameError
        If the annotation has no such column, or labels lack features of the fit.
    ShapeError
        If there is not a label for each feature.
    InputError
        If no gene has more than one feature: rows are genes already, or `geneid` names features.

    Warns
    -----
    Note
        With `verbose`, if genes have one feature only.

    See Also
    --------
    top_splice : Table of results.
    plot_splice : Picture of one gene.

    Notes
    -----
    A gene's variance is that of its features pooled by degrees of freedom, then moderated over
    genes [1]_. The log fold change of a feature is relative to the weighted mean of the gene's
    other features: 1 means that it doubled relative to them. Features are taken as independent,
    and estimates that are missing are excluded from their gene.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(60, 6))
    >>> y[0, 3:] += 5
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> usage = pylimma.diff_splice(fit, geneid=np.repeat(np.arange(20), 3))
    >>> pylimma.top_splice(usage, coef=1, number=1).index[0]
    '0'
    """
    check_fit(fit, "diff_splice")
    robust, legacy, verbose = (
        flag(robust, "robust"), flag(legacy, "legacy"), flag(verbose, "verbose"),
    )  # fmt: skip
    within_r = parse_compat(compat)
    table, genecol, exoncol = _annotated(fit, geneid, exonid)
    order = order_features(table[genecol], None if exoncol is None else table[exoncol])
    df = _known_df(fit)[order.rows]
    s2, gene_df = pooled_variances(fit["sigma"][order.rows], df, order.first)
    # all genes tell of the prior, those of one feature too
    squeezed = squeeze(s2, gene_df, robust=robust, legacy=legacy, within_r=within_r)
    kept = order.sizes > 1
    if not kept.any():
        raise InputError(
            f"No gene has more than one feature: `diff_splice` compares the exons, transcripts or "
            f"peptides of a gene, and `geneid` has {len(kept):,} genes for {len(df):,} rows, such "
            f"as {quoted(order.genes[:3])}."
        )
    if verbose and not kept.all():
        warn(
            f"{len(kept) - kept.sum():,} of {len(kept):,} genes have one feature and are excluded; "
            f"{kept.sum():,} genes with {order.sizes[kept].sum():,} features are tested.",
            Note,
        )
    return _labelled(fit, table, (genecol, exoncol), order, kept, (s2, gene_df), squeezed)


def _known_df(fit: MArrayLM) -> FloatArray:
    return np.broadcast_to(np.nan_to_num(fit["df_residual"]), fit.shape[0]).astype(float)


def _annotated(fit: MArrayLM, geneid: Any, exonid: Any) -> tuple[pd.DataFrame, str, str | None]:
    """Annotation of the features with columns of their genes and themselves, and those columns."""
    table = fit.get("genes")
    if table is None:
        table = pd.DataFrame({"ExonID": np.arange(1, fit.shape[0] + 1)})
    table = table.set_axis(gene_names(fit), axis=0)
    columns: list[str | None] = []
    for labels, argument, name in ((geneid, "geneid", "GeneID"), (exonid, "exonid", "ExonID")):
        if labels is None and argument == "exonid":
            columns.append(None)
        elif isinstance(labels, str):
            if labels not in table.columns:
                raise UnknownNameError(
                    f"`{argument}` is '{labels}', which is not a column of the annotation of the "
                    f"fit; it has {quoted(table.columns)}."
                )
            columns.append(labels)
        else:
            values = per_gene(labels, fit.shape[0], fit.names("genes"), argument)
            table = table.assign(**{name: values})
            columns.append(name)
    return table, str(columns[0]), columns[1]


def _labelled(
    fit: MArrayLM,
    table: pd.DataFrame,
    columns: tuple[str, str | None],
    order: FeatureOrder,
    kept: Any,
    variances: tuple[FloatArray, FloatArray],
    squeezed: Any,
) -> SpliceFit:
    """Tests of the genes that are kept, with names."""
    rows = order.rows[np.repeat(kept, order.sizes)]
    last = np.cumsum(order.sizes[kept]) - 1
    first = last + 1 - order.sizes[kept]
    s2, gene_df = variances
    df_prior = squeezed.df_prior if np.ndim(squeezed.df_prior) == 0 else squeezed.df_prior[kept]
    df_total = np.minimum(gene_df[kept] + df_prior, gene_df[kept].sum())
    s2_post = np.asarray(squeezed.var_post)[kept]
    usage = usage_tests(
        fit["coefficients"][rows], fit["stdev_unscaled"][rows], s2_post, df_total, first
    )
    features = table.iloc[rows]
    shared = gene_columns(features, first).assign(n_exons=order.sizes[kept])
    result = SpliceFit(
        coefficients=usage.coefficients,
        standard_error=usage.standard_error,
        t=usage.t,
        p_value=usage.p_value,
        genecolname=columns[0],
        exoncolname=columns[1],
        gene_f=usage.f,
        gene_f_p_value=usage.f_p_value,
        gene_simes_p_value=usage.simes,
        gene_bonferroni_p_value=usage.bonferroni,
        gene_s2=s2[kept],
        gene_s2_post=s2_post,
        gene_df_residual=gene_df[kept],
        gene_df_prior=df_prior,
        gene_df_total=df_total,
        gene_firstexon=first,
        gene_lastexon=last,
        contrasts=fit.get("contrasts"),
        description=fit.get("description"),
    ).set_names(
        features=gene_names(fit)[rows],
        genes=order.genes[kept],
        coefs=fit.names("coefs"),
        design_columns=fit.names("design_columns") if "contrasts" in fit else None,
    )
    result["genes"], result["gene_genes"] = features, shared.set_axis(order.genes[kept], axis=0)
    return result
