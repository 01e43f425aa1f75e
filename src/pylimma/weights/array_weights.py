"""Quality weights of samples, common to all genes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import sample_labels
from pylimma.adapters.weights import choose_weights, parse_weights
from pylimma.arguments import number, parse_compat, whole
from pylimma.containers.fit import MArrayLM
from pylimma.design.intake import parse_design
from pylimma.errors import (
    EstimationWarning,
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    check_choice,
    warn,
)
from pylimma.fit.scale import check_scale
from pylimma.numerics.precision.sample_weights import (
    SampleWeightsMethod,
    group_contrasts,
    quick_weights,
    sample_weights,
    variance_contrasts,
)
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.typing import DesignLike, ExpressionLike, FloatArray

METHODS = ("auto", "genebygene", "reml")


def array_weights(
    object: ExpressionLike,
    design: DesignLike | None = None,
    weights: Any = None,
    var_design: DesignLike | None = None,
    var_group: Any = None,
    prior_n: float = 10,
    method: SampleWeightsMethod = "auto",
    maxiter: int = 50,
    tol: float = 1e-5,
    trace: bool = False,  # noqa: ARG001 - R's position; nothing is printed
    *,
    samples: Any = None,
    layer: str | None = None,
    compat: str | None = None,
    n_jobs: int | None = None,
) -> pd.Series:
    r"""Quality weight of each sample, relative to the others.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; a common mean when not given, whatever design is stored with the data.
    weights : array, optional
        Weights of the observations, of shape (genes, samples), (genes,) or (samples,); those
        stored with the data when not given. A weight of zero makes a value missing.
    var_design : array or DataFrame of shape (samples, columns), or formula, optional
        Design of the log variances, such as of a batch; a parameter for every sample when
        neither this nor `var_group` is given.
    var_group : sequence of labels of shape (samples,), optional
        Samples with the same label share their weight.
    prior_n : float
        Number of genes that the prior of equal weights is worth, not negative.
    method : {"auto", "genebygene", "reml"}
        One pass over the genes, or residual maximum likelihood, which uses genes without
        missing values only; "auto" is the latter if there are neither missing values nor
        weights.
    maxiter : int
        Most iterations of "reml".
    tol : float
        Convergence tolerance of "reml".
    trace : bool
        Without effect.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    compat : {"3.68"}, optional
        Release of R's limma whose numbers are wanted: with weights, it ends "reml" after one to
        three of about five steps.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    Series of shape (samples,)
        Weights of geometric mean one, to be passed to `lm_fit` as `weights`. All one if there
        is a single gene, or fewer than two residual degrees of freedom.

    Raises
    ------
    InputError
        If weights are missing, negative or infinite, `var_group` has missing labels or a
        single level, or an option is out of its range.
    ShapeError
        If design, weights or groups do not fit the data.

    Warns
    -----
    EstimationWarning
        If the iterations of "reml" do not converge, or weights grow without bound.
    Note
        If a design stored with the data is not used.

    See Also
    --------
    voom_with_quality_weights : For counts.
    array_weights_quick : Rough weights from a fit.

    Notes
    -----
    The variance of gene g in sample j is :math:`\sigma_g^2/(w_{gj}a_j)` with
    :math:`a = e^{-Z\gamma}`, where columns of Z sum to zero and :math:`w_{gj}` are the given
    weights [1]_ [2]_.

    References
    ----------
    .. [1] Ritchie ME et al. (2006). BMC Bioinformatics 7:261.
       https://doi.org/10.1186/1471-2105-7-261
    .. [2] Liu R et al. (2015). Nucleic Acids Research 43:e97. https://doi.org/10.1093/nar/gkv412

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(500, 6))
    >>> y[:, 0] *= 3
    >>> pylimma.array_weights(y).idxmin()
    0
    """
    check_choice(method, METHODS, "method")
    prior_n = number(prior_n, "prior_n", 0, finite=True)
    maxiter, tol = parse_iteration(maxiter, tol)
    data = parse_expression(object, layer=layer)
    check_scale(data, "array_weights")
    if design is None and data.design is not None:
        warn(
            "`array_weights` does not use the design stored with the data but a common mean of "
            "all samples; pass `design=`.",
            Note,
        )
    model = parse_design(_or_common_mean(design, data), data, samples)
    contrasts = parse_variance_model(var_design, var_group, data, samples)
    chosen = _observation_weights(choose_weights(weights, data.weights, "array_weights"), data)
    if model.rank == data.matrix.shape[1]:
        warn(
            "The design leaves no residual degrees of freedom, so nothing is known of the quality "
            "of the samples: all weights are 1.",
            EstimationWarning,
        )
    found = sample_weights(
        data.matrix,
        model.factors,
        contrasts,
        chosen,
        method=method,
        prior_n=prior_n,
        maxiter=maxiter,
        tol=tol,
        early=parse_compat(compat),
        n_jobs=n_jobs,
    )
    return pd.Series(found, index=data.sample_names, name="weight")


def array_weights_quick(y: ExpressionLike, fit: MArrayLM) -> pd.Series:
    r"""Rough quality weight of each sample, from the residuals of a fit.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        The log2 expression that was fitted, genes × samples.
    fit : MArrayLM
        From `lm_fit`, without weights.

    Returns
    -------
    Series of shape (samples,)
        Inverse of the mean squared standardised residual of each sample.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    StageError
        If it holds contrasts, or no design.
    ShapeError
        If it is of other genes or samples.

    Warns
    -----
    InputWarning
        If the fit has weights, which are not taken into account.

    See Also
    --------
    array_weights : The weights by maximum likelihood.

    Notes
    -----
    With leverages :math:`h_j`, :math:`a_j^{-1}` is the mean over genes of
    :math:`r_{gj}^2/\{\sigma_g^2(1 - h_j)\}`.

    References
    ----------
    .. [1] Ritchie ME et al. (2006). BMC Bioinformatics 7:261.
       https://doi.org/10.1186/1471-2105-7-261

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(500, 4))
    >>> pylimma.array_weights_quick(y, pylimma.lm_fit(y)).round(1).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`fit` must be an MArrayLM from `lm_fit`; got {type(fit).__name__}.")
    data = parse_expression(y, argument="y")
    if fit.get("weights") is not None or data.weights is not None:
        warn("The weights of the fit are not taken into account.", InputWarning)
    known = np.where(np.isnan(fit["coefficients"]), 0.0, fit["coefficients"])
    values = pd.DataFrame(data.matrix, index=data.gene_names, columns=data.sample_names)
    residuals = np.asarray(fit.replace(coefficients=known).residuals(values))
    found = quick_weights(residuals, fit["sigma"], pivoted_qr(fit["design"]).leverage)
    names = data.sample_names if fit.names("samples") is None else fit.names("samples")
    return pd.Series(found, index=names, name="weight")


