"""F-tests against smaller models, and the same by residual sums of squares."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import DesignError, ShapeError, StageError

RNG = np.random.default_rng(6)
SAMPLES = pd.DataFrame(
    {"group": list("aabbccaabbcc"), "batch": list("xyxyxyxyxyxy"), "time": [0.0, 1, 2, 3] * 3},
    index=[f"s{k}" for k in range(12)],
)
Y = pd.DataFrame(RNG.normal(size=(100, 12)) * RNG.uniform(0.5, 2, (100, 1)), columns=SAMPLES.index)


def residual_sum(formula):
    x = pl.model_matrix(formula, SAMPLES).to_numpy()
    return ((Y.T - x @ np.linalg.lstsq(x, Y.T, rcond=None)[0]) ** 2).sum().to_numpy(), x


@pytest.mark.parametrize(
    ("full", "smaller"),
    [
        ("~ batch + group", "~ batch"),
        ("~ batch * group", "~ batch + group"),
        ("~ group + factor(time)", "~ group + time"),
        ("~ 0 + group", "~ 1"),
        ("~ batch + group", "~ 1"),
    ],
)
@pytest.mark.filterwarnings("ignore:'time' holds 4 :pylimma.errors.InputWarning")
def test_the_f_statistic_compares_residual_sums_of_squares(full, smaller):
    fit = pl.e_bayes(pl.lm_fit(Y, full, samples=SAMPLES))
    table = pl.nested_f_test(fit, smaller, number=None, sort_by="none")
    (more, large), (less, small) = residual_sum(smaller), residual_sum(full)
    q = np.linalg.matrix_rank(small) - np.linalg.matrix_rank(large)
    np.testing.assert_allclose(table["F"], (more - less) / q / fit["s2_post"], rtol=1e-8)
    assert table.attrs["meaning"] == f"F-test of {full} against {smaller}"


def test_leaving_out_a_term_is_the_f_test_of_the_term():
    fit = pl.e_bayes(pl.lm_fit(Y, "~ batch + group", samples=SAMPLES))
    pd.testing.assert_frame_equal(pl.nested_f_test(fit, "~ batch"), pl.top_table(fit, "group"))


def test_the_smaller_model_may_be_a_matrix_in_another_order():
    fit = pl.e_bayes(pl.lm_fit(Y, "~ batch + group", samples=SAMPLES))
    smaller = pl.model_matrix("~ batch", SAMPLES).iloc[::-1]
    pd.testing.assert_frame_equal(pl.nested_f_test(fit, smaller), pl.nested_f_test(fit, "~ batch"))


def test_models_that_are_not_nested_are_refused():
    fit = pl.e_bayes(pl.lm_fit(Y, "~ group", samples=SAMPLES))
    with pytest.raises(DesignError, match="not part of the full model"):
        pl.nested_f_test(fit, "~ batch")
    with pytest.raises(DesignError, match="the full model in other words"):
        pl.nested_f_test(fit, "~ 0 + group")
    with pytest.raises(ShapeError, match="12 samples"):
        pl.nested_f_test(fit, np.ones((5, 1)))
    with pytest.raises(StageError, match="needs the fit of the design"):
        pl.nested_f_test(fit[:, 1:], "~ 1")
