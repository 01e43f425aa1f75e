"""The two channels of each spot as correlated observations of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pylimma.adapters.ingest import row_means
from pylimma.containers.fit import MArrayLM
from pylimma.containers.two_color import MAList
from pylimma.design.intake import Design
from pylimma.design.two_color import design_i2a, design_i2m
from pylimma.errors import DesignError, InputError, InputTypeError, InputWarning, ShapeError, warn
from pylimma.fit.series import lm_series
from pylimma.numerics.mixed_model import trimmed_mean
from pylimma.numerics.two_variance_regression import (
    intraspot_correlations,
    two_variance_regression,
)
from pylimma.options import number, numbers
from pylimma.record import Record
from pylimma.typing import DesignLike, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class IntraspotCorrelation(Record):
    """Correlation between the two channels of a spot.

    Attributes
    ----------
    consensus_correlation : float
        One correlation for all genes.
    atanh_correlations : array of shape (genes,)
        Each gene's own estimate, on the scale of Fisher's z; NaN where there is none.
    df : array of shape (genes, 2)
        Residual degrees of freedom of the log-ratios and of the log-intensities.
    """

    consensus_correlation: float
    atanh_correlations: FloatArray
    df: FloatArray


def intraspot_correlation(
    object: MAList,  # noqa: A002 - R's name
    design: DesignLike,
    trim: float = 0.15,
) -> IntraspotCorrelation:
    r"""Correlation between the channels of a spot, for `lmsc_fit`.

    Parameters
    ----------
    object : MAList
        Normalised log-ratios M and log-intensities A.
    design : array or DataFrame of shape (2 * arrays, coefs)
        Design of the channels, the green one of each array before the red one.
    trim : float
        Share of genes cut off at each end before averaging, between 0 and 0.5.

    Returns
    -------
    IntraspotCorrelation

    Raises
    ------
    InputTypeError
        If the data are no MAList.
    ShapeError
        If the design has not two rows for each array.

    Notes
    -----
    For each gene M and A have common coefficients and variances of their own, estimated by
    residual maximum likelihood [1]_; with channels of equal variance and correlation
    :math:`\rho`,

    .. math:: \mathrm{atanh}\,\rho
        = \tfrac12(\log\mathrm{var}\,A - \log\mathrm{var}\,M) + \log 2.

    References
    ----------
    .. [1] Smyth GK, Altman NS (2013). BMC Bioinformatics 14:165.
       https://doi.org/10.1186/1471-2105-14-165
    """
    trim = number(trim, "trim", 0, 0.5)
    matrix = _channel_design(object, design, "intraspot_correlation")
    fit = two_variance_regression(
        (object["M"], object["A"]), (_plain(design_i2m(matrix)), _plain(design_i2a(matrix)))
    )
    z, adjustment = intraspot_correlations(fit)
    return IntraspotCorrelation(float(np.tanh(trimmed_mean(z - adjustment, trim))), z, fit.df)


def lmsc_fit(
    object: MAList,  # noqa: A002 - R's name
    design: DesignLike,
    correlation: float,
) -> MArrayLM:
    r"""Linear models of the single channels of two-colour arrays.

    Parameters
    ----------
    object : MAList
        Normalised log-ratios M and log-intensities A, without missing values.
    design : array or DataFrame of shape (2 * arrays, coefs)
        Design of the channels, the green one of each array before the red one.
    correlation : float
        Correlation between the channels of a spot, from `intraspot_correlation`.

    Returns
    -------
    MArrayLM
        As `lm_fit`, with `correlation`.

    Raises
    ------
    InputTypeError
        If the data are no MAList.
    ShapeError
        If the design has not two rows for each array.
    InputError
        If values are missing, or the correlation is not between -1 and 1.

    Notes
    -----
    :math:`M/\sqrt{2(1-\rho)}` and :math:`A/\sqrt{(1+\rho)/2}` are independent with the
    variance of a channel, so one least squares fit of both serves all genes.
    """
    matrix = _channel_design(object, design, "lmsc_fit")
    correlation = number(correlation, "correlation", -1, 1, inside=True)
    if not (np.isfinite(object["M"]).all() and np.isfinite(object["A"]).all()):
        raise InputError("`lmsc_fit` needs complete data: M or A have missing values.")
    if "weights" in object:
        warn("`lmsc_fit` does not use weights.", InputWarning)
    m, a = np.sqrt(2 * (1 - correlation)), np.sqrt((1 + correlation) / 2)
    stacked = np.vstack([_plain(design_i2m(matrix)) / m, _plain(design_i2a(matrix)) / a])
    fit = lm_series(np.hstack([object["M"] / m, object["A"] / a]), stacked)
    fit["design"], fit["correlation"] = matrix, float(correlation)
    fit["Amean"], fit["genes"] = row_means(object["A"]), object.get("genes")
    names = Design.names_of_columns(design)
    return fit.with_names(genes=object.row_names, coefs=names, design_columns=names)


def _channel_design(object: Any, design: DesignLike, function: str) -> FloatArray:  # noqa: A002
    """Design as numbers, with two rows an array and full rank."""
    if not isinstance(object, MAList):
        raise InputTypeError(f"`{function}` needs an MAList; got {type(object).__name__}.")
    matrix = numbers(design, "design")
    n_arrays = object.shape[1]
    if matrix.ndim != 2 or len(matrix) != 2 * n_arrays:  # noqa: PLR2004 - two channels
        raise ShapeError(
            f"`design` has shape {matrix.shape}; it needs two rows for each of {n_arrays} arrays."
        )
    if not np.isfinite(matrix).all():
        raise DesignError("`design` has missing or infinite values.")
    return matrix


def _plain(design: Any) -> FloatArray:
    return np.asarray(design, dtype=float)
