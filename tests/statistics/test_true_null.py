from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pylimma import convest, p_adjust, prop_true_null
from pylimma.errors import InputError, InputTypeError


def test_adjusted_p_values_keep_shape_and_labels():
    p = pd.Series([0.01, np.nan, 0.5], ["a", "b", "c"], name="p")
    adjusted = p_adjust(p)
    assert adjusted.index.tolist() == ["a", "b", "c"]
    assert_allclose(adjusted, [0.02, np.nan, 0.5])
    assert p_adjust(np.full((2, 3), 0.2), "bonferroni").shape == (2, 3)


def test_logs_are_adjusted_as_logs():
    assert_allclose(p_adjust([-2000.0, -1.0], "holm", log=True), [-2000 + np.log(2), -1])


def test_missing_p_values_do_not_count_and_nothing_gives_nothing():
    p = np.random.default_rng(1).random(50)
    for method in ("lfdr", "mean", "hist", "convest"):
        assert prop_true_null(np.append(p, np.nan), method) == prop_true_null(p, method)
        assert np.isnan(prop_true_null([], method))


def test_convest_is_one_of_the_methods():
    p = np.random.default_rng(2).random(80) ** 2
    assert prop_true_null(p, "convest", niter=7, tol=1e-3) == convest(p, 7, tol=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: p_adjust([0.1, 1.2]), InputError, "`p` has 1 values outside"),
        (lambda: p_adjust([0.1], log=True), InputError, "outside \\[-inf, 0\\]"),
        (lambda: p_adjust(["x"]), InputTypeError, "`p` must be numbers"),
        (lambda: p_adjust([0.1], "bh"), InputError, "`method` must be one of"),
        (lambda: prop_true_null([-0.1]), InputError, "`p` has 1 values outside"),
        (lambda: prop_true_null([0.1], "storey"), InputError, "`method` must be one of"),
        (lambda: prop_true_null([0.1], "hist", nbins=0), InputError, "`nbins`"),
        (lambda: convest([0.1], niter=0), InputError, "`niter`"),
        (lambda: convest([0.1], tol=0), InputError, "`tol`"),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
