"""Moderated variances of a fit: the step that `e_bayes` and `treat` share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pylimma.adapters.labels import per_gene
from pylimma.arguments import flag, numbers, plain_array
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.containers.ownership import Made
from pylimma.design.description import saturated
from pylimma.errors import EstimationWarning, InputError, InputTypeError, StageError, quoted, warn
from pylimma.moderation.components import moderate_components
from pylimma.moderation.squeeze_var import squeeze_var
from pylimma.typing import BoolArray, FloatArray

_FEWEST_GENES = 3  # below it there is nothing to borrow from
_LENGTHS = ("coefficients", "sigma", "treat_lfc", "std_error")
_SQUARES = ("s2_prior", "s2_post", "variance_components")
_SAFE_RANGE = (1e-100, 1e100)  # standard deviations whose squares neither vanish nor overflow


def check_fit(fit: Any, function: str) -> None:
    """Raise unless a fit has what moderation needs."""
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`{function}` needs a fit from `lm_fit`; got {type(fit).__name__}.")
    for name in ("coefficients", "stdev_unscaled", "sigma", "df_residual"):
        if name not in fit:
            raise StageError(f"`{function}` needs a fit with '{name}', as `lm_fit` returns it.")
    df, sigma = fit["df_residual"], fit["sigma"]
    if not (df > 0).any():
        raise InputError(_saturated(fit))
    usable = sigma[(df > 0) & np.isfinite(sigma)]
    if usable.size == 0:
        raise InputError("No gene has a finite residual standard deviation.")
    if not usable.any():
        raise InputError(
            "All genes have residual variance zero, so there is no noise to test against; are the "
            "samples duplicates of each other?"
        )
    if len(sigma) < _FEWEST_GENES:
        warn(
            f"With {len(sigma)} genes nothing can be moderated: variances stay as they are.",
            EstimationWarning,
        )


def _saturated(fit: MArrayLM) -> str:
    n_samples, rank = fit.size_of("samples"), fit.get("rank")
    if n_samples is None or rank is None:
        return "No gene has residual degrees of freedom, so variances cannot be estimated."
    return saturated(n_samples, rank, fit.get("description"))


def moderate_variances(
    fit: MArrayLM,
    *,
    trend: ArrayLike = False,
    robust: bool = False,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
    legacy: bool | None = None,
    span: float | None = None,
    compat: str | None = None,
) -> MArrayLM:
    """The fit, after its variances were squeezed towards a common or trended value."""
    covariate = _covariate(fit, trend)
    sigma, df = fit["sigma"], fit["df_residual"]
    known = np.ones(len(sigma), dtype=bool) if covariate is None else np.isfinite(covariate)
    every = known.all()
    squeezed = squeeze_var(
        (sigma if every else sigma[known]) ** 2,
        df if every else df[known],
        covariate=None if covariate is None else covariate[known],
        robust=robust,
        winsor_tail_p=winsor_tail_p,
        legacy=legacy,
        span=span,
        compat=None if isinstance(fit, MixedModelFit) and compat == "dream" else compat,
    )
    df_prior = _spread(squeezed.df_prior, known)
    fit["df_prior"], fit["s2_prior"] = df_prior, _spread(squeezed.var_prior, known)
    fit["s2_post"] = Made(_spread(squeezed.var_post, known))
    if isinstance(fit, MixedModelFit):
        moderate_components(fit, compat)
    else:
        fit["df_total"] = Made(np.minimum(df + df_prior, np.nansum(df)))
    return fit


def unreplicated(fit: MArrayLM) -> BoolArray:
    """Genes that get no test: those seen in a single sample, of which is warned."""
    n_observed = fit.get("n_observed")
    if n_observed is None:
        return np.zeros(fit.shape[0], dtype=bool)
    alone = np.asarray(n_observed == 1)
    if alone.any():
        warn(
            f"{alone.sum()} genes were observed in a single sample and get no p-value.",
            EstimationWarning,
        )
    return alone


def working_unit(fit: MArrayLM) -> float:
    """Unit of expression in which variances neither vanish nor overflow: 1, or a power of two."""
    sigma = fit["sigma"]
    typical = float(np.median(sigma[np.isfinite(sigma) & (sigma > 0)]))
    if _SAFE_RANGE[0] < typical < _SAFE_RANGE[1]:
        return 1.0
    return float(2.0 ** np.floor(np.log2(typical)))


def rescale_fit(fit: MArrayLM, unit: float) -> MArrayLM:
    """Fit with everything that has a unit of expression divided by another unit."""
    if unit == 1:
        return fit
    with np.errstate(over="ignore", under="ignore"):
        lengths = {name: fit[name] / unit for name in _LENGTHS if name in fit}
        squares = {name: fit[name] / unit / unit for name in _SQUARES if name in fit}
    return fit.replace(**lengths, **squares)


def _covariate(fit: MArrayLM, trend: ArrayLike) -> FloatArray | None:
    """What the prior variance follows, or None."""
    if plain_array(trend, "trend").ndim == 0:
        if not flag(trend, "trend"):
            return None
        if "Amean" not in fit:
            raise StageError("`trend=True` needs average expression: the fit has no 'Amean'.")
        return np.asarray(fit["Amean"], dtype=float)
    names = fit.names("genes")
    covariate = numbers(per_gene(trend, fit.shape[0], names, "trend"), "trend", 1)
    usable = (fit["df_residual"] > 0) & np.isfinite(fit["sigma"])
    lost = np.flatnonzero(usable & ~np.isfinite(covariate))
    if lost.size:
        raise InputError(
            f"`trend` is missing or infinite for {lost.size} genes that have a variance, which "
            f"would lose their results: {quoted(lost if names is None else names[lost])}. Fill in "
            f"their values, or remove these genes from the fit."
        )
    return covariate


def _spread(values: Any, known: FloatArray) -> Any:
    """Values of some genes at their places among all; one number stays a number."""
    if np.ndim(values) == 0 or known.all():
        return values
    result = np.full(len(known), np.nan)
    result[known] = values
    return result
