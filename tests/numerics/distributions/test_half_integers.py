from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pylimma.numerics import threads
from pylimma.numerics.distributions import half_integers, tails

LARGEST = 2**16  # values that no thread is started for


def finite_sum(a, b, odds):
    """I_x(a, b) for whole a, with 400 digits: 1 - (1-x)^b sum of (b)_k x^k / k! below a."""
    getcontext().prec = 400
    x, b = 1 / (1 + Decimal(odds)), Decimal(b)
    total, term = Decimal(0), Decimal(1)
    for k in range(a):
        total += term
        term *= (b + k) / (k + 1) * x
    return 1 - ((1 - x).ln() * b).exp() * total


@pytest.mark.parametrize("a", [1, 3, 6, 9, 10, 60])
@pytest.mark.parametrize("b", [0.5, 1, 1.5, 2, 7.5, 20])
def test_tails_are_finite_sums_for_whole_a(a, b):
    odds = np.concatenate([b / a * np.logspace(-4, 1.5, 9), [1.4, 1.46, 3.0, 500.0]])
    exact = [finite_sum(a, b, value) for value in odds]
    shapes = np.full(odds.size, float(a)), np.full(odds.size, float(b))
    usual = np.array([value > Decimal("1e-280") for value in exact])
    tail = half_integers.half_integer_tail(*shapes, odds)
    assert_allclose(tail[usual], np.array(exact, float)[usual], rtol=5e-14)
    log_tail = half_integers.log_half_integer_tail(*shapes, odds)
    assert_allclose(log_tail, [float(value.ln()) for value in exact], rtol=1e-14, atol=1e-15)


def test_values_have_the_same_bits_alone_and_among_others():
    rng = np.random.default_rng(1)
    a, b = np.repeat([0.3, 4.0, 7.7, 10.0, 80.0], 40), np.tile([0.5, 1.0, 3.5, 6.0], 50)
    odds = b / a * rng.gamma(0.5, 4.0, a.size)
    for function in (half_integers.half_integer_tail, half_integers.log_half_integer_tail):
        together = function(a, b, odds)
        alone = [function(a[[k]], b[[k]], odds[[k]])[0] for k in range(a.size)]
        assert_array_equal(together, alone)


def test_tails_of_a_usual_number_of_genes_start_no_threads(monkeypatch):
    class Forbidden:
        def __init__(self, *_):
            raise AssertionError("a pool of threads was started")

    monkeypatch.setattr(threads, "ThreadPoolExecutor", Forbidden)
    t = np.random.default_rng(1).normal(size=(LARGEST // 3, 3)) * 3
    assert (tails.t_two_sided(t, 7.5) > 0).all()
    assert (tails.f_sf(t[:, 0] ** 2, 3, 7.5) > 0).all()
