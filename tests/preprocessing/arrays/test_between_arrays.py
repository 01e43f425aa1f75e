"""Normalisation between arrays of one or two colours."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, ShapeError

RNG = np.random.default_rng(43)
Y = pd.DataFrame(
    RNG.normal(8, 1, (60, 4)) * [1, 1.2, 0.8, 1],
    index=[f"g{k}" for k in range(60)],
    columns=list("abcd"),
)
MA = pylimma.MAList(M=Y - Y.mean(), A=Y + RNG.normal(size=Y.shape))
CYCLIC = {"span": 0.6, "adaptive_span": False, "iterations": 2}


def channels(ma):
    return np.hstack([ma["A"] - ma["M"] / 2, ma["A"] + ma["M"] / 2])


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        (None, {}, pylimma.normalize_quantiles(Y)),
        ("none", {}, Y),
        ("scale", {}, pylimma.normalize_median_values(Y)),
        ("quantile", {"ties": False}, pylimma.normalize_quantiles(Y, ties=False)),
        ("cyclicloess", CYCLIC, pylimma.normalize_cyclic_loess(Y, **CYCLIC)),
        (
            "cyclicloess",
            {**CYCLIC, "cyclic_method": "pairs"},
            pylimma.normalize_cyclic_loess(Y, **CYCLIC, method="pairs"),
        ),
    ],
)
def test_methods_for_one_colour_are_the_functions_of_that_name(method, options, expected):
    pd.testing.assert_frame_equal(pylimma.normalize_between_arrays(Y, method, **options), expected)
    named = {} if method is None else {"method": method}
    found = pylimma.normalize_between_samples(Y, **named, **options)
    pd.testing.assert_frame_equal(found, expected)


def test_only_the_expression_of_an_elist_changes_between_samples():
    data = pylimma.EList(E=Y, weights=np.ones(Y.shape), genes=pd.DataFrame(index=Y.index))
    found = pylimma.normalize_between_samples(data, "scale")
    np.testing.assert_allclose(found["E"], pylimma.normalize_median_values(Y))
    np.testing.assert_array_equal(found["weights"], data["weights"])


@pytest.mark.parametrize("data", [MA, pylimma.EListRaw(E=2**Y), pylimma.DGEList(Y.round())])
def test_samples_that_are_not_log_expression_are_sent_elsewhere(data):
    with pytest.raises(InputTypeError, match=f"got {type(data).__name__}, which"):
        pylimma.normalize_between_samples(data)


def test_raw_intensities_are_normalised_and_their_logarithms_taken():
    raw = pylimma.EListRaw(E=2**Y, genes=pd.DataFrame({"id": Y.index}, index=Y.index))
    for method, function in {
        "none": np.asarray,
        "scale": pylimma.normalize_median_values,
        "quantile": pylimma.normalize_quantiles,
    }.items():
        found = pylimma.normalize_between_arrays(raw, method)
        assert type(found) is pylimma.EList
        np.testing.assert_allclose(found["E"], np.log2(function(2**Y)), rtol=1e-12)
        assert list(found.row_names) == list(Y.index)
    cyclic = pylimma.normalize_between_arrays(raw, "cyclicloess", **CYCLIC)
    np.testing.assert_allclose(cyclic["E"], pylimma.normalize_cyclic_loess(Y, **CYCLIC))


def test_a_background_and_intensities_without_logarithm_are_warned_of():
    raw = pylimma.EListRaw(E=2**Y - 30, Eb=np.ones(Y.shape))
    with (
        pytest.warns(InputWarning, match="`Eb` is ignored"),
        pytest.warns(InputWarning, match="intensities are not positive"),
    ):
        found = pylimma.normalize_between_arrays(raw, "none")
    np.testing.assert_array_equal(np.isnan(found["E"]), raw["E"] <= 0)


def test_log_ratios_are_scaled_to_the_same_median_absolute_value():
    found = pylimma.normalize_between_arrays(MA, "scale")
    assert np.ptp(np.median(np.abs(found["M"]), axis=0)) == pytest.approx(0, abs=1e-12)
    assert np.ptp(np.median(np.abs(found["A"]), axis=0)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("method", [None, "Aquantile"])
def test_averages_get_the_same_quantiles_and_log_ratios_stay(method):
    found = pylimma.normalize_between_arrays(MA, method)
    np.testing.assert_array_equal(found["M"], MA["M"])
    np.testing.assert_array_equal(found["A"], pylimma.normalize_quantiles(MA["A"]))


@pytest.mark.parametrize(("method", "own"), [("Gquantile", slice(4)), ("Rquantile", slice(4, 8))])
def test_one_channel_gets_the_same_quantiles_and_log_ratios_stay(method, own):
    found = pylimma.normalize_between_arrays(MA, method)
    np.testing.assert_array_equal(found["M"], MA["M"])
    sorted_channel = np.sort(channels(found)[:, own], axis=0)
    np.testing.assert_allclose(sorted_channel, sorted_channel[:, :1] * np.ones(4))


def test_all_channels_get_the_same_quantiles():
    found = pylimma.normalize_between_arrays(MA, "quantile")
    np.testing.assert_allclose(channels(found), pylimma.normalize_quantiles(channels(MA)))


@pytest.mark.parametrize("where", ["argument", "table", "stored"])
def test_channels_of_each_target_get_the_same_quantiles(where):
    labels = [*"xyxz", *"yxyx"]
    table = pd.DataFrame({"slide": range(4), "Cy3": labels[:4], "Cy5": labels[4:]})
    data = MA.replace(targets=table) if where == "stored" else MA
    given = {"argument": labels, "table": table, "stored": None}[where]
    found = channels(pylimma.normalize_between_arrays(data, "Tquantile", targets=given))
    for target in "xyz":
        own = np.array(labels) == target
        np.testing.assert_allclose(
            found[:, own], pylimma.normalize_quantiles(channels(MA)[:, own]), rtol=1e-12
        )


def test_raw_channels_become_log_ratios_after_subtraction_of_the_background():
    red, green = 2**Y + 5, 2 ** Y.shift(1, axis=1, fill_value=8) + 5
    raw = pylimma.RGList(R=red, G=green, Rb=np.full(Y.shape, 5.0), Gb=np.full(Y.shape, 5.0))
    found = pylimma.normalize_between_arrays(raw, "none")
    np.testing.assert_allclose(found["M"], np.log2(red - 5) - np.log2(green - 5), atol=1e-12)
    assert "Rb" not in found
    assert list(found.row_names) == list(Y.index)


def test_cyclic_loess_has_no_effect_on_two_colours_and_says_so():
    with pytest.warns(InputWarning, match="no effect on data of two colours"):
        found = pylimma.normalize_between_arrays(MA, "cyclicloess")
    np.testing.assert_array_equal(found["M"], MA["M"])


def test_voom_normalises_its_log_counts():
    counts = RNG.poisson(50, (80, 4)) * np.array([1, 2, 1, 1])
    for method in ("scale", "quantile", "cyclicloess"):
        found = pylimma.voom(counts, normalize_method=method)
        plain = pylimma.voom(counts)["E"]
        np.testing.assert_allclose(
            found["E"], pylimma.normalize_between_arrays(plain, method), rtol=1e-12
        )


@pytest.mark.parametrize(
    ("data", "arguments", "error", "message"),
    [
        (Y, {"method": "vsn"}, InputError, "`normalize_vsn`"),
        (Y, {"method": "Aquantile"}, InputError, "must be one of 'none', 'scale', 'quantile'"),
        (Y, {"method": "quantile", "span": 1}, InputError, "has no option 'span'; it takes 'ties'"),
        (Y, {"method": "none", "ties": 1}, InputError, "it takes none"),
        (Y, {"method": "cyclicloess", "cyclic_method": "x"}, InputError, "`method` must be one of"),
        (MA, {"method": "Tquantile"}, InputError, "needs `targets`"),
        (MA, {"method": "Tquantile", "targets": list("xy")}, ShapeError, "2 labels; there are 8"),
        (
            MA,
            {"method": "Tquantile", "targets": pd.DataFrame({"Cy3": list("xxyy")})},
            InputError,
            "`targets` lacks columns 'Cy5'",
        ),
        (
            MA,
            {"method": "Tquantile", "targets": [None, *"xxxxxxx"]},
            InputError,
            "missing for 1 channels",
        ),
        (pylimma.MAList(M=Y), {}, InputError, "average intensities `A`"),
        (pylimma.DGEList(counts=np.ones((3, 2))), {}, InputTypeError, "`normalize_method`"),
    ],
)
def test_what_cannot_be_used_is_refused(data, arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.normalize_between_arrays(data, **arguments)
