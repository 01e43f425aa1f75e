import numpy as np
import pytest

from pylimma.numerics.nelder_mead import nelder_mead


def valley(point):
    return 100 * (point[1] - point[0] ** 2) ** 2 + (1 - point[0]) ** 2


def test_the_end_of_a_curved_valley_is_found():
    found = nelder_mead(valley, np.array([-1.2, 1.0]))
    np.testing.assert_allclose(found.point, [1, 1], atol=1e-3)
    assert found.value == valley(found.point)


def test_the_path_on_rosenbrocks_valley_is_that_of_the_optim_manual():
    # example(optim) in R prints 1.000260, 1.000506 and 8.825241e-08 after 195 evaluations
    calls = []
    found = nelder_mead(lambda x: calls.append(x) or valley(x), np.array([-1.2, 1.0]))
    np.testing.assert_allclose(found.point, [1.000260, 1.000506], atol=5e-7)
    assert found.value == pytest.approx(8.825241e-08, rel=1e-6)
    assert len(calls) == 195


def test_points_without_a_finite_value_are_avoided():
    found = nelder_mead(
        lambda x: np.nan if x[0] < 0.2 else (x[0] - 0.3) ** 2 + (x[1] + 1) ** 2, np.ones(2)
    )
    np.testing.assert_allclose(found.point, [0.3, -1], atol=1e-3)


def test_a_start_at_zero_has_steps_of_a_tenth():
    points = []
    nelder_mead(lambda x: points.append(x.copy()) or float(x @ x), np.zeros(2))
    np.testing.assert_array_equal(points[:3], [[0, 0], [0.1, 0], [0, 0.1]])


def test_evaluations_are_limited():
    count = [0]

    def falling(point):
        count[0] += 1
        return -count[0] + point[0]

    nelder_mead(falling, np.ones(2))
    assert 500 <= count[0] <= 510
