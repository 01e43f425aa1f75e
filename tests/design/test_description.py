"""What a design knows about itself."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.design.description import DesignDescription
from pylimma.errors import DesignError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore:The reference level")
SAMPLES = pd.DataFrame(
    {
        "g": ["wt", "ko", "wt", "het", "ko", "het", "wt", "ko", "het", "wt"],
        "t": ["2h", "4h", "4h", "2h", "2h", "4h", "4h", "4h", "2h", "2h"],
        "x": [0.5, 1.5, 2.5, 2, 4, 7, 3, 1, 2, 6],
        "batch": [2, 2, 3, 3, 1, 1, 2, 3, 1, 2],
        "f": [True, False] * 5,
    }
)


def test_terms_have_their_columns_in_any_order_of_the_variables():
    about = pl.describe_design(pl.model_matrix("~g*t+ns(x,2)", SAMPLES))
    assert about.columns_of("g") == [1, 2]
    assert about.columns_of("t:g") == about.columns_of("g:t") == [6, 7]
    assert about.columns_of("(Intercept)") == [0]
    with pytest.raises(UnknownNameError, match="No term 'h' in this design"):
        about.columns_of("h")


@pytest.mark.parametrize("naming", ["r", "formulaic"])
def test_coefficients_answer_to_both_spellings(naming):
    about = pl.describe_design(pl.model_matrix("~g*t", SAMPLES, naming=naming))
    for name in ("gwt:t4h", "g[T.wt]:t[T.4h]"):
        assert about.aliases[name] == 5
    assert about.aliases["(Intercept)"] == about.aliases["Intercept"] == 0


@pytest.mark.parametrize(
    "formula",
    [
        "~g*t",
        "~0+g:t+x",
        "~g+ns(x,3)+poly(x,2)+bs(x,df=4)",
        "~relevel(g,'wt')*scale(x)+f",
        "~factor(batch)+C(g,contr.sum):t",
        "~I(x-mean(x)):f+ordered(batch)+log(x)",
        "~interaction(g,t)+I(x>2)",
        "~factor(batch,labels=c('i','j','k'))+.-batch",
    ],
)
@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_the_condition_of_a_sample_is_its_row_of_the_design(formula):
    design = pl.model_matrix(formula, SAMPLES)
    about = pl.describe_design(design)
    for k in range(len(SAMPLES)):
        row = about.cond(**{name: SAMPLES[name][k] for name in about.columns})
        np.testing.assert_allclose(row, design.iloc[k], atol=1e-12)
        assert row.index.equals(design.columns)


def test_factors_that_are_not_given_are_at_their_reference_and_covariates_at_zero():
    design = pl.model_matrix("~g+x+factor(batch)", SAMPLES, reference={"g": "wt"})
    about = pl.describe_design(design)
    assert about.cond().tolist() == [1, 0, 0, 0, 0, 0]
    assert about.cond(g="ko", x=2).tolist() == [1, 0, 1, 2, 0, 0]
    assert about.columns["g"]["levels"] == ["wt", "het", "ko"]
    assert about.columns["batch"]["baseline"] == 1
    releveled = pl.describe_design(pl.model_matrix("~relevel(g,'wt')", SAMPLES))
    assert releveled.cond().tolist() == [1, 0, 0]


def test_a_contrast_is_the_difference_of_two_conditions():
    about = pl.describe_design(pl.model_matrix("~g*t", SAMPLES))
    assert about.contrast("g", "ko", "wt").tolist() == [0, -1, 1, 0, 0, 0]


def test_codings_given_as_matrices_are_remembered():
    trend = np.array([[-1.0], [0], [1]])
    about = pl.describe_design(pl.model_matrix("~g", SAMPLES, contrasts={"g": trend}))
    assert about.cond(g="het").tolist() == [1, -1]
    assert about.cond(g="wt").tolist() == [1, 1]


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"h": 1}, "'h' is not a variable of this design; it has 'g'"),
        ({"g": "wd"}, "'wd' is not a level of 'g', which has 'wt'"),
        ({"x": "much"}, "'x' is a covariate and takes a number"),
        ({"x": float("nan")}, "'x' is a covariate and takes a number"),
        ({"batch": 9}, r"'9' is not a level of 'factor\(batch\)'"),
    ],
)
def test_unknown_variables_and_levels_are_refused(levels, message):
    about = pl.describe_design(pl.model_matrix("~g+x+factor(batch)", SAMPLES))
    with pytest.raises(DesignError, match=message):
        about.cond(**levels)


def test_a_design_with_other_columns_has_no_description():
    design = pl.model_matrix("~g", SAMPLES)
    assert (
        DesignDescription.read(design[["gko"]] if "gko" in design else design.iloc[:, 1:]) is None
    )
    assert DesignDescription.read(design.to_numpy()) is None
    with pytest.raises(DesignError, match="does not record where its columns come from"):
        pl.describe_design(design.iloc[:, 1:])
