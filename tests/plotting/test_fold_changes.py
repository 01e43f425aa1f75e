"""Coordinates of MD and MA plots."""

import numpy as np
import pandas as pd
import pytest
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError, StageError, UnknownNameError


@pytest.fixture
def values():
    rng = np.random.default_rng(6)
    names = ["u", "v", "w", "z"]
    return pd.DataFrame(rng.normal(8, 2, size=(30, 4)), columns=names)


def test_a_sample_is_set_against_the_average_of_the_others(values):
    shown = offsets(pylimma.plot_md(values, column=1).collections[0])
    others = values[["u", "w", "z"]].mean(axis=1)
    np.testing.assert_allclose(shown[:, 0], (values["v"] + others) / 2)
    np.testing.assert_allclose(shown[:, 1], values["v"] - others)


def test_a_sample_is_found_by_name_and_gives_the_title(values):
    assert pylimma.plot_md(values, column="w").get_title(loc="left") == "w"


def test_missing_values_are_left_out_of_the_average(values):
    values.iloc[0, 0] = np.nan
    shown = offsets(pylimma.plot_md(values, column="v").collections[0])
    assert shown[0, 1] == pytest.approx(values.iloc[0, 1] - values.iloc[0, 2:].mean())


def test_values_of_no_weight_are_hidden(values):
    weights = np.ones(values.shape)
    weights[:5, 0] = 0
    elist = pylimma.EList({"E": values, "weights": weights})
    shown = offsets(pylimma.plot_md(elist).collections[0])
    np.testing.assert_array_equal(np.isnan(shown[:, 1]), np.arange(30) < 5)
    everything = offsets(pylimma.plot_md(elist, zero_weights=True).collections[0])
    assert np.isfinite(everything).all()


def test_a_fit_shows_its_last_coefficient(fit):
    ax = pylimma.plot_md(fit)
    np.testing.assert_array_equal(offsets(ax.collections[0])[:, 0], fit["Amean"])
    np.testing.assert_array_equal(offsets(ax.collections[0])[:, 1], fit["coefficients"][:, 1])
    assert ax.get_title(loc="left") == "B"


def test_outcomes_of_the_same_column_are_picked(fit):
    calls = np.zeros((60, 2))
    calls[:4, 0], calls[:7, 1] = 1, -1
    assert legend_texts(pylimma.plot_md(fit, coef=0, status=calls))[0] == "up (4)"
    assert legend_texts(pylimma.plot_md(fit, coef="B", status=calls))[0] == "down (7)"


def test_genes_of_the_smallest_p_values_are_named(fit):
    ax = pylimma.plot_md(fit, column=0, highlight=3)
    expected = {f"g{k}" for k in np.argsort(fit["p_value"][:, 0])[:3]}
    assert {text.get_text() for text in ax.texts} == expected


def test_symbols_of_the_annotation_are_used_where_there_are_any(fit):
    symbols = [f"Sym{k}" for k in range(60)]
    annotated = fit.replace(genes=pd.DataFrame({"Symbol": symbols}, index=fit.row_names))
    ax = pylimma.plot_md(annotated, column=0, highlight=1)
    assert ax.texts[0].get_text() == f"Sym{np.argmin(fit['p_value'][:, 0])}"


def test_the_annotations_status_is_used(values):
    status = ["gene"] * 28 + ["spike", "spike"]
    elist = pylimma.EList({"E": values, "genes": pd.DataFrame({"Status": status})})
    assert legend_texts(pylimma.plot_md(elist)) == ["spike (2)", "gene (28)"]


def test_an_ma_plot_takes_outcomes_of_one_test_only(fit):
    with pytest.raises(InputError, match="`status` has 2 tests"):
        pylimma.plot_ma(fit, status=np.zeros((60, 2)))


def test_an_ma_plot_shows_what_the_md_plot_shows(values):
    one, other = pylimma.plot_ma(values, array=2), pylimma.plot_md(values, 2)
    np.testing.assert_array_equal(offsets(one.collections[0]), offsets(other.collections[0]))


def test_two_samples_are_compared_second_minus_first(values):
    ax = pylimma.mdplot(values, columns=("w", "u"))
    shown = offsets(ax.collections[0])
    np.testing.assert_allclose(shown[:, 1], values["u"] - values["w"])
    np.testing.assert_allclose(shown[:, 0], (values["u"] + values["w"]) / 2)
    assert ax.get_title(loc="left") == "u vs w"


def test_what_cannot_be_shown_is_named(fit, values):
    with pytest.raises(UnknownNameError, match="No coefficients named 'C'"):
        pylimma.plot_md(fit, "C")
    with pytest.raises(StageError, match="no average expression 'Amean'"):
        pylimma.plot_md(fit.replace(Amean=None))
    with pytest.raises(ShapeError, match="One sample has no others"):
        pylimma.plot_md(values[["u"]])
    with pytest.raises(InputTypeError, match="background of a EListRaw"):
        pylimma.plot_md(pylimma.EListRaw({"E": values}))
    with pytest.raises(ShapeError, match="`names` has 2 values; there are 60 genes"):
        pylimma.plot_md(fit, names=["a", "b"])
    with pytest.raises(InputError, match="`columns` must be two samples; got 3"):
        pylimma.mdplot(values, columns=(0, 1, 2))
