"""Formulas and tables of samples that need care: what they give, or how they are refused."""

import json
import pickle
import string
import time

import numpy as np
import pandas as pd
import pytest
from formulas_of_r import SAMPLES

import pylimma as pl
from pylimma.errors import DesignError, InputError, InputWarning, Note


def test_the_samples_are_left_alone_and_the_description_is_json():
    before = SAMPLES.copy()
    design = pl.model_matrix("~g*ns(x,2)+o+relevel(factor(t),'t2')", SAMPLES)
    pd.testing.assert_frame_equal(SAMPLES, before)
    again = pickle.loads(pickle.dumps(design))  # noqa: S301 - our own
    assert json.loads(json.dumps(again.attrs)) == design.attrs


AGES = ["60", "60", "61", "61", "unknown", "62", "60", "61", "62", "62", "60", "61"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            AGES,
            r"'v' is text .* 4 levels, but all its values but 'unknown' \(in the samples 's4'\)",
        ),
        ([age.replace("unknown", "65") for age in AGES], "all its values are numbers"),
        (["20,5", "21,0", "22,25"] * 4, "written with decimal commas"),
        (pd.Categorical(AGES), "'v' is categorical"),
        (["1", "2", "3", "NA"] * 3, "all its values but 'NA'"),
    ],
)
def test_text_meant_as_numbers_is_named(values, said):
    samples = pd.DataFrame({"v": values}, index=[f"s{k}" for k in range(12)])
    with pytest.warns(InputWarning, match=said):
        pl.model_matrix("~ v", samples)
    pl.model_matrix("~ factor(v)", samples)  # as groups on request


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2", "3"] * 4,
        ["007", "011", "012"] * 4,
        ["A1", "A2", "3"] * 4,
        pd.Categorical(["60", "61", "65"] * 4),
        ["0", "10", "mut"] * 4,
    ],
)
def test_labels_of_digits_are_groups(values):
    pl.model_matrix("~ v", pd.DataFrame({"v": values}))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("v", [1, 2, 3]),
        ("v", [1.0, 2, 3]),
        ("v", pd.array([0, 1, 2], dtype="Int64")),
        ("v", np.array([4, 6, 9], dtype=object)),
        ("batch", [11, 25, 31]),
        ("donor_id", [101.0, 102, 107]),
    ],
)
def test_numbers_that_may_be_groups_are_named(name, values):
    samples = pd.DataFrame({name: values}).iloc[[0, 1, 2] * 4].reset_index(drop=True)
    with pytest.warns(InputWarning, match=rf"'{name}' holds 3 different whole numbers"):
        pl.model_matrix(f"~ {name}", samples)


@pytest.mark.parametrize("values", [[0, 1], [1.5, 2, 3], [0.0, 6, 24]])
def test_numbers_that_are_hardly_groups_are_covariates(values):
    samples = pd.DataFrame({"v": values * 6})
    assert pl.model_matrix("~ v", samples).shape[1] == 2


@pytest.mark.filterwarnings("ignore:.* is text and becomes")
def test_a_saturated_design_names_the_column_that_saturates_it():
    samples = pd.DataFrame({"group": list("abab"), "age": ["60", "61", "64", "unknown"]})
    y = np.random.default_rng(1).normal(size=(20, 4))
    counts = np.random.default_rng(1).poisson(99, (20, 4))
    said = "'age' is a factor with 4 levels, though all but 'unknown' are numbers"
    with pytest.raises(DesignError, match=said):
        pl.analyze(pd.DataFrame(counts), samples, "~ group + age")
    with pytest.raises(InputError, match=said):
        pl.e_bayes(pl.lm_fit(y, "~ age", samples=samples))


CUT = "cut(x, c(0, 2.5, 4))"


