"""Design matrices; expected columns are those of R's `model.matrix`."""

import itertools
import json
import pickle
import string
import time
import warnings

import anndata
import numpy as np
import pandas as pd
import polars  # noqa: ICN001 - `pl` is pylimma here
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma as pl
from pylimma.errors import DesignError, InputError, InputTypeError, InputWarning, Note

SAMPLES = pd.DataFrame(
    {
        "g": list("aaaaBBBBCCCC"),
        "t": ["t1", "t2"] * 6,
        "x": np.array([1, 3, 2, 5, 4, 6, 8, 7, 9, 12, 10, 11]) / 2,
        "flag": [True, False, False] * 4,
        "o": pd.Categorical(["lo", "mid", "hi"] * 4, ["lo", "mid", "hi"], ordered=True),
        "my var": [3.5, 1, 2] * 4,
    },
    index=[f"s{k}" for k in range(1, 13)],
)
# formula, R's column names, and the column sums of R's matrix after row k is multiplied by k^2
FROM_R = [
    ("~g", "(Intercept) | gB | gC", [650, 174, 446]),
    ("~0+g", "ga | gB | gC", [30, 174, 446]),
    (
        "~g*t",
        "(Intercept) | gB | gC | tt2 | gB:tt2 | gC:tt2",
        [650, 174, 446, 364, 100, 244],
    ),
    (
        "~g:t",
        "(Intercept) | ga:tt1 | gB:tt1 | gC:tt1 | ga:tt2 | gB:tt2 | gC:tt2",
        [650, 10, 74, 202, 20, 100, 244],
    ),
    (
        "~0+g:t",
        "ga:tt1 | gB:tt1 | gC:tt1 | ga:tt2 | gB:tt2 | gC:tt2",
        [10, 74, 202, 20, 100, 244],
    ),
    (
        "~g/t",
        "(Intercept) | gB | gC | ga:tt2 | gB:tt2 | gC:tt2",
        [650, 174, 446, 20, 100, 244],
    ),
    ("~0+g+t", "ga | gB | gC | tt2", [30, 174, 446, 364]),
    ("~t+g:x", "(Intercept) | tt2 | ga:x | gB:x | gC:x", [650, 364, 55.5, 578, 2361.5]),
    ("~flag", "(Intercept) | flagTRUE", [650, 166]),
    ("~0+flag", "flagFALSE | flagTRUE", [484, 166]),
    ("~o", "(Intercept) | o.L | o.Q", [650, 73.53910524, 3.265986324]),
    ("~0+o", "olo | omid | ohi", [166, 214, 270]),
    ("~x+g:x", "(Intercept) | x | x:gB | x:gC", [650, 2995, 578, 2361.5]),
    ("~0+x/g", "x | x:ga | x:gB | x:gC", [2995, 55.5, 578, 2361.5]),
    (
        "~g:x+t:x",
        "(Intercept) | ga:x | gB:x | gC:x | x:tt2",
        [650, 55.5, 578, 2361.5, 1770],
    ),
    (
        "~C(g,contr.sum)+o",
        "(Intercept) | C(g, contr.sum)1 | C(g, contr.sum)2 | o.L | o.Q",
        [650, -416, -272, 73.53910524, 3.265986324],
    ),
    ("~0+x:o", "x:olo | x:omid | x:ohi", [836.5, 885, 1273.5]),
    (
        "~(g+t+x)^2-g:t",
        "(Intercept) | gB | gC | tt2 | x | gB:x | gC:x | tt2:x",
        [650, 174, 446, 364, 2995, 578, 2361.5, 1770],
    ),
    (
        "~g%in%t",
        "(Intercept) | ga:tt1 | gB:tt1 | gC:tt1 | ga:tt2 | gB:tt2 | gC:tt2",
        [650, 10, 74, 202, 20, 100, 244],
    ),
    (
        "~poly(x,2):t",
        "(Intercept) | poly(x, 2)1:tt1 | poly(x, 2)2:tt1 | poly(x, 2)1:tt2 | poly(x, 2)2:tt2",
        [650, 49.42190279, -25.74834666, 98.17481197, 46.89812256],
    ),
    (
        "~log2(x)+I(x^2)+t",
        "(Intercept) | log2(x) | I(x^2) | tt2",
        [650, 1387.591692, 14731.5, 364],
    ),
    ("~ns(x,2)", "(Intercept) | ns(x, 2)1 | ns(x, 2)2", [650, 301.7761749, 170.3453099]),
    ("~factor(x>3)", "(Intercept) | factor(x > 3)TRUE", [650, 559]),
    (
        "~C(g,contr.treatment,base=2)",
        "(Intercept) | C(g, contr.treatment, base = 2)1 | C(g, contr.treatment, base = 2)3",
        [650, 30, 446],
    ),
    (
        "~relevel(g,ref='C')",
        '(Intercept) | relevel(g, ref = "C")a | relevel(g, ref = "C")B',
        [650, 30, 174],
    ),
    (
        "~-1+t:g+t",
        "tt1 | tt2 | tt1:gB | tt2:gB | tt1:gC | tt2:gC",
        [286, 364, 74, 100, 202, 244],
    ),
    (
        "~0+x:g:t+x:t",
        "x:tt1 | x:tt2 | x:gB:tt1 | x:gC:tt1 | x:gB:tt2 | x:gC:tt2",
        [1225, 1770, 246, 969.5, 332, 1392],
    ),
]


