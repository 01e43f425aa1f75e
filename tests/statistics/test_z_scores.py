from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pylimma import t_zscore, zscore, zscore_gamma, zscore_hyper, zscore_t
from pylimma.errors import InputError, InputTypeError, ShapeError


def test_named_distributions_agree_with_functions_of_their_own():
    q = np.array([0.2, 1.0, 30.0])
    assert_allclose(zscore(q, "t", df=5), zscore_t(q, 5), rtol=1e-12)
    assert_allclose(zscore(q, "gamma", shape=2, rate=3), zscore_gamma(q, 2, 3), rtol=1e-9)
    assert_allclose(zscore_gamma(q, 2, scale=1 / 3), zscore_gamma(q, 2, 3))


def test_normal_values_become_standard():
    assert_allclose(zscore([-300, 4, 1e5], "norm", mean=4, sd=10), [-30.4, 0, 9999.6], atol=1e-9)


def test_the_parameter_lambda_goes_by_its_name():
    assert zscore(6, "pois", **{"lambda": 6}) > 0


@pytest.mark.parametrize("method", ["bailey", "hill", "wallace"])
def test_approximations_are_near(method):
    assert_allclose(
        zscore_t([-3, 2], 20, approx=True, method=method), zscore_t([-3, 2], 20), rtol=5e-3
    )


def test_t_and_z_undo_each_other():
    assert_allclose(zscore_t(t_zscore([-2.5, 40.0], 7), 7), [-2.5, 40.0], rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: zscore(1, "student"), InputError, "`distribution` must be one of"),
        (lambda: zscore(1), InputError, "`distribution` must be one of"),
        (lambda: zscore(1, "t"), InputTypeError, "Parameters of 't'"),
        (lambda: zscore(1, "t", df1=3), InputTypeError, "Parameters of 't'"),
        (lambda: zscore("a", "t", df=3), InputTypeError, "`q` must be numbers"),
        (lambda: zscore_t([1, 2], [1, 2, 3]), ShapeError, "do not go together"),
        (lambda: zscore_t(1, 2, method="exact"), InputError, "`method` must be one of"),
        (lambda: zscore_hyper([1, 2], [3, 4, 5], 1, 1), ShapeError, "`m` \\(3,\\)"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
