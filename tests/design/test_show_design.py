"""What a design fits in each cell, against rows of the design matrix and regressions."""

import warnings

import numpy as np
import pandas as pd
import pytest

import pylimma as pl

SAMPLES = pd.DataFrame(
    {
        "group": ["wt", "wt", "ko", "ko", "wt", "ko"],
        "batch": list("ababaa"),
        "age": [30.0, 40, 35, 44, 50, 61],
        "donor": list("xxyyzz"),
        "dose": [0, 1, 2, 0, 1, 2],
    }
)
WILD_TYPE = {"group": "wt"}


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pl.errors.Note)
        warnings.simplefilter("ignore", pl.errors.InputWarning)
        yield


def test_cells_are_sums_of_coefficients():
    view = pl.show_design("~ group * batch", SAMPLES, reference=WILD_TYPE)
    assert view.cells["fitted"].tolist() == [
        "(Intercept)",
        "(Intercept) + batchb",
        "(Intercept) + groupko",
        "(Intercept) + groupko + batchb + groupko:batchb",
    ]
    assert view.cells["n"].tolist() == [2, 1, 2, 1]


@pytest.mark.parametrize(
    "formula",
    ["~ 0 + group", "~ group + batch", "~ batch * group", "~ C(group, contr.sum) + batch",
     "~ factor(dose) + group", "~ 1"],
)  # fmt: skip
def test_weights_of_a_cell_are_the_rows_of_its_samples(formula):
    view = pl.show_design(formula, SAMPLES)
    found = np.repeat(view.weights.to_numpy(), view.cells["n"], axis=0)
    by_row = sorted(map(tuple, pl.model_matrix(formula, SAMPLES).to_numpy()))
    assert sorted(map(tuple, found)) == by_row


def test_covariates_stand_for_the_value_of_the_sample():
    view = pl.show_design("~ group * age", SAMPLES, reference=WILD_TYPE)
    assert view.cells["fitted"].tolist() == [
        "(Intercept) + age * [age]",
        "(Intercept) + groupko + age * [age] + groupko:age * [age]",
    ]
    assert view.weights.isna().to_numpy().tolist() == [
        [False, False, True, False],
        [False, False, True, True],
    ]
    curve = pl.show_design("~ group + ns(age, 2)", SAMPLES, reference=WILD_TYPE)
    assert curve.cells["fitted"].tolist()[1] == "(Intercept) + groupko + curve ns(age, 2)"


def test_intervals_of_a_covariate_are_levels():
    view = pl.show_design("~ cut(dose, 2)", SAMPLES)
    assert view.cells["n"].tolist() == [4, 2]
    assert "(1,2]" in view.cells["dose"].iloc[1]


@pytest.mark.parametrize("formula", ["~ group + age", "~ group * age + batch", "~ 0 + group + age"])
def test_variance_inflation_is_that_of_regressions_on_the_other_columns(formula):
    view = pl.show_design(formula, SAMPLES)
    x = view.design.to_numpy(dtype=float)
    for k, name in enumerate(view.design.columns):
        others = np.delete(x, k, axis=1)
        if np.ptp(x[:, k]) == 0:
            assert np.isnan(view.vif[name])
            continue
        residual = x[:, k] - others @ np.linalg.lstsq(others, x[:, k], rcond=None)[0]
        constant = (np.ptp(others, axis=0) == 0).any()
        total = ((x[:, k] - x[:, k].mean() * constant) ** 2).sum()
        assert view.vif[name] == pytest.approx(total / (residual**2).sum(), rel=1e-10)


def test_what_cannot_be_estimated_or_was_not_observed_is_named():
    view = pl.show_design("~ donor + group + group:donor", SAMPLES)
    assert (view.vif == np.inf).sum() == 2
    said = " ".join(view.remarks())
    assert "Not estimable" in said
    assert "donor × group: no samples for x with ko, y with wt." in said
    table = view.cooccurrence["donor × group"]
    assert table.loc["x", "wt"] == 2
    assert table.loc["x", "ko"] == 0


def test_a_matrix_is_shown_by_its_different_rows():
    view = pl.show_design(np.array([[1, 0], [1, 0], [1, 1], [1, 1.0]]))
    assert view.cells.to_numpy().tolist() == [["0, 1", 2, "x1"], ["2, 3", 2, "x1 + x2"]]
    assert not view.cooccurrence


def test_a_fit_is_shown_with_its_samples():
    y = np.random.default_rng(1).normal(size=(20, 6))
    fit = pl.lm_fit(y, "~ group + batch", samples=SAMPLES, reference=WILD_TYPE)
    expected = pl.show_design("~ group + batch", SAMPLES, reference=WILD_TYPE)
    pd.testing.assert_frame_equal(pl.show_design(fit).cells, expected.cells)


def test_random_intercepts_are_not_part_of_it():
    view = pl.show_design("~ group + (1 | donor)", SAMPLES, reference=WILD_TYPE)
    assert view.cells["fitted"].tolist() == ["(Intercept)", "(Intercept) + groupko"]


def test_it_prints_as_a_table_and_shows_a_picture_in_notebooks():
    view = pl.show_design("~ group + donor", SAMPLES, reference=WILD_TYPE)
    lines = repr(view).splitlines()
    assert lines[0] == "Design of 6 samples in 4 cells, 4 coefficients"
    assert lines[2].split() == ["wt", "x", "2", "(Intercept)"]
    page = view._repr_html_()
    assert page.startswith("<svg")
    assert "groupko" in page


def test_the_picture_ends_at_each_cells_sum():
    view = pl.show_design("~ C(group, contr.sum) + batch", SAMPLES)
    ax = view.plot()
    bars = [line.get_ydata()[0] for line in ax.lines if line.get_linewidth() == 3]
    heights = np.linalg.lstsq(view.weights.to_numpy(), np.array(bars), rcond=None)[0]
    np.testing.assert_allclose(view.weights.to_numpy() @ heights, bars)
    assert len(bars) == 4


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pl.show_design("~ group"), pl.errors.DesignError, "`samples` is needed"),
        (lambda: pl.show_design(np.eye(6), reference=WILD_TYPE), pl.errors.DesignError, "not text"),
        (lambda: pl.show_design(np.eye(5), SAMPLES), pl.errors.ShapeError, "5 rows"),
        (lambda: pl.show_design("~ tissue", SAMPLES), pl.errors.DesignError, "tissue"),
    ],
)
def test_what_cannot_be_shown_is_an_error(call, error, words):
    with pytest.raises(error, match=words):
        call()