@pytest.mark.parametrize(("formula", "names", "sums"), FROM_R)
def test_columns_and_names_are_those_of_r(formula, names, sums):
    design = pl.model_matrix(formula, SAMPLES)
    assert design.columns.tolist() == names.split(" | ")
    assert design.index.equals(SAMPLES.index)
    weighted = design.mul(np.arange(1, 13) ** 2, axis=0).sum()
    np.testing.assert_allclose(weighted, sums, rtol=2e-9)


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("~g*t", "Intercept | g[T.B] | g[T.C] | t[T.t2] | g[T.B]:t[T.t2] | g[T.C]:t[T.t2]"),
        ("~0+g", "g[a] | g[B] | g[C]"),
        ("~flag", "Intercept | flag"),
        ("~C(g, contr.sum)", "Intercept | C(g, contr.sum)[S.a] | C(g, contr.sum)[S.B]"),
        ("~C(g, contr.helmert)", "Intercept | C(g, contr.helmert)[H.B] | C(g, contr.helmert)[H.C]"),
        ("~C(g, contr.poly)", "Intercept | C(g, contr.poly)[.L] | C(g, contr.poly)[.Q]"),
        ("~poly(x, 2)", "Intercept | poly(x, 2)[1] | poly(x, 2)[2]"),
        ("~0+g:x", "g[a]:x | g[B]:x | g[C]:x"),
        ("~`my var`", "Intercept | my var"),
    ],
)
def test_names_may_be_those_of_formulaic(formula, names):
    design = pl.model_matrix(formula, SAMPLES, naming="formulaic")
    assert design.columns.tolist() == names.split(" | ")
    np.testing.assert_array_equal(design, pl.model_matrix(formula, SAMPLES))


FACTORS = {"a": 2, "b": 3, "c": 2}
CELLS = pd.DataFrame(
    list(itertools.product(*([f"{f}{k}" for k in range(n)] for f, n in FACTORS.items()))),
    columns=list(FACTORS),
)
SETS = [set(s) for n in (1, 2, 3) for s in itertools.combinations(FACTORS, n)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(SETS), min_size=1, unique_by=lambda s: tuple(sorted(s))))
def test_the_columns_span_the_means_of_all_combinations_that_the_terms_name(terms):
    design = pl.model_matrix("~" + "+".join(":".join(sorted(t)) for t in terms), CELLS).to_numpy()
    indicators = [np.ones((len(CELLS), 1))]
    for term in terms:
        combinations = CELLS[sorted(term)].agg(".".join, axis=1)
        indicators.append(pd.get_dummies(combinations).to_numpy(dtype=float))
    everything = np.hstack(indicators)
    rank = np.linalg.matrix_rank(everything)
    assert np.linalg.matrix_rank(design) == rank
    assert np.linalg.matrix_rank(np.hstack([design, everything])) == rank


def test_a_crossed_design_has_full_rank():
    design = pl.model_matrix("~a*b*c", CELLS)
    assert design.shape == (12, 12)
    assert np.linalg.matrix_rank(design) == 12


