"""Single channels of two-colour arrays."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError

DESIGN = pd.DataFrame({"a": [1, 0] * 3 + [0, 1] * 3, "b": [0, 1] * 3 + [1, 0] * 3}, dtype=float)


def arrays(rho, n_genes=1500, seed=71):
    """Both channels of six arrays, correlated within a spot."""
    rng = np.random.default_rng(seed)
    spot = rng.normal(size=(n_genes, 6))
    green, red = (
        np.sqrt(rho) * spot + np.sqrt(1 - rho) * rng.normal(size=(n_genes, 6)) for _ in range(2)
    )
    return pylimma.MAList(M=red - green, A=(red + green) / 2), green, red


def test_the_correlation_of_the_channels_is_found():
    found = pylimma.intraspot_correlation(arrays(0.6)[0], DESIGN)
    assert found.consensus_correlation == pytest.approx(0.6, abs=0.05)
    assert found.df.shape == (1500, 2)


def test_without_correlation_channels_are_samples():
    data, green, red = arrays(0.3, 20)
    fit = pylimma.lmsc_fit(data, DESIGN, 0.0)
    channels = np.empty((20, 12))
    channels[:, ::2], channels[:, 1::2] = green, red
    plain = pylimma.lm_fit(channels, DESIGN)
    np.testing.assert_allclose(fit["coefficients"], plain["coefficients"])
    np.testing.assert_allclose(fit["sigma"], plain["sigma"])
    assert list(fit.col_names) == ["a", "b"]


def test_with_correlation_the_fit_is_generalised_least_squares():
    data, green, red = arrays(0.3, 20)
    channels = np.empty((20, 12))
    channels[:, ::2], channels[:, 1::2] = green, red
    fit = pylimma.lmsc_fit(data, DESIGN, 0.4)
    plain = pylimma.lm_fit(channels, DESIGN, block=np.repeat(np.arange(6), 2), correlation=0.4)
    np.testing.assert_allclose(fit["coefficients"], plain["coefficients"])
    np.testing.assert_allclose(fit["sigma"], plain["sigma"])
    np.testing.assert_allclose(fit["stdev_unscaled"], plain["stdev_unscaled"])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: pylimma.lmsc_fit(x["M"], DESIGN, 0.1), InputTypeError, "needs an MAList"),
        (lambda x: pylimma.lmsc_fit(x, DESIGN[:6], 0.1), ShapeError, "two rows for each of 6"),
        (lambda x: pylimma.lmsc_fit(x, DESIGN, 1.0), InputError, "between -1 and 1"),
        (lambda x: pylimma.intraspot_correlation(x, DESIGN, trim=2), InputError, "between 0 and"),
        (
            lambda x: pylimma.lmsc_fit(x.replace(M=x["M"] * np.nan), DESIGN, 0.1),
            InputError,
            "complete data",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(arrays(0.5, 10)[0])


def test_weights_are_not_used():
    data = arrays(0.5, 10)[0]
    with pytest.warns(InputWarning, match="does not use weights"):
        pylimma.lmsc_fit(data.replace(weights=np.ones((10, 6))), DESIGN, 0.1)
