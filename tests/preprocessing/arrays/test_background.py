"""Correction for the background around the spots."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, InputWarning, Note, ShapeError

RNG = np.random.default_rng(5)
NAMES = [f"g{k}" for k in range(24)], ["a", "b", "c"]
B = pd.DataFrame(RNG.uniform(40, 60, (24, 3)), *NAMES)
F = B + pd.DataFrame(RNG.exponential(300, (24, 3)) - 40, *NAMES)
LAYOUT = pl.PrintLayout(ngrid_r=1, ngrid_c=2, nspot_r=4, nspot_c=3)
LEFT_OUT = {"R": np.array([1.0, 2]), "printer": 1}


def corrected(method, **options):
    return pl.background_correct_matrix(F, B, method, **options)


def test_simple_methods_are_their_formulas():
    difference = F - B
    pd.testing.assert_frame_equal(corrected("auto"), difference)
    pd.testing.assert_frame_equal(corrected("subtract", offset=16), difference + 16)
    pd.testing.assert_frame_equal(corrected("half"), difference.clip(lower=0.5))
    smallest = difference.where(difference > 0).min()
    pd.testing.assert_frame_equal(
        corrected("minimum"), difference.where(difference > 0, smallest / 2, axis=1)
    )
    pd.testing.assert_frame_equal(corrected("none"), F)


def test_edwards_joins_a_curve_to_the_differences():
    for name in F:
        difference = F[name] - B[name]
        delta = difference.quantile(1.1 * (difference <= 0).mean())
        curve = delta * np.exp(1 - (B[name] + delta) / F[name])
        expected = difference.where(difference >= delta, curve)
        np.testing.assert_allclose(corrected("edwards")[name], expected, rtol=1e-13)


def test_edwards_without_enough_signals_names_another_method():
    with pytest.raises(InputError, match=r'in 0% of the .* method="normexp"'):
        pl.background_correct_matrix(B - 10, B, "edwards")


def test_moving_minima_are_taken_on_the_slide_if_its_layout_is_given():
    with pytest.warns(Note, match="`printer` gives those on the slide"):
        in_table = pl.background_correct(pl.EListRaw(E=F, Eb=B), "movingmin").E
    np.testing.assert_array_equal(in_table, corrected("movingmin"))
    on_slide = pl.background_correct(pl.EListRaw(E=F, Eb=B), "movingmin", printer=LAYOUT).E
    np.testing.assert_array_equal(on_slide, F - pl.ma3x3_spottedarray(B, LAYOUT, "min"))
    assert not np.array_equal(in_table, on_slide)


@pytest.mark.parametrize("method", ["subtract", "half", "minimum", "edwards", "normexp"])
def test_missing_values_stay_missing_and_change_nothing_else(method):
    missing = F.copy()
    missing.iloc[[3, 7], 0] = np.nan
    result = pl.background_correct_matrix(missing, B, method)
    assert np.argwhere(result.isna().to_numpy()).tolist() == [[3, 0], [7, 0]]
    kept = np.delete(np.arange(24), [3, 7])
    fewer = pl.background_correct_matrix(F.iloc[kept], B.iloc[kept], method)
    np.testing.assert_array_equal(result.iloc[kept, 0], fewer["a"])
    np.testing.assert_array_equal(result[["b", "c"]], corrected(method)[["b", "c"]])


def test_an_array_without_a_positive_difference_has_no_minimum():
    assert np.isnan(pl.background_correct_matrix(B - 10, B, "minimum")).all(axis=None)


def test_background_is_matched_by_name():
    other = pl.background_correct_matrix(F, B.iloc[::-1, ::-1], "subtract")
    pd.testing.assert_frame_equal(other, F - B)


def test_containers_lose_their_background_and_keep_everything_else():
    raw = pl.RGList(R=F, G=F + 5, Rb=B, Gb=B, printer=LAYOUT, other={"flags": F > 60})
    result = pl.background_correct(raw, "none", offset=1)
    assert set(result) == {"R", "G", "printer", "other"}
    np.testing.assert_array_equal(result.R, F + 1)
    assert result.row_names.tolist() == NAMES[0]
    assert "Rb" in raw


def test_a_dict_is_a_container_and_a_vector_an_array():
    assert isinstance(pl.background_correct({"R": F, "G": F}, "none"), pl.RGList)
    vector = pl.background_correct_matrix(F["a"], B["b"].iloc[::-1], "subtract")
    np.testing.assert_array_equal(vector, F["a"] - B["b"])


def test_normexp_is_what_a_single_array_gives():
    signal = corrected("normexp", normexp_method="mle")
    for name in F:
        par = pl.normexp_fit(F[name] - B[name], "mle").par
        np.testing.assert_array_equal(signal[name], pl.normexp_signal(par, (F - B)[name]))
    assert (signal > 0).all(axis=None)
    without = pl.background_correct(pl.EListRaw(E=F)).E
    np.testing.assert_array_equal(without, pl.background_correct(F, "normexp"))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((F,), InputError, "method='auto' needs a background, and a matrix has none"),
        ((F, "subtract"), InputError, "needs a background"),
        ((pl.EListRaw(E=F, Eb=B), "best"), InputError, "`method` must be one of"),
        ((pl.EList(E=np.log2(F.abs())), "none"), InputTypeError, "raw intensities"),
        ((pl.EListRaw(E=F * 0 + 7),), InputError, "Array 'a' of `E` has 1 different values"),
        ((pl.EListRaw(E=F * 1e160),), InputError, "squares are no numbers"),
        ((pl.EListRaw(E=F * 1e-160),), InputError, "squares are no numbers"),
        ((pl.EListRaw(E=F.head(3)),), InputError, "at least 4 intensities"),
        ((pl.EListRaw(E=F), "none", np.inf), InputError, "`offset` must"),
        (({"R": F, "G": F}, "movingmin", 0, LEFT_OUT), InputError, "no argument 'R'"),
        (({"R": F, "G": F}, "movingmin", 0, {"ngrid_r": 1}), InputError, "`layout` lacks"),
        (
            ({"R": F, "G": F}, "movingmin", 0, {**LAYOUT, "nspot_r": 9}),
            ShapeError,
            "of 2 grids of 27 spots; the data have 24",
        ),
    ],
)
def test_what_cannot_be_corrected_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        pl.background_correct(*arguments)


def test_a_matrix_is_asked_for():
    with pytest.raises(InputTypeError, match="`background_correct` takes a EListRaw"):
        pl.background_correct_matrix(pl.EListRaw(E=F))


def test_infinite_intensities_are_missing():
    with pytest.warns(InputWarning, match="1 infinite values"):
        result = pl.background_correct_matrix([[1.0], [np.inf]], method="none")
    np.testing.assert_array_equal(result, [[1.0], [np.nan]])


def test_values_that_are_no_background_and_signal_overflow_nothing():
    x = np.random.default_rng(0).uniform(-9000, 9000, (24, 4))
    found = pl.background_correct(pl.EListRaw(E=x), method="normexp").E
    assert np.isfinite(found).all()
    assert (found > 0).all()
