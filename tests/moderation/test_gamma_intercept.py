from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pylimma import fit_gamma_intercept
from pylimma.errors import EstimationWarning, InputError, InputTypeError, ShapeError


def test_the_estimating_equation_holds():
    rng = np.random.default_rng(1)
    offset = rng.random(50) + 0.2
    y = rng.chisquare(1, 50) * (offset + 1.5)
    x = fit_gamma_intercept(y, offset)
    assert_allclose(np.sum(y / (offset + x)), 50, rtol=1e-9)


def test_equal_offsets_are_taken_from_the_mean():
    assert_allclose(fit_gamma_intercept([1.0, 4.0], 0.5), 2)
    assert_allclose(fit_gamma_intercept([1.0, 4.0]), 2.5)
    assert np.isnan(fit_gamma_intercept([]))


def test_observations_far_below_their_offsets_are_warned_about():
    with pytest.warns(EstimationWarning, match="has not settled"):
        fit_gamma_intercept([0.0, 0.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fit_gamma_intercept(["a"]), InputTypeError, "`y` must be numbers"),
        (lambda: fit_gamma_intercept([1, 2], [1, 2, 3]), ShapeError, "`offset` has 3 values"),
        (lambda: fit_gamma_intercept([1, -2]), InputError, "`y` must be numbers, none"),
        (lambda: fit_gamma_intercept([1, 2], -1), InputError, "`offset` must be numbers, none"),
        (lambda: fit_gamma_intercept([1, 2], maxit=0), InputError, "`maxit`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