def test_a_reference_changes_the_level_that_others_are_compared_with():
    design = pl.model_matrix("~g", SAMPLES, reference={"g": "C"})
    assert design.columns.tolist() == ["(Intercept)", "ga", "gB"]


def test_codings_may_be_given_by_name_or_matrix():
    by_name = pl.model_matrix("~g", SAMPLES, contrasts={"g": "sum"})
    assert by_name.columns.tolist() == ["(Intercept)", "g1", "g2"]
    assert by_name.loc["s12"].tolist() == [1, -1, -1]
    trend = pd.DataFrame({"trend": [-1, 0, 1]}, index=["a", "B", "C"])
    assert pl.model_matrix("~g", SAMPLES, contrasts={"g": trend})["gtrend"].sum() == 0


def test_functions_learn_from_the_samples_at_hand():
    design = pl.model_matrix("~scale(x) + I(x - mean(x)) + scale(x, center = FALSE)", SAMPLES)
    x = SAMPLES["x"]
    np.testing.assert_allclose(design.iloc[:, 1], (x - x.mean()) / x.std())
    np.testing.assert_allclose(design.iloc[:, 2], x - x.mean())
    np.testing.assert_allclose(design.iloc[:, 3], x / np.sqrt((x**2).sum() / 11))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("log(x)", np.log),
        ("log(x, 2)", np.log2),
        ("np.log1p(x)", np.log1p),
        ("I(x**2 / 4 - 1)", lambda x: x**2 / 4 - 1),
        ("exp(-x)", lambda x: np.exp(-x)),
        ("ifelse(x > 3, 1, 0)", lambda x: (x > 3) * 1.0),
        ("round(x)", np.round),
        ("I((x %% 2) * pi)", lambda x: x % 2 * np.pi),
    ],
)
def test_transformations_are_arithmetic(formula, expected):
    x = SAMPLES["x"].to_numpy()
    np.testing.assert_allclose(pl.model_matrix(f"~0+{formula}", SAMPLES).iloc[:, 0], expected(x))


def test_factors_are_made_within_the_formula():
    data = {"i": [3, 1, 2, 1, 10], "h": list("ababa")}
    assert pl.model_matrix("~0+factor(i)", data).columns.tolist() == [
        f"factor(i){k}" for k in (1, 2, 3, 10)
    ]
    labelled = pl.model_matrix("~0+factor(h, labels = c('x', 'y'))", data)
    assert [name[-1] for name in labelled] == ["x", "y"]
    assert [name[-1] for name in pl.model_matrix("~0+factor(h, levels = c('b', 'a'))", data)] == [
        "b",
        "a",
    ]
    both = pl.model_matrix("~0+interaction(g, t, sep = '_')", SAMPLES)
    assert [name.rsplit(")", 1)[1] for name in both] == [f"{g}_t{t}" for t in (1, 2) for g in "aBC"]


def test_unused_levels_are_dropped_with_a_note():
    data = {"u": pd.Categorical(["a", "b", "a"], ["a", "b", "c"])}
    with pytest.warns(Note, match="'u' that no sample has were dropped: 'c'"):
        design = pl.model_matrix("~u", data)
    assert design.columns.tolist() == ["(Intercept)", "ub"]


