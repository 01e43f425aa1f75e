r"""Prior variances that follow the number of peptides or spectra behind each protein [1]_.

With residual variances :math:`s_g^2` on :math:`d_g` degrees of freedom,
:math:`c(\nu) = \psi(\nu/2) - \log(\nu/2)` and a curve :math:`f` of :math:`\log s_g^2` on the log2
count, the prior degrees of freedom solve

.. math:: \psi'(d_0/2) = \mathrm{mean}_g \{(\log s_g^2 - f_g)^2 - \psi'(d_g/2)\},

and the prior variance of a protein is :math:`\exp\{f_g - c(d_g) + c(d_0)\}`.

References
----------
.. [1] Zhu Y et al. (2020). DEqMS: a method for accurate variance estimation in differential protein
   expression analysis. Mol Cell Proteomics 19:1047-1057. https://doi.org/10.1074/mcp.TIR119.001646
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from scipy.special import polygamma

from pylimma.adapters.labels import per_gene
from pylimma.arguments import numbers
from pylimma.containers.coefficients import chosen_coefficients
from pylimma.containers.fit import MArrayLM
from pylimma.errors import EstimationWarning, InputError, InputWarning, check_choice, warn
from pylimma.moderation.e_bayes import moderated_tests
from pylimma.moderation.posterior import check_fit, rescale_fit, working_unit
from pylimma.numerics.distributions.special import logmdigamma, trigamma_inverse
from pylimma.numerics.smoothing.loess import quadratic_loess
from pylimma.typing import BoolArray, FloatArray

_SPAN = 0.75
_GRID = 0.1  # step of the prior degrees of freedom of DEqMS
_FEWEST = 4  # proteins, through which a curve goes
_PROPORTION, _LIMITS = 0.01, np.array([0.1, 4.0])  # what `e_bayes` assumes of log fold changes


def spectra_count_e_bayes(
    fit: MArrayLM,
    count: Any,
    fit_method: Literal["loess", "nls"] = "loess",
    coef: Any = None,
    *,
    compat: Literal["DEqMS"] | None = None,
) -> MArrayLM:
    r"""Fit with moderated t-statistics whose prior variance follows peptide or spectrum counts.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit` or `contrasts_fit`.
    count : array or Series of shape (genes,)
        Peptides or spectra that quantify each protein, such as their smallest number over the
        samples; where a protein has none, one is added to all.
    fit_method : {"loess", "nls"}
        How variance follows the count: its logarithm by a local quadratic of log2 counts, or itself
        by :math:`a + b/\mathrm{count}`.
    coef : int, str or sequence, optional
        Coefficients to test; all when not given.
    compat : {"DEqMS"}, optional
        Whether prior degrees of freedom are those of the grid 0.1, 0.2, … of DEqMS.

    Returns
    -------
    MArrayLM
        The fit with the components that `e_bayes` gives it, `s2_prior` for each protein. Proteins
        without residual degrees of freedom have the prior variance, those without a count none.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit.
    InputError
        If a count is negative, or fewer than four proteins have a variance and a count.

    Warns
    -----
    InputWarning
        If counts are missing.
    EstimationWarning
        If the curve of "nls" is not positive for some counts; their proteins have no results.

    See Also
    --------
    e_bayes : The same from ``trend=np.log2(count)``, whose prior is the trend of all log variances.
    read_maxquant, read_diann : Proteins with the numbers of their peptides.

    Notes
    -----
    Log variances scatter about the curve by what their own and the prior degrees of freedom
    explain [1]_. `e_bayes` with a trend estimates the same model by a regression spline and caps
    the degrees of freedom of the tests at the sum of all residual ones, which this does not.

    References
    ----------
    .. [1] Zhu Y et al. (2020). Mol Cell Proteomics 19:1047-1057.
       https://doi.org/10.1074/mcp.TIR119.001646

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> rng = np.random.default_rng(1)
    >>> peptides = rng.integers(1, 20, 200)
    >>> y = 20 + rng.normal(size=(200, 6)) / np.sqrt(peptides)[:, None]
    >>> fit = pylimma.lm_fit(y, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]))
    >>> fit = pylimma.spectra_count_e_bayes(fit, peptides)
    >>> bool(fit.s2_prior[peptides == 1].mean() > 5 * fit.s2_prior[peptides > 15].mean())
    True
    """
    check_fit(fit, "spectra_count_e_bayes")
    check_choice(fit_method, _CURVES, "fit_method")
    if compat is not None:
        check_choice(compat, ["DEqMS"], "compat")
    counts = _parse_counts(count, fit)
    unit = working_unit(fit)
    chosen = fit
    if coef is not None:
        chosen = fit.subset(columns=chosen_coefficients(coef, fit, "coef"))
    result = rescale_fit(chosen.replace(treat_lfc=None, upshot=None), unit)
    s2, df = result["sigma"] ** 2, result["df_residual"]
    used = (df > 0) & (s2 > 0) & np.isfinite(s2) & np.isfinite(counts)
    if used.sum() < _FEWEST:
        raise InputError(
            f"{int(used.sum())} proteins have a variance and a count; a curve needs {_FEWEST}."
        )
    log_fit = _curve(s2, counts, used, _CURVES[fit_method])
    s2_prior, df_prior = _prior(s2, df, log_fit, used, on_grid=compat is not None)
    s2_post, df_total = _posterior(s2, df, s2_prior, df_prior)
    moderated = result.replace(
        s2_prior=s2_prior, df_prior=df_prior, s2_post=s2_post, df_total=df_total
    )
    return rescale_fit(moderated_tests(moderated, _PROPORTION, _LIMITS / unit), 1 / unit)


def _parse_counts(count: Any, fit: MArrayLM) -> FloatArray:
    """Counts of all proteins, at least one; NaN where they are missing."""
    counts = numbers(per_gene(count, fit.shape[0], fit.names("genes"), "count"), "count", 1)
    counts = np.where(np.isfinite(counts), counts, np.nan)
    if (counts < 0).any():
        raise InputError(f"`count` has {int((counts < 0).sum())} negative values.")
    missing = int(np.isnan(counts).sum())
    if missing:
        warn(f"`count` is missing for {missing} proteins, which get no results.", InputWarning)
    return counts + 1 if (counts == 0).any() else counts


def _loess_curve(s2: FloatArray, counts: FloatArray, at: FloatArray) -> FloatArray:
    """Log variance by a local quadratic of the log2 count, held level beyond the counts used."""
    x = np.log2(counts)
    return quadratic_loess(x, np.log(s2), np.clip(np.log2(at), x.min(), x.max()), _SPAN)


def _inverse_curve(s2: FloatArray, counts: FloatArray, at: FloatArray) -> FloatArray:
    """Log of the variance a + b/count; NaN where that is not positive."""
    level, slope = np.linalg.lstsq(np.column_stack([counts**0, 1 / counts]), s2, rcond=None)[0]
    fitted = level + slope / at
    return np.log(fitted, out=np.full_like(fitted, np.nan), where=fitted > 0)


_CURVES: dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "loess": _loess_curve,
    "nls": _inverse_curve,
}


def _curve(
    s2: FloatArray,
    counts: FloatArray,
    used: BoolArray,
    curve: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
) -> FloatArray:
    """Fitted log variances of all proteins with a count."""
    known = np.isfinite(counts)
    fitted = np.full(len(counts), np.nan)
    fitted[known] = curve(s2[used], counts[used], counts[known])
    lost = int((np.isnan(fitted) & known).sum())
    if lost:
        warn(f"The fitted variance is not positive for {lost} proteins.", EstimationWarning)
    return fitted


def _prior(
    s2: FloatArray, df: FloatArray, log_fit: FloatArray, used: BoolArray, *, on_grid: bool
) -> tuple[FloatArray, float]:
    """Prior variances and their degrees of freedom."""
    known = used & np.isfinite(log_fit)
    scatter = (np.log(s2[known]) - log_fit[known]) ** 2
    excess = float(np.mean(scatter - polygamma(1, df[known] / 2)))
    if on_grid:
        df_prior = _grid_df(excess, int(known.sum()))
    else:
        df_prior = 2 * float(trigamma_inverse(excess)) if excess > 0 else np.inf
    # c(d), which log s² lacks to its mean; a protein without residuals takes that of the others
    lack = np.full(len(df), -float(np.mean(logmdigamma(df[known] / 2))))
    lack[used] = -logmdigamma(df[used] / 2)
    of_prior = -float(logmdigamma(df_prior / 2)) if np.isfinite(df_prior) else 0.0
    return np.exp(log_fit - lack + of_prior), df_prior


def _grid_df(excess: float, n_proteins: int) -> float:
    """First of 0.1, 0.2, … that is nearer than the next to solving for the excess scatter."""
    if excess <= 0:
        return float(n_proteins)
    grid = _GRID * np.arange(1, 10 * n_proteins + 2)
    distance = np.abs(excess - polygamma(1, grid / 2))
    rising = np.flatnonzero(np.diff(distance) > 0)
    return float(grid[rising[0]] if rising.size else n_proteins)


def _posterior(
    s2: FloatArray, df: FloatArray, s2_prior: FloatArray, df_prior: float
) -> tuple[FloatArray, FloatArray]:
    """Posterior variances and their degrees of freedom."""
    total = df + df_prior
    if np.isinf(df_prior):
        return s2_prior, total
    own = np.where(df > 0, df * s2, 0.0)
    return (df_prior * s2_prior + own) / total, total
