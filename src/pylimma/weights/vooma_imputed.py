"""Log-intensities of which some were imputed → linear models that know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pylimma.adapters.expression import Expression, check_same_shape
from pylimma.adapters.labels import aligned_matrix
from pylimma.adapters.stored import check_anndata
from pylimma.arguments import plain_array
from pylimma.containers.fit import MArrayLM
from pylimma.design.intake import Design, parse_design
from pylimma.errors import InputError
from pylimma.fit.model import Blocks, fit_genes, parse_keep
from pylimma.numerics.missing_values import row_means
from pylimma.numerics.precision.variance_trend import VarianceTrend, weighted_trend
from pylimma.numerics.regression.least_squares import LinearFit
from pylimma.typing import BoolArray, DesignLike, ExpressionLike, FloatArray
from pylimma.weights.intensity_model import (
    IntensityModel,
    intensity_span,
    or_grand_mean,
    parse_intensities,
    parse_predictor,
)
from pylimma.weights.vooma_lm_fit import fitted_intensities

_NO_SHARE = 1e-8  # of an observation in a fitted value: less is rounding
_LEAST_DF = 0.5
_WEIGHTS = (1e-5, 1e5)  # limits of weights in a trend


@dataclass(frozen=True, slots=True, eq=False)
class ImputedModel(IntensityModel):
    """Intensities of which some tell nothing of variances: imputed, and fitted by imputed ones."""

    alone: BoolArray  # (genes, samples) observations whose fitted values are imputed altogether

    def fit(
        self, weights: FloatArray | None, blocks: Blocks | None, *, with_covariance: bool = False
    ) -> LinearFit:
        """Models of all values; variances and their degrees of freedom without imputed fits."""
        # zero-argument super() does not work in dataclasses with slots
        whole = IntensityModel.fit(self, weights, blocks, with_covariance=with_covariance)
        genes = np.flatnonzero(self.alone.any(axis=1))
        part = weights if weights is None or weights.ndim == 1 else weights[genes]
        seen = np.where(self.alone[genes], np.nan, self.observed[genes])
        rest = fit_genes(seen, self.design, part, blocks, self.n_jobs)
        sigma, df = np.array(whole.sigma), np.array(whole.df_residual, dtype=float)
        unknown = rest.df_residual < _LEAST_DF
        sigma[genes] = np.where(unknown, np.nanmedian(whole.sigma), rest.sigma)
        df[genes] = rest.df_residual
        return replace(whole, sigma=sigma, df_residual=df)

    def trend(self, fit: LinearFit) -> VarianceTrend:
        """Mean-variance trend, genes weighted by degrees of freedom where some have lost any."""
        if fit.df_residual.min() == fit.df_residual.max():
            return IntensityModel.trend(self, fit)
        root = np.sqrt(fit.sigma)
        taken = np.isfinite(root)
        x = self.average if self.predictor is None else self._covariates() @ self._combination(fit)
        weights = np.clip(fit.df_residual[taken], *_WEIGHTS)
        return weighted_trend(x[taken], root[taken], weights, self.span)

    def _covariates(self) -> FloatArray:
        predictor = np.broadcast_to(np.asarray(self.predictor), self.observed.shape)
        means = row_means(np.where(self.alone, np.nan, predictor))
        means = np.where(np.isnan(means), np.nanmedian(means), means)
        return np.column_stack([np.ones(len(means)), self.average, means])


def vooma_lm_fit_with_imputation(  # noqa: PLR0913 - those of `vooma_lm_fit`, and `imputed`
    y: ExpressionLike,
    design: DesignLike | None = None,
    prior_weights: Any = None,
    imputed: Any = None,
    block: Any = None,
    sample_weights: bool = False,
    var_design: DesignLike | None = None,
    var_group: Any = None,
    prior_n: float = 10,
    predictor: Any = None,
    span: float | None = None,
    legacy_span: bool = False,
    plot: bool = False,
    save_plot: bool = False,
    keep_elist: bool = True,
    *,
    samples: Any = None,
    reference: Mapping[str, object] | None = None,
    layer: str | None = None,
    key_added: str | None = None,
    n_jobs: int | None = None,
    keep: Sequence[str] = ("cov_by_gene",),
) -> MArrayLM:
    r"""Linear model of every gene from log-intensities of which some were imputed.

    Parameters
    ----------
    y : array, DataFrame, AnnData or EList
        Log2 intensities, genes × samples, without missing values where some were imputed.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; the one stored with the data, or a common mean, when not given.
    prior_weights : array, optional
        Weights of the observations, which the estimated ones are multiplied by.
    imputed : array of bool of shape (genes, samples), optional
        Which values were imputed. Without any, or with at most one a gene, the fit is that of
        `vooma_lm_fit`.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    sample_weights : bool
        Whether weights of samples are estimated.
    var_design : array or DataFrame of shape (samples, k), optional
        Design of the log variances of the samples.
    var_group : sequence of labels of shape (samples,), optional
        Groups of samples of one variance.
    prior_n : float
        Number of genes that the prior of equal sample weights is worth.
    predictor : array of shape (genes,) or (genes, samples), optional
        What precision depends on beside expression, such as log standard errors.
    span : float, optional
        Span of the trend. Default: chosen from the number of genes.
    legacy_span : bool
        Whether the span is chosen as in older analyses.
    plot : bool
        Whether to draw the trend.
    save_plot : bool
        Whether to keep the points and curve of the trend, as `voom_xy` and `voom_line`.
    keep_elist : bool
        Whether the fit keeps the data with their weights.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    key_added : str, optional
        Key under which the result is also stored in the AnnData.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.
    keep : sequence of str
        ("cov_by_gene",), or () for a fit without the genes' own covariances.

    Returns
    -------
    MArrayLM
        As of `vooma_lm_fit`; `sigma`, `df_residual` and `Amean` are without observations whose
        fitted values are imputed altogether.

    Raises
    ------
    InputError
        If `y` has missing values beside imputed ones.

    See Also
    --------
    dpc_de : The same for proteins with standard errors.
    vooma_lm_fit : Without imputation.

    Notes
    -----
    An imputed observation whose fitted value depends on imputed values only, such as all samples
    of a group, would fit itself: it counts neither in the residual variance nor in its degrees of
    freedom [1]_. Coefficients are those of all values.

    References
    ----------
    .. [1] Li M, Cobbold SA, Smyth GK (2025). bioRxiv 2025.04.28.651125.
       https://doi.org/10.1101/2025.04.28.651125

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.random.default_rng(1).normal(8, 1, (50, 6))
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> imputed = np.zeros(y.shape, dtype=bool)
    >>> imputed[0, :3] = True
    >>> fit = pylimma.vooma_lm_fit_with_imputation(y, design, imputed=imputed)
    >>> fit.df_residual[:2]
    array([2., 4.])
    """
    if key_added is not None:
        check_anndata(y)
    kept = parse_keep(keep)
    data = parse_intensities(y, layer, samples)
    coding = parse_design(or_grand_mean(design, data), data, samples, reference=reference)
    others = parse_predictor(predictor, data)
    chosen = intensity_span(len(data.matrix), span, legacy=legacy_span)
    return fitted_intensities(
        y,
        data,
        _model(data, coding, others, chosen, n_jobs, _parse_imputed(imputed, data)),
        prior_weights=prior_weights,
        block=block,
        sample_weights=sample_weights,
        variance={"var_design": var_design, "var_group": var_group, "prior_n": prior_n},
        samples=samples,
        plot={
            "function": "vooma_lm_fit_with_imputation",
            "save_plot": save_plot,
            "plot": plot,
        },
        keep_elist=keep_elist,
        with_covariance=bool(kept),
        key_added=key_added,
    )


def _model(
    data: Expression,
    coding: Design,
    predictor: FloatArray | None,
    span: float,
    n_jobs: int | None,
    imputed: BoolArray | None,
) -> IntensityModel:
    """The model of the data; with imputed values, one that knows which fits are imputed."""
    plain = (data.matrix, coding, data.average, predictor, span, n_jobs)
    if imputed is None:
        return IntensityModel(*plain)
    q = coding.factors.basis
    linked = np.abs(q @ q.T) > _NO_SHARE
    # fitted by none of the values that were observed
    alone = imputed & ((~imputed).astype(float) @ linked == 0)
    if not alone.any():
        return IntensityModel(*plain)
    average = row_means(np.where(alone, np.nan, data.matrix))
    average = np.where(_df_left(coding, alone) < _LEAST_DF, np.median(data.average), average)
    return ImputedModel(data.matrix, coding, average, predictor, span, n_jobs, alone)


def _df_left(coding: Design, alone: BoolArray) -> FloatArray:
    """Residual degrees of freedom of each gene in the samples that are left to it."""
    patterns, place = np.unique(alone, axis=0, return_inverse=True)
    ranks = [np.linalg.matrix_rank(coding.matrix[~p]) if (~p).any() else 0 for p in patterns]
    return np.asarray((~alone).sum(axis=1) - np.asarray(ranks)[place.ravel()], dtype=float)


def _parse_imputed(imputed: Any, data: Expression) -> BoolArray | None:
    """Which values were imputed; None where no gene has more than one."""
    if imputed is None:
        return None
    given = aligned_matrix(imputed, data.gene_names, data.sample_names, "imputed")
    values = plain_array(given, "imputed")
    if values.dtype != bool:
        raise InputError("`imputed` must be True and False.")
    check_same_shape(values, data.matrix.shape, "imputed")
    if not np.isfinite(data.matrix).all():
        raise InputError(
            "`y` has missing values beside `imputed` ones; impute all of them, or use "
            "`vooma_lm_fit`, which leaves missing values out."
        )
    return values if (values.sum(axis=1) > 1).any() else None
