from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pylimma.numerics.distributions.named_tails import DISTRIBUTIONS

CASES = [
    ("beta", {"shape1": 2, "shape2": 3.5}, stats.beta(2, 3.5), [-1, 0, 0.1, 0.6, 1, 2]),
    ("binom", {"size": 9, "prob": 0.3}, stats.binom(9, 0.3), [-1, 0, 3, 8, 9, 12]),
    ("cauchy", {"location": 1, "scale": 2}, stats.cauchy(1, 2), [-50, 0, 1, 4]),
    ("chisq", {"df": 3}, stats.chi2(3), [-1, 0, 0.5, 3, 40]),
    ("exp", {"rate": 2}, stats.expon(scale=0.5), [-1, 0, 0.3, 9]),
    ("f", {"df1": 3, "df2": 7}, stats.f(3, 7), [0, 0.2, 1, 30]),
    ("gamma", {"shape": 2, "scale": 3}, stats.gamma(2, scale=3), [0, 0.5, 7, 90]),
    ("gamma", {"shape": 2, "rate": 4}, stats.gamma(2, scale=0.25), [0, 0.5, 7]),
    ("geom", {"prob": 0.3}, stats.geom(0.3, loc=-1), [-1, 0, 2, 9]),
    ("hyper", {"m": 5, "n": 6, "k": 4}, stats.hypergeom(11, 5, 4), [-1, 0, 2, 4, 5]),
    ("lnorm", {"meanlog": 1, "sdlog": 2}, stats.lognorm(2, scale=np.e), [-1, 0, 1, 30]),
    ("logis", {"scale": 2}, stats.logistic(scale=2), [-9, 0, 4]),
    ("nbinom", {"size": 2.5, "prob": 0.4}, stats.nbinom(2.5, 0.4), [-1, 0, 3, 20]),
    ("nbinom", {"size": 2.5, "mu": 3.75}, stats.nbinom(2.5, 0.4), [0, 3]),
    ("norm", {"mean": 1, "sd": 2}, stats.norm(1, 2), [-3, 1, 9]),
    ("pois", {"lambda_": 4}, stats.poisson(4), [-1, 0, 4, 30]),
    ("t", {"df": 4}, stats.t(4), [-9, 0, 2]),
    ("unif", {"min": -1, "max": 3}, stats.uniform(-1, 4), [-2, -1, 0, 3, 5]),
    ("weibull", {"shape": 2, "scale": 3}, stats.weibull_min(2, scale=3), [-1, 0, 2, 9]),
]


@pytest.mark.parametrize(("name", "parameters", "scipy_one", "q"), CASES)
def test_tails_are_those_of_scipy(name, parameters, scipy_one, q):
    q = np.array(q, float)
    with np.errstate(all="ignore"):
        lower, upper = DISTRIBUTIONS[name](q, **parameters)
    assert_allclose(np.exp(lower), scipy_one.cdf(q), rtol=1e-11, atol=1e-15)
    assert_allclose(np.exp(upper), scipy_one.sf(q), rtol=1e-11, atol=1e-15)


def test_every_distribution_is_compared():
    assert {name for name, *_ in CASES} == set(DISTRIBUTIONS)
