"""Intensities transformed to one variance."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime, minimize

import pylimma
from pylimma.errors import InputError, InputTypeError
from pylimma.preprocessing.arrays import variance_stabilization as vsn

RNG = np.random.default_rng(61)
SIGNAL = np.exp(RNG.normal(5, 1.5, (300, 1)) + RNG.normal(0, 0.15, (300, 4)))
Y = [20, 60, 30, 5] + SIGNAL * [1, 2, 1.5, 0.7] + RNG.normal(0, 12, (300, 4))


def minus_log_likelihood(parameters, y):
    """The profile likelihood row by row, as the formula stands."""
    a, b = np.split(parameters, 2)
    rss, jacobian, n = 0.0, 0.0, 0
    for row in y:
        known = ~np.isnan(row)
        z = np.exp(b[known]) * row[known] + a[known]
        h = np.arcsinh(z)
        rss += np.sum((h - h.mean()) ** 2)
        jacobian += np.sum(b[known] - np.log(1 + z**2) / 2)
        n += known.sum()
    return n / 2 * (np.log(2 * np.pi * rss / n) + 1) - jacobian


@pytest.mark.parametrize("missing", [0, 0.1])
def test_one_fit_maximises_the_likelihood_as_far_as_it_goes(missing):
    y = np.where(RNG.random(Y.shape) < missing, np.nan, Y)
    start = np.concatenate([np.zeros(4), np.ones(4)])
    found = vsn._fitted(y, start)
    best = minimize(minus_log_likelihood, found, args=(y,), method="BFGS", options={"gtol": 1e-3})
    reached = minus_log_likelihood(found, y)
    assert reached - best.fun < 0.05 < minus_log_likelihood(start, y) - best.fun
    slope = approx_fprime(found, minus_log_likelihood, 1e-7, y)
    assert np.abs(slope).max() < 5


def test_arrays_become_comparable_and_their_variances_equal_along_expression():
    found = pylimma.normalize_vsn(Y)
    assert np.ptp(np.median(found, axis=0)) < 0.08
    spread = found.std(axis=1)[np.argsort(found.mean(axis=1))]
    low, high = np.median(spread[:100]), np.median(spread[200:])
    assert low / high == pytest.approx(1, abs=0.4)
    logs = np.log2(np.maximum(Y, 1))
    raw = (logs - np.median(logs, axis=0)).std(axis=1)[np.argsort(found.mean(axis=1))]
    assert np.median(raw[:100]) / np.median(raw[200:]) > 1.4


def test_large_intensities_are_nearly_logarithms():
    found = pylimma.normalize_vsn(Y)
    top = np.argsort(SIGNAL[:, 0])[-20:]
    slope = np.polyfit(np.log2(Y[top, 0]), found[top, 0], 1)[0]
    assert slope == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("quantile", [1, 0.9])
def test_probes_and_arrays_may_stand_in_any_order(quantile):
    rows, columns = RNG.permutation(300), [2, 0, 3, 1]
    found = pylimma.normalize_vsn(Y, lts_quantile=quantile)
    moved = pylimma.normalize_vsn(Y[rows][:, columns], lts_quantile=quantile)
    np.testing.assert_allclose(moved, found[rows][:, columns], atol=0.1)


def test_outlying_probes_have_no_say_when_they_are_left_out():
    y = Y.copy()
    changed = np.argsort(SIGNAL[:, 0])[-20:]
    y[changed, 0] *= 8
    kept = np.setdiff1d(np.arange(300), changed)
    errors = [
        np.median(np.abs(np.diff(pylimma.normalize_vsn(y, q)[kept][:, :2], axis=1)))
        for q in (0.8, 1)
    ]
    assert errors[0] < errors[1]


def test_rows_are_kept_by_their_deviation_beside_rows_of_like_mean():
    h = np.arange(50.0)[:, None] + np.outer(np.tile(np.arange(10.0), 5), [-0.01, 0.01])
    kept = vsn._best_rows(h, 0.8).reshape(5, 10)
    assert kept[0].all()
    np.testing.assert_array_equal(kept[1:].sum(axis=1), [8, 8, 8, 8])
    h[45, 0] = np.nan
    assert not vsn._best_rows(h, 1.0)[45]


def test_missing_values_and_empty_rows_stay_missing():
    y = Y.copy()
    y[3], y[5, 1] = np.nan, np.inf
    with pytest.warns(pylimma.errors.InputWarning, match="1 infinite values"):
        found = pylimma.normalize_vsn(y)
    expected = np.zeros(Y.shape, dtype=bool)
    expected[3], expected[5, 1] = True, True
    np.testing.assert_array_equal(np.isnan(found), expected)


def test_the_kind_of_data_and_its_labels_are_kept():
    names = [f"p{k}" for k in range(300)]
    frame = pd.DataFrame(Y, names, list("abcd"))
    expected = pylimma.normalize_vsn(Y)
    pd.testing.assert_frame_equal(
        pylimma.normalize_vsn(frame), pd.DataFrame(expected, names, list("abcd"))
    )
    raw = pylimma.EListRaw(E=frame + 7, Eb=np.full(Y.shape, 7.0), genes=pd.DataFrame({"x": names}))
    found = pylimma.normalize_vsn(raw)
    assert type(found) is pylimma.EList
    np.testing.assert_allclose(found.E, expected, atol=0.05)
    assert list(found.row_names) == names
    assert "Eb" not in found


def test_channels_are_normalised_together():
    raw = pylimma.RGList(
        R=Y[:, 2:] + 9, G=Y[:, :2] + 4, Rb=np.full((300, 2), 9.0), Gb=np.full((300, 2), 4.0)
    )
    found = pylimma.normalize_vsn(raw)
    channels = pylimma.normalize_vsn(Y)
    np.testing.assert_allclose(found.M, channels[:, 2:] - channels[:, :2], atol=0.05)
    np.testing.assert_allclose(found.A, (channels[:, 2:] + channels[:, :2]) / 2, atol=0.05)


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (Y[:41], {}, InputError, "needs 42 probes and 2 arrays"),
        (Y[:, :1], {}, InputError, "the data are 300 × 1"),
        (Y, {"lts_quantile": 0.4}, InputError, "`lts_quantile` must lie between 0.5 and 1"),
        (np.ones((60, 3)), {}, InputError, "do not differ between arrays"),
        (pylimma.EList(E=Y), {}, InputTypeError, "whose values are logarithms"),
        (pylimma.MAList(M=Y, A=Y), {}, InputTypeError, "whose values are logarithms"),
    ],
)
def test_what_cannot_be_transformed_is_refused(x, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.normalize_vsn(x, **options)
