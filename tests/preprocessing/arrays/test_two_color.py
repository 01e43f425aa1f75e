"""From channels to log-ratios and back."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, InputWarning, UnknownNameError

RNG = np.random.default_rng(7)
NAMES = [f"g{k}" for k in range(9)], ["x", "y"]
RED, GREEN = (pd.DataFrame(RNG.uniform(100, 900, (9, 2)), *NAMES) for _ in range(2))
RAW = pl.RGList(R=RED, G=GREEN, weights=RED / 900, genes={"ID": NAMES[0]}, other={"f": RED})


def test_log_ratios_and_averages_are_their_formulas():
    result = pl.ma_rg(RAW.replace(Rb=RED / 2, Gb=GREEN / 4), offset=8)
    red, green = RED / 2 + 8, GREEN * 0.75 + 8
    np.testing.assert_allclose(result.M, np.log2(red / green), atol=1e-13)
    np.testing.assert_allclose(result.A, np.log2(red * green) / 2, atol=1e-13)
    assert set(result) == {"M", "A", "weights", "genes"}
    assert result.col_names.tolist() == ["x", "y"]


def test_intensities_that_are_not_positive_have_no_logarithm():
    with pytest.warns(InputWarning, match="1 intensities of `R` are not positive"):
        result = pl.ma_rg({"R": [[4.0], [0.0]], "G": [[1.0], [1.0]]})
    np.testing.assert_array_equal(result.M, [[2.0], [np.nan]])


def test_the_way_back_gives_the_intensities():
    back = pl.rg_ma(pl.ma_rg(RAW))
    np.testing.assert_allclose(back.R, RED, rtol=1e-13)
    np.testing.assert_allclose(back.G, GREEN, rtol=1e-13)
    assert set(back) == {"R", "G", "weights", "genes"}


def test_channels_stand_side_by_side_array_by_array():
    result = pl.exprs_ma(pl.ma_rg(RAW))
    np.testing.assert_allclose(result[:, 0::2], np.log2(GREEN), rtol=1e-14)
    np.testing.assert_allclose(result[:, 1::2], np.log2(RED), rtol=1e-14)


def test_an_rglist_as_an_array_is_its_log_ratios():
    raw = RAW.replace(Rb=RED - 60, Gb=GREEN - 30)
    raw.R[0, 0] = np.nan
    raw.Gb[1, 1] = 1000
    with pytest.warns(InputWarning):
        expected = pl.ma_rg(raw).M
    np.testing.assert_allclose(np.asarray(raw), expected, atol=1e-14)
    assert np.isnan(expected).sum() == 2


def test_an_rglist_as_a_table_has_all_its_channels():
    table = RAW.replace(Gb=GREEN / 9).to_frame()
    assert table.columns.tolist() == ["ID", "R.x", "R.y", "G.x", "G.y", "Gb.x", "Gb.y"]
    np.testing.assert_array_equal(table[["G.x", "G.y"]], GREEN)
    assert table.index.tolist() == NAMES[0]
    bare = pl.RGList(R=RED.to_numpy(), G=GREEN.to_numpy()).to_frame()
    assert bare.columns.tolist() == ["R.1", "R.2", "G.1", "G.2"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pl.ma_rg(pl.RGList(R=RED)), InputError, "channels `R` and `G`; got RGList with R"),
        (lambda: pl.ma_rg(pl.MAList(M=RED)), InputError, "got MAList with M"),
        (lambda: pl.ma_rg(RED), InputTypeError, "is built of a dict"),
        (lambda: pl.rg_ma(pl.MAList(M=RED)), InputError, "no average log-intensities"),
        (lambda: pl.exprs_ma(RAW), InputTypeError, "An MAList is needed"),
        (lambda: np.asarray(pl.RGList(R=RED)), UnknownNameError, "'G' is not there"),
    ],
)
def test_what_lacks_a_channel_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
