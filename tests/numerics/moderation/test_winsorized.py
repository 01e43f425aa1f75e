from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from pylimma.numerics.moderation.f_robust import winsorized_log_f, winsorized_moments

N = 400_001


@pytest.mark.parametrize(("df1", "df2"), [(4, 6.0), (1, 2.5), (20, 300.0), (5, np.inf)])
def test_theoretical_moments_are_those_of_the_quantiles(df1, df2):
    p = (np.arange(N) + 0.5) / N
    quantile = (
        special.fdtri(df1, df2, p)
        if np.isfinite(df2)
        else 2 * special.gammaincinv(df1 / 2, p) / df1
    )
    z = np.clip(np.log(quantile), *np.log(quantile[[int(0.05 * N), int(0.9 * N)]]))
    moments = winsorized_log_f(df1, df2, 0.05, 0.1)
    assert_allclose(moments.mean, z.mean(), rtol=1e-4, atol=1e-5)
    assert_allclose(moments.variance, z.var(), rtol=1e-4)


def test_values_beyond_the_quantiles_are_pulled_in():
    moments = winsorized_moments(np.array([-100.0, 1, 2, 3, 1000]), 0.25, 0.25)
    assert_allclose(moments, (2.0, np.var([1, 1, 2, 3, 3], ddof=1)))
