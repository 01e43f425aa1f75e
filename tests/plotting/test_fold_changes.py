"""Coordinates of MD and MA plots."""

import numpy as np
import pandas as pd
import pytest
from plotting_checks import legend_texts, offsets

import pylimma
from pylimma.errors import InputError, InputWarning, ShapeError, StageError, UnknownNameError


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


def test_raw_channels_are_shown_as_their_log_ratios(values):
    rng = np.random.default_rng(2)
    back = {"Rb": rng.gamma(4, 4, values.shape), "Gb": rng.gamma(4, 4, values.shape)}
    raw = pylimma.RGList(R=np.exp2(values), G=np.exp2(values[::-1].to_numpy()), **back)
    raw["weights"] = np.where(np.arange(30) == 7, 0.0, 1.0)[:, None] * np.ones(4)
    red, green = raw["R"] - raw["Rb"], raw["G"] - raw["Gb"]
    with np.errstate(invalid="ignore"):
        m, a = np.log2(red / green)[:, 2], np.log2(red * green)[:, 2] / 2
    lost = (red[:, 2] <= 0) | (green[:, 2] <= 0)
    m[lost] = a[lost] = np.nan
    m[7] = a[7] = np.nan
    for picture in (pylimma.plot_md, pylimma.plot_ma):
        ax = picture(raw, "w")
        np.testing.assert_allclose(offsets(ax.collections[0]), np.column_stack([a, m]))
        assert ax.get_ylabel() == r"$\log_2$ ratio M (red / green)"
        assert ax.texts[-1].get_text() == f"{np.isnan(m).sum()} spots without values"
        with pytest.warns(InputWarning, match="not positive"):
            ratios = pylimma.ma_rg(raw, "subtract")
        again = offsets(picture(ratios, 2).collections[0])
        np.testing.assert_allclose(again, np.column_stack([a, m]))


def test_raw_intensities_of_one_channel_are_compared_as_logarithms(values):
    raw = pylimma.EListRaw({"E": np.exp2(values) + 5, "Eb": np.full(values.shape, 5.0)})
    shown = offsets(pylimma.plot_ma(raw, "v").collections[0])
    np.testing.assert_allclose(shown, offsets(pylimma.plot_md(values, "v").collections[0]))


def test_names_asked_for_and_those_of_top_genes_add_up(fit):
    best = [f"g{k}" for k in np.argsort(fit["p_value"][:, 1])[:3]]
    ax = pylimma.plot_md(fit, top=3, labels=["g50", best[0]], lfc=2)
    assert {text.get_text() for text in ax.texts if text.get_text()} == {*best, "g50"}
    assert [line.get_ydata()[0] for line in ax.lines] == [0, -2, 2]
    with pytest.raises(UnknownNameError, match="`labels` has 'g999'; there are 'g"):
        pylimma.plot_md(fit, labels="g999")


def test_names_and_kinds_may_be_columns_of_the_annotation(fit):
    table = pd.DataFrame(
        {"Symbol": "s", "Call": [f"c{k}" for k in range(60)], "Kind": ["a"] * 50 + ["b"] * 10},
        index=fit.row_names,
    )
    ax = pylimma.plot_md(fit.replace(genes=table), names="Call", labels="c7", status="Kind")
    assert [text.get_text() for text in ax.texts] == ["c7"]
    assert legend_texts(ax) == ["b (10)", "a (50)"]
    for argument in ("names", "status"):
        with pytest.raises(UnknownNameError, match=f"`{argument}` is 'Cal'; .* has 'Call', 'Symb"):
            pylimma.plot_md(fit.replace(genes=table), **{argument: "Cal"})


def test_what_cannot_be_shown_is_named(fit, values):
    with pytest.raises(UnknownNameError, match="No coefficients named 'C'"):
        pylimma.plot_md(fit, "C")
    with pytest.raises(StageError, match="no average expression 'Amean'"):
        pylimma.plot_md(fit.replace(Amean=None))
    with pytest.raises(ShapeError, match="One sample has no others"):
        pylimma.plot_md(values[["u"]])
    with pytest.raises(ShapeError, match="`names` has 2 values; there are 60 genes"):
        pylimma.plot_md(fit, names=["a", "b"])
    with pytest.raises(InputError, match="`columns` must be two samples; got 3"):
        pylimma.mdplot(values, columns=(0, 1, 2))
