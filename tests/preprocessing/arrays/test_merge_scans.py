"""Two scans merged: the fit against a general optimiser, saturation of made data, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import least_squares

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError, UnknownNameError
from pylimma.preprocessing.arrays.merge_scans import fit_two_lines, outliers

RNG = np.random.default_rng(6)
N_SPOTS = 400
TRUE = np.exp(RNG.uniform(5, 11, (N_SPOTS, 3)))
GAIN = 2.6
MOST = 65_535


def scanned(gain, noise=0.02):
    """Intensities of a scan, which ends at the largest number of 16 bits."""
    return np.minimum(TRUE * gain * RNG.lognormal(0, noise, TRUE.shape), MOST)


LOW, HIGH = scanned(1), scanned(GAIN)


def pair(low=LOW, high=HIGH, **more):
    return pylimma.RGList(R=low, G=low / 2, **more), pylimma.RGList(R=high, G=high / 2, **more)


def slow_lines(x, parameters):
    """Two lines joined at a break, point by point."""
    intercept, first, second, at = parameters
    width = (max(x) - min(x)) / 200
    found = []
    for value in x:
        if value < at - width:
            bend = 0.0
        elif value > at + width:
            bend = value - at
        else:
            bend = (value - at + width) ** 2 / (4 * width)
        found.append(intercept + first * value + (second - first) * bend)
    return np.array(found)


def test_the_fit_is_that_of_a_general_optimiser_over_all_parameters():
    x, y = np.sqrt(LOW[:, 0]), np.sqrt(HIGH[:, 0])
    found = fit_two_lines(x, y)
    start = [0, 1.5, 0.1, 150]
    scale = [1, 0.1, 0.1, 10]
    slow = least_squares(
        lambda p: slow_lines(x, p) - y, start, x_scale=scale, xtol=1e-14, ftol=1e-15
    )
    ours = [found.intercept, found.slope, found.slope + found.change, found.at]
    np.testing.assert_allclose(ours, slow.x, rtol=2e-5, atol=1e-4)
    assert ((y - found.height(x)) ** 2).sum() <= 2 * slow.cost * (1 + 1e-10)
    np.testing.assert_allclose(found.height(x), slow_lines(x, ours), rtol=1e-12)


def test_outliers_are_those_of_a_loop_over_fits_without_each_point():
    x = RNG.uniform(0, 10, 30)
    e = stats.t(3).rvs(30, random_state=1)
    design = np.column_stack([np.ones(30), x])
    p = []
    for i in range(30):
        h = design[i] @ np.linalg.solve(design.T @ design, design[i])
        variance = (sum(e**2) - e[i] ** 2 / (1 - h)) / 27
        p.append(2 * stats.t.sf(abs(e[i]) / np.sqrt(variance * (1 - h)), 27))
    for limit in (1e-9, 0.05, 0.5, 0.99):
        expected, largest = [], 0.0
        for rank, i in enumerate(np.argsort(p)):
            largest = max(largest, p[i] * (30 - rank))
            if rank and largest > limit:
                break
            expected.append(i)
        assert np.flatnonzero(outliers(x, e, limit)).tolist() == sorted(expected)


def test_saturated_spots_come_close_to_the_truth_and_the_others_stay():
    merged = pylimma.merge_scans_rg(*pair(), outlierp=0)
    saturated = merged["other"]["Rsaturated"] == 1
    beyond = TRUE * GAIN > 1.05 * MOST
    assert saturated[beyond].all()
    assert not saturated[TRUE * GAIN < 0.9 * MOST].any()
    np.testing.assert_array_equal(merged["R"][~saturated], HIGH[~saturated])
    np.testing.assert_allclose(merged["R"][beyond], TRUE[beyond] * GAIN, rtol=0.15)
    assert merged["other"]["Routlier"].sum() == 0


def test_outliers_are_missing_where_they_are_above_noise():
    high = HIGH.copy()
    odd = np.flatnonzero((high[:, 0] > 10_000) & (high[:, 0] < 40_000))[:2]
    high[odd, 0] *= 0.3
    assert np.isnan(pylimma.merge_scans_rg(*pair(high=high))["R"][odd, 0]).all()
    above = np.ones(LOW.shape)
    above[odd[0], 0] = 0
    kept = pylimma.merge_scans_rg(*pair(high=high), above_noise_low_r=above)
    assert kept["R"][odd[0], 0] == high[odd[0], 0]
    assert kept["other"]["Routlier"][odd, 0].tolist() == [1, 1]


def test_a_spot_that_is_missing_in_either_scan_is_missing():
    low, high = LOW.copy(), HIGH.copy()
    low[0], high[1] = np.nan, np.nan
    merged = pylimma.merge_scans_rg(*pair(low, high))
    assert np.isnan(merged["R"][:2]).all()
    assert np.isnan(merged["other"]["Gsaturated"][:2]).all()


def test_scans_that_do_not_saturate_stay_as_they_are():
    high = TRUE * GAIN * RNG.lognormal(0, 0.02, TRUE.shape)
    merged = pylimma.merge_scans_rg(*pair(TRUE, high), outlierp=0)
    np.testing.assert_array_equal(merged["R"], high)


def test_everything_else_is_that_of_the_stronger_scan_and_spots_match_by_name():
    names = [f"p{k}" for k in range(N_SPOTS)]
    low, high = pair(genes=pd.DataFrame({"ID": names}, names), other={"area": HIGH})
    high["Rb"] = HIGH / 100
    merged = pylimma.merge_scans_rg(low.subset(slice(None, None, -1)), high)
    np.testing.assert_array_equal(merged["R"], pylimma.merge_scans_rg(low, high)["R"])
    np.testing.assert_array_equal(merged["Rb"], high["Rb"])
    assert set(merged["other"]) == {"area", "Goutlier", "Routlier", "Gsaturated", "Rsaturated"}
    assert merged.row_names.tolist() == names


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.merge_scans_rg(LOW, HIGH), InputTypeError, "`rg_low` must be an RGList"),
        (
            lambda: pylimma.merge_scans_rg(*pair(high=HIGH[:, :2])),
            ShapeError,
            "has 400 spots × 3 arrays; `rg_high` has 400 × 2",
        ),
        (
            lambda: pylimma.merge_scans_rg(*pair(HIGH * 0 + 1)),
            InputError,
            "`G` of array 0 has 1 different values among spots of both scans",
        ),
        (
            lambda: pylimma.merge_scans_rg(*pair(MOST - HIGH)),
            InputError,
            "does not rise with the weaker scan",
        ),
        (lambda: pylimma.merge_scans_rg(*pair(), outlierp=2), InputError, "`outlierp` must lie"),
        (
            lambda: pylimma.merge_scans_rg(*pair(), above_noise_low_g=np.ones(3)),
            ShapeError,
            r"`above_noise_low_g` has shape \(3,\)",
        ),
        (
            lambda: pylimma.merge_scans_rg(
                pair()[0].with_names(genes=[f"a{k}" for k in range(N_SPOTS)]),
                pair()[1].with_names(genes=[f"b{k}" for k in range(N_SPOTS)]),
            ),
            UnknownNameError,
            "Genes of `rg_low` do not match",
        ),
    ],
)
def test_what_cannot_be_merged_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
