"""P-values of a fit as logarithms, where the p-values themselves would read zero."""

from __future__ import annotations

import numpy as np

from pylimma.containers.fit import MArrayLM
from pylimma.numerics.distributions.tails import t_log_two_sided
from pylimma.numerics.moderation.moderated_tests import (
    log_averaged_interval_tails,
    log_interval_tails,
)
from pylimma.typing import FloatArray


def log_p_values(fit: MArrayLM, coef: int) -> FloatArray:
    """Natural logarithms of the p-values of one coefficient."""
    df = fit["df_total"]
    if "treat_lfc" not in fit:
        return t_log_two_sided(fit["t"][:, coef], df)
    estimate = fit["coefficients"][:, coef]
    error = fit["stdev_unscaled"][:, coef] * np.sqrt(fit["s2_post"])
    tails = log_averaged_interval_tails if fit.get("upshot") else log_interval_tails
    return tails(estimate, error, fit["treat_lfc"], df)