def parse_iteration(maxiter: Any, tol: Any) -> tuple[int, float]:
    """Largest number of steps and tolerance of an iteration."""
    return whole(maxiter, "maxiter", 1), number(tol, "tol", 0, inside=True)


def parse_variance_model(
    var_design: Any, var_group: Any, data: Expression, samples: Any = None
) -> FloatArray | None:
    """Contrasts of the log variances of samples."""
    n_samples = data.matrix.shape[1]
    if var_group is not None:
        labels = sample_labels(var_group, n_samples, data.sample_names, "var_group")
        group = pd.factorize(labels)[0]
        if group.max() == 0:
            raise InputError("`var_group` needs at least two groups of samples; it has one.")
        return group_contrasts(group)
    if var_design is None:
        return None
    return variance_contrasts(parse_design(var_design, data, samples, quiet=True).matrix)


def _or_common_mean(design: Any, data: Expression) -> Any:
    return np.ones((data.matrix.shape[1], 1)) if design is None else design


def _observation_weights(weights: Any, data: Expression) -> FloatArray | None:
    """Weights of all observations, once they are known to be finite and not negative."""
    found = parse_weights(weights, data.matrix.shape, data.gene_names, data.sample_names)
    if found is None:
        return None
    wrong = int((~(np.isfinite(found) & (found >= 0))).sum())
    if wrong:
        raise InputError(f"`weights` has {wrong} missing, negative or infinite values.")
    return np.broadcast_to(found, data.matrix.shape)
