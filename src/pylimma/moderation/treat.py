"""Tests of whether effects exceed a threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pylimma.arguments import flag, smallest_change
from pylimma.containers.fit import MArrayLM
from pylimma.containers.ownership import Made
from pylimma.moderation.posterior import (
    check_fit,
    moderate_variances,
    rescale_fit,
    unreplicated,
    working_unit,
)
from pylimma.numerics.moderated_tests import averaged_interval_tails, interval_tails
from pylimma.numerics.threads import with_threads

_DEFAULT_FC = 1.2


def treat(
    fit: MArrayLM,
    fc: float | None = None,
    lfc: float | None = None,
    trend: bool = False,
    robust: bool = False,
    winsor_tail_p: float | Sequence[float] = (0.05, 0.1),
    legacy: bool | None = None,
    upshot: bool = False,
    *,
    compat: str | None = None,
    n_jobs: int | None = None,
) -> MArrayLM:
    r"""Fit with moderated tests of effects beyond a threshold.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit` or `contrasts_fit`.
    fc : float, optional
        Smallest fold change of interest, at least 1; 1.2 when neither this nor `lfc` is given.
    lfc : float, optional
        The same as log2, at least 0.
    trend : bool
        Whether the prior variance follows average expression.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    winsor_tail_p : (float, float) or float
        Tail proportions of the robust estimation.
    legacy : bool, optional
        As in `e_bayes`.
    upshot : bool
        Whether p-values are averaged over all thresholds up to the one given.
    compat : {"3.68"}, optional
        As in `e_bayes`.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    MArrayLM
        With `t`, `p_value`, `treat_lfc` and the moderated variances, without log odds.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    InputError
        If `fc` is below 1, `lfc` is negative, the two differ, or the fit has no residual degrees
        of freedom or no variation.

    Warns
    -----
    EstimationWarning
        If genes have no residual variance, or were observed in a single sample.

    See Also
    --------
    top_treat : Table of results.
    e_bayes : Tests against zero.

    Notes
    -----
    With threshold :math:`\tau` the p-value of an effect with estimate b and standard error
    :math:`\tilde s \sqrt v` is [1]_

    .. math::
        p = P\left(T > \frac{|b|-\tau}{\tilde s\sqrt v}\right)
          + P\left(T > \frac{|b|+\tau}{\tilde s\sqrt v}\right),

    which holds its size for every effect up to the threshold. With `upshot` it is the mean of
    these over thresholds uniform between 0 and :math:`\tau`.

    References
    ----------
    .. [1] McCarthy DJ, Smyth GK (2009). Bioinformatics 25:765.
       https://doi.org/10.1093/bioinformatics/btp053

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> pylimma.treat(fit, lfc=1)["treat_lfc"]
    1.0
    """
    check_fit(fit, "treat")
    lfc = smallest_change(_DEFAULT_FC if fc is None and lfc is None else fc, lfc)
    upshot = flag(upshot, "upshot")
    unit = working_unit(fit)
    threshold = lfc / unit
    with with_threads(n_jobs):
        result = moderate_variances(
            rescale_fit(fit.replace(lods=None), unit),
            trend=flag(trend, "trend"),
            robust=robust,
            winsor_tail_p=winsor_tail_p,
            legacy=legacy,
            compat=compat,
        )
    estimate = result["coefficients"]
    error = result.standard_errors()
    shift = threshold / 2 if upshot else threshold
    beyond = np.maximum(np.abs(estimate) - shift, 0.0)
    tails = averaged_interval_tails if upshot and threshold > 0 else interval_tails
    with with_threads(n_jobs), np.errstate(divide="ignore", invalid="ignore"):
        # t of the distance beyond the threshold, or beyond its mean where p-values are averaged
        tstat = np.sign(estimate) * beyond / error
        p_value = tails(estimate, error, threshold, result.degrees_of_freedom())
    untested = unreplicated(result)
    tstat[untested], p_value[untested] = np.nan, np.nan
    result["t"], result["p_value"] = Made(tstat), Made(p_value)
    result["treat_lfc"], result["upshot"] = threshold, upshot or None
    return rescale_fit(result, 1 / unit)
