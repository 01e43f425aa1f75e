"""The binned density against a sum of kernels."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from pylimma.numerics.smoothing.kernel_density import kernel_density, normal_reference_bandwidth


def summed_kernels(values, bandwidth, x):
    kernels = np.exp(-0.5 * ((x[:, None] - values) / bandwidth) ** 2)
    return kernels.sum(axis=1) / (values.size * bandwidth * np.sqrt(2 * np.pi))


@pytest.mark.parametrize("size", [5, 300, 5000])
def test_the_curve_is_a_sum_of_kernels(size):
    values = np.random.default_rng(size).gamma(3, size=size)
    found = kernel_density(values)
    expected = summed_kernels(values, found.bandwidth, found.x)
    np.testing.assert_allclose(found.y, expected, atol=2e-3 * expected.max())


def test_the_area_is_one():
    found = kernel_density(np.random.default_rng(1).normal(size=400))
    assert trapezoid(found.y, found.x) == pytest.approx(1, abs=5e-3)


def test_missing_values_are_left_out():
    values = np.random.default_rng(2).normal(size=50)
    holed = np.insert(values, 7, np.nan)
    np.testing.assert_array_equal(kernel_density(holed).y, kernel_density(values).y)


def test_the_bandwidth_is_the_published_rule():
    values = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
    assert normal_reference_bandwidth(values) == pytest.approx(0.9 * (5 / 1.34) * 5**-0.2)


@pytest.mark.parametrize(("values", "spread"), [([3.0], 3.0), ([0.0, 0.0], 1.0), ([2.0, 2.0], 2.0)])
def test_the_bandwidth_is_never_zero(values, spread):
    expected = 0.9 * spread * len(values) ** -0.2
    assert normal_reference_bandwidth(np.array(values)) == pytest.approx(expected)