@pytest.mark.parametrize(
    ("term", "columns"),  # as R 4.2 gives them for x = 1, 4, 2, 3 and z = 1, 2, 2, 5
    [
        ("x > 2", {"x > 2TRUE": [0, 1, 0, 1]}),
        ("(x > 2)", {"x > 2TRUE": [0, 1, 0, 1]}),
        ("!flag", {"!flagTRUE": [0, 1, 0, 1]}),
        ("g == 'a' & x > 1", {'g == "a" & x > 1TRUE': [0, 0, 1, 0]}),
        ("I(g %in% c('b', 'q'))", {'I(g %in% c("b", "q"))TRUE': [0, 1, 0, 1]}),
        ("x %% 2", {"x%%2": [1, 0, 0, 1]}),
        ("pmax(x, z, 3)", {"pmax(x, z, 3)": [3, 4, 3, 5]}),
        ("pmin(x, z)", {"pmin(x, z)": [1, 2, 2, 3]}),
        ("as.numeric(g)", {"as.numeric(g)": [1, 2, 1, 2]}),
        ("as.numeric(t)", {"as.numeric(t)": [10, 2.5, 10, 2.5]}),
        ("as.numeric(flag)", {"as.numeric(flag)": [1, 0, 1, 0]}),
        ("as.character(g)", {"as.character(g)b": [0, 1, 0, 1]}),
        ("xor(flag, x > 2)", {"xor(flag, x > 2)TRUE": [1, 1, 1, 1]}),
        (
            "ifelse(x > 2, 'old', 'young')",
            {'ifelse(x > 2, "old", "young")young': [1, 0, 1, 0]},
        ),
        (CUT, {f"{CUT}(2.5,4]": [0, 1, 0, 1]}),
        ("cut(x, 2)", {"cut(x, 2)(2.5,4]": [0, 1, 0, 1]}),
        (
            "cut(x, c(1, 2, 5), right = FALSE)",
            {"cut(x, c(1, 2, 5), right = FALSE)[2,5)": [0, 1, 1, 1]},
        ),
        (
            "cut(x, c(-Inf, 2, Inf), labels = c('lo', 'hi'))",
            {'cut(x, c(-Inf, 2, Inf), labels = c("lo", "hi"))hi': [0, 1, 0, 1]},
        ),
        ("cut(x, 2, labels = FALSE)", {"cut(x, 2, labels = FALSE)": [1, 2, 1, 2]}),
        (
            "poly(x, z, degree = 2, raw = TRUE)",
            {
                f"poly(x, z, degree = 2, raw = TRUE){powers}": values
                for powers, values in {
                    "1.0": [1, 4, 2, 3],
                    "2.0": [1, 16, 4, 9],
                    "0.1": [1, 2, 2, 5],
                    "1.1": [1, 8, 4, 15],
                    "0.2": [1, 4, 4, 25],
                }.items()
            },
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_terms_have_the_columns_of_r(term, columns):
    data = pd.DataFrame(
        {
            "x": [1.0, 4, 2, 3],
            "z": [1.0, 2, 2, 5],
            "g": pd.Categorical(list("abab")),
            "t": ["10", "2.5"] * 2,
            "flag": [True, False] * 2,
        }
    )
    if "xor" in term:
        data["flag"] = [True, False, True, False]
        design = pl.model_matrix(f"~ 0 + {term}", data)
        assert design[f"{term}TRUE"].tolist() == columns[f"{term}TRUE"]
        return
    design = pl.model_matrix(f"~ {term}", data).drop(columns="(Intercept)")
    assert design.to_dict("list") == columns


def test_orthogonal_polynomials_of_two_covariates_are_products():
    rng = np.random.default_rng(2)
    data = pd.DataFrame(rng.normal(size=(12, 2)), columns=["x", "z"])
    both = pl.model_matrix("~ 0 + poly(x, z, degree = 2)", data)
    px, pz = (pl.model_matrix(f"~ 0 + poly({v}, 2)", data).to_numpy() for v in "xz")
    expected = np.column_stack([px, pz[:, 0], px[:, 0] * pz[:, 0], pz[:, 1]])
    np.testing.assert_allclose(both, expected, atol=1e-12)
    assert [name[-3:] for name in both] == ["1.0", "2.0", "0.1", "1.1", "0.2"]


def test_an_offset_is_dropped_with_a_note():
    data = pd.DataFrame({"g": list("aabb"), "size": [1.0, 2, 3, 4]})
    with pytest.warns(Note, match=r"'offset\(log\(size\)\)' is dropped"):
        design = pl.model_matrix("~ g + offset(log(size))", data)
    assert list(design) == ["(Intercept)", "gb"]
    with pytest.raises(DesignError, match="no column 'sise'"):
        pl.model_matrix("~ g + offset(sise)", data)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("as.numeric(age)", "meets 'unknown', which cannot be read as numbers"),
        ("cut(x, c(2, 9))", "no interval for '1', '2'"),
        ("cut(x, 1)", "at least two intervals"),
        ("cut(x, c(1, 1))", "different numbers"),
        ("poly(x, y, 2)", "'2' is not a variable.*write degree = 2"),
        ("pmax()", "needs variables"),
    ],
)
def test_calls_that_have_no_value_are_refused(term, message):
    data = pd.DataFrame(
        {"x": [1.0, 2, 3, 4], "y": [1.0, 2, 3, 7], "age": ["1", "2", "unknown", "3"]}
    )
    with pytest.raises(DesignError, match=message):
        pl.model_matrix(f"~ {term}", data)


@pytest.mark.parametrize(
    "formula",
    [
        "~" + "*".join(string.ascii_lowercase),
        "~(" + "+".join(string.ascii_lowercase) + ")^13",
        "~" + "/".join(string.ascii_lowercase),
        "~" + ":".join("I(" * 900 + "a" + ")" * 900 for _ in range(3)),
        "~ I(" + "+".join(["x"] * 400) + ")",
        "~ interaction(" + ", ".join(string.ascii_lowercase[:20]) + ")",
        "~ poly(x, 1e9)",
        "~ cut(x, 1:1e9)",
    ],
)
def test_no_formula_takes_long(formula):
    data = pd.DataFrame({name: list("ab") * 4 for name in string.ascii_lowercase})
    data["x"] = np.arange(8) + 0.5
    start = time.process_time()
    with pytest.raises(
        DesignError,
        match=r"crosses so many|more than 10000|nested too|at most|more than 10000|must be",
    ):
        pl.model_matrix(formula, data)
    assert time.process_time() - start < 1
