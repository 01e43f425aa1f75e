"""Lowess spans by number of points."""

import numpy as np
import pytest

from pylimma.errors import InputError
from pylimma.numerics.smoothing.span import choose_lowess_span


def test_spans_of_published_defaults():
    np.testing.assert_allclose(
        choose_lowess_span([1, 50, 100, 1000]), [1, 1, 0.8555903681888699, 0.5578822049048271]
    )
    assert choose_lowess_span(5000, power=0.5) == pytest.approx(0.37)
    assert isinstance(choose_lowess_span(), float)


def test_span_falls_with_the_number_of_points_towards_the_least():
    spans = choose_lowess_span(10 ** np.arange(1, 13), min_span=0.2)
    assert np.all(np.diff(spans) <= 0)
    assert spans[-1] == pytest.approx(0.2, abs=1e-3)


@pytest.mark.parametrize(
    "arguments", [{"n": 0}, {"n": "many"}, {"small_n": -1}, {"min_span": np.nan}, {"power": -1}]
)
def test_unusable_arguments_are_named(arguments):
    with pytest.raises(InputError, match=f"`{next(iter(arguments))}` must be"):
        choose_lowess_span(**arguments)
