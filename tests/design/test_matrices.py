"""Design matrices; expected columns are those of R's `model.matrix`."""

import itertools
import warnings

import anndata
import numpy as np
import pandas as pd
import polars  # noqa: ICN001 - `pl` is pylimma here
import pytest
from formulas_of_r import FROM_R, SAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma as pl
from pylimma.errors import DesignError, InputError, InputTypeError, InputWarning, Note


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
