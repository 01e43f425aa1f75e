"""What makes the t-statistics of a fit independent."""

from __future__ import annotations

import numpy as np

from pylimma.containers.components import Components
from pylimma.errors import DesignError
from pylimma.numerics.moderated_tests import correlation_of, whitening
from pylimma.numerics.regression.linalg import pivoted_qr
from pylimma.typing import FloatArray


def shared_whitening(fit: Components) -> FloatArray:
    """What makes t-statistics independent where genes share one correlation of coefficients."""
    n_coefs = fit.shape[1]
    covariance = fit.get("cov_coefficients", np.eye(n_coefs))
    if len(covariance) != n_coefs:
        raise DesignError(
            "Some coefficients are not estimable, so there is no F-test of all of them: choose "
            "estimable ones, as in `fit[:, coefs]`."
        )
    rank = None
    if "contrasts" in fit:
        rank = pivoted_qr(fit["contrasts"]).rank
    elif "design" in fit:
        rank = n_coefs
    return whitening(correlation_of(covariance), rank)