def test_whole_numbers_with_few_values_are_suspected_to_be_groups():
    data = {"batch": [1, 2, 3, 1], "case": [0, 1, 1, 0]}
    with pytest.warns(InputWarning, match=r"'batch' holds 3 different.*write factor\(batch\)"):
        pl.model_matrix("~batch", data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pl.model_matrix("~case + factor(batch) + poly(batch, 2)", data)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("~gg", "no column 'gg'; they have 'g'"),
        ("~x-gg", "no column 'gg'; they have 'g'"),
        ("~n", "'n' is missing in the samples 's2'"),
        ("~text", "'text' is missing in the samples 's3'"),
        ("~one", "'one' has the same level 'k' in all samples"),
        ("~day", "datetime64"),
        ("~z", "complex numbers"),
        ("~log(x - 1)", r"'log\(x - 1\)' is missing or infinite in the samples 's1', 's3'"),
        ("~lgo(x)", r"'lgo' is not a function of formulas, in 'lgo\(x\)'; there are 'log'"),
        ("~__import__('os')", "is not a function of formulas"),
        ("~sqrt(g)", "'g' is categorical, and numbers are needed"),
        ("~interaction(x, g)", r"'x' is not categorical: write factor\(x\)"),
        ("~poly(x, 12)", "needs more than 12 different values"),
        ("~poly(x, 0)", "degree must be at least 1"),
        ("~ns(x, df = 0)", "`df` must be from 1"),
        ("~bs(x, df = 1e9)", "`df` must be from 3 to 15"),
        ("~ns(x, knots = c(99))", "between the boundary knots"),
        ("~ns(x, 3, Boundary.knots = c(50, 60))", "No value lies between"),
        ("~ns(x, Boundary.knots = 2)", "two different numbers"),
        ("~bs(x, knots = g)", r"'g' must be a constant or c\(…\)"),
        ("~bs(x, dg = 3)", "'dg' is not an argument"),
        ("~relevel(g)", "lacks its argument 'ref'"),
        ("~relevel(g, 'Z')", "'Z' is not a level of 'g'"),
        ("~C(g, foo)", "'foo' is not a coding"),
        ("~C(g, contr.treatment(base = 9))", "'9' is not a level"),
        ("~factor(g, levels = c('a', 'B'))", "'C' is not a level"),
        ("~factor(g, labels = c('p', 'q'))", "3 levels and 2 labels"),
        ("~0", "gives no column"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(formula, message):
    data = SAMPLES.assign(
        n=np.where(SAMPLES.index == "s2", np.nan, 1.5),
        text=[*"ab", None, *"bababbaba"],
        one="k",
        day=pd.Timestamp("2020-01-01"),
        z=1j,
    )
    with pytest.raises(DesignError, match=message):
        pl.model_matrix(formula, data)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"reference": {"g": "Z"}}, DesignError, "'Z' is not a level of 'g'"),
        ({"reference": {"h": "Z"}}, DesignError, "`reference` names 'h'"),
        ({"reference": {"x": 1}}, DesignError, "'x', which is numeric"),
        ({"reference": "a"}, InputTypeError, "`reference` must be a dict"),
        ({"contrasts": {"x": "sum"}}, DesignError, "'x', which is not a factor"),
        ({"contrasts": "sum"}, InputTypeError, "`contrasts` must be a dict"),
        ({"naming": "R"}, InputError, "`naming` must be one of 'r', 'formulaic'"),
    ],
)
def test_options_are_checked(options, error, message):
    with pytest.raises(error, match=message):
        pl.model_matrix("~g+x", SAMPLES, **options)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.eye(3), InputTypeError, "`data` must be a DataFrame"),
        (SAMPLES.iloc[:0], DesignError, "no rows"),
        ({"g": ["a", "b"], "x": [1.5]}, DesignError, "differ in length"),
        (pd.concat([SAMPLES, SAMPLES[["g"]]], axis=1), DesignError, "several columns named 'g'"),
    ],
)
def test_data_must_be_a_table_of_samples(data, error, message):
    with pytest.raises(error, match=message):
        pl.model_matrix("~g", data)


def test_a_formula_must_be_text():
    with pytest.raises(InputTypeError, match="`formula` must be text; got"):
        pl.model_matrix(["g"], SAMPLES)


def test_two_coefficients_of_one_name_are_warned_about():
    with pytest.warns(InputWarning, match="Several coefficients of the design are named 'ab1'"):
        pl.model_matrix("~a + ab", {"a": ["a", "b1", "b1"], "ab": ["0", "0", "1"]})


def test_tables_of_other_kinds_are_read():
    plain = pl.model_matrix("~g+x", SAMPLES)
    for data in (
        polars.from_pandas(SAMPLES[["g", "x"]]),
        {"g": SAMPLES["g"].tolist(), "x": SAMPLES["x"].to_numpy()},
        anndata.AnnData(np.ones((12, 2)), obs=SAMPLES[["g", "x"]]),
        SAMPLES.astype({"x": "Float64", "g": "string"}),
        SAMPLES.astype({"x": object, "g": "category"}).assign(
            g=lambda d: d["g"].cat.reorder_categories(["a", "B", "C"])
        ),
    ):
        design = pl.model_matrix("~g+x", data)
        np.testing.assert_array_equal(design, plain)
        assert design.columns.equals(plain.columns)


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
