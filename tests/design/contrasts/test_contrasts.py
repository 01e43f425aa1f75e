"""Contrasts as text."""

import numpy as np
import pandas as pd
import polars  # noqa: ICN001 - `pl` is pylimma here
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma as pl
from pylimma.errors import DesignError, InputTypeError, InputWarning, Note

LEVELS = ["A", "B", "C"]
SAMPLES = pd.DataFrame({"g": list("AABB"), "t": ["u", "v"] * 2})


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("B-A", [-1, 1, 0]),
        ("(B+C)/2-A", [-1, 0.5, 0.5]),
        ("2*A-B/3", [2, -1 / 3, 0]),
        ("-(A - 2*(B - C))", [-1, 2, -2]),
        ("+C*1e-2", [0, 0, 0.01]),
        ("1/2*A", [0.5, 0, 0]),
        ("(1-3)*C", [0, 0, -2]),
        ("`A` - B", [1, -1, 0]),
    ],
)
def test_a_text_becomes_its_weights(text, weights):
    frame = pl.make_contrasts(text, levels=LEVELS)
    assert frame.columns.tolist() == [text]
    assert frame.index.tolist() == LEVELS
    np.testing.assert_allclose(frame[text], weights, rtol=1e-15)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=3).filter(any))
def test_weights_written_out_are_read_back(weights):
    text = " + ".join(f"({w})*{level}" for w, level in zip(weights, LEVELS, strict=True))
    assert pl.make_contrasts(text, levels=LEVELS)[text].tolist() == weights


def test_contrasts_are_named_by_keyword_mapping_or_series():
    expected = pl.make_contrasts("B-A", both="B+C-2*A", levels=LEVELS)
    assert expected.columns.tolist() == ["B-A", "both"]
    for contrasts in (
        {"": "B-A", "both": "B+C-2*A"},
        pd.Series(["B-A", "B+C-2*A"], index=["", "both"]),
    ):
        pd.testing.assert_frame_equal(
            pl.make_contrasts(contrasts=contrasts, levels=LEVELS), expected
        )
    for contrasts in (["B-A", "C-A"], np.array(["B-A", "C-A"]), pd.Series(["B-A", "C-A"])):
        frame = pl.make_contrasts(contrasts=contrasts, levels=LEVELS)
        assert frame.columns.tolist() == ["B-A", "C-A"]


@pytest.mark.parametrize(
    "levels",
    [
        LEVELS,
        np.array(LEVELS),
        pd.Index(LEVELS),
        pd.Categorical(["C", "A"], LEVELS),
        pd.Series(["C", "A"], dtype=pd.CategoricalDtype(LEVELS)),
        pd.DataFrame(np.eye(3), columns=LEVELS),
        polars.DataFrame({level: [1.0] for level in LEVELS}),
    ],
    ids=lambda levels: type(levels).__name__,
)
def test_levels_come_from_names_factors_and_designs(levels):
    frame = pl.make_contrasts("B-A", levels=levels)
    assert frame.index.tolist() == LEVELS
    assert frame["B-A"].tolist() == [-1, 1, 0]


def test_the_intercept_is_renamed_with_a_note():
    design = pd.DataFrame(np.ones((2, 2)), columns=["(Intercept)", "x"])
    with pytest.warns(Note, match="is called 'Intercept'"):
        frame = pl.make_contrasts("Intercept + x", "`(Intercept)` - x", levels=design)
    assert frame.index.tolist() == ["Intercept", "x"]
    assert frame.to_numpy().tolist() == [[1, 1], [1, -1]]


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
@pytest.mark.parametrize("naming", ["r", "formulaic"])
@pytest.mark.parametrize("name", ["gB:tv", "`gB:tv`", "g[T.B]:t[T.v]", "`g[T.B]:t[T.v]`"])
def test_interactions_of_a_design_answer_to_both_spellings(naming, name):
    design = pl.model_matrix("~g*t", SAMPLES, naming=naming)
    assert pl.make_contrasts(f"2*{name}", levels=design).iloc[:, 0].tolist() == [0, 0, 0, 2]


def test_names_that_are_not_words_are_quoted_with_backticks():
    levels = ["0 h", "24-h", "wt:ko"]
    assert pl.make_contrasts("`24-h` - `0 h`", levels=levels).iloc[:, 0].tolist() == [-1, 1, 0]
    assert pl.make_contrasts("0 h", levels=levels).iloc[:, 0].tolist() == [1, 0, 0]


def test_a_contrast_without_weights_is_warned_about():
    with pytest.warns(InputWarning, match="All weights are zero in the contrasts 'A-A'"):
        pl.make_contrasts("A-A", levels=LEVELS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("B-Ab", "No level 'Ab', in the contrast 'B-Ab'; the levels are 'A'"),
        ("A*B", "multiplies levels"),
        ("1/A", "divides by a level"),
        ("A/0", "divides by zero"),
        ("A+1", "adds the constant 1"),
        ("3", "is a constant"),
        ("log(A)", "is a call"),
        ("__import__('os')", "is a call"),
        ("A^2", "not a sum of levels"),
        ("A:(B-C)", "is not a name"),
        ("A-", "ends too early"),
        ("2 A", "cannot be read"),
        ("1e308*10*A", "not finite"),
        ("A" + "+B" * 5000, "nested too deeply"),
    ],
)
def test_what_is_not_linear_is_refused(text, message):
    with pytest.raises(DesignError, match=message):
        pl.make_contrasts(text, levels=LEVELS)


def test_contrasts_come_one_way_only():
    with pytest.raises(DesignError, match="not both"):
        pl.make_contrasts("A", contrasts="B", levels=LEVELS)
    with pytest.raises(DesignError, match="No contrast was given"):
        pl.make_contrasts(levels=LEVELS)
    with pytest.raises(InputTypeError, match="A contrast is a text"):
        pl.make_contrasts(3, levels=LEVELS)


@pytest.mark.parametrize(
    ("levels", "error", "message"),
    [
        (None, InputTypeError, "`levels` must be a design .* got none"),
        (np.eye(2), InputTypeError, "matrix without column names"),
        ([], DesignError, "`levels` is empty"),
        (["C", "A", "B", "A"], DesignError, "`levels` repeats 'A'"),
        (pd.DataFrame(), DesignError, "`levels` is empty"),
        (pd.DataFrame(np.eye(2), columns=["A", "A"]), DesignError, "several columns named 'A'"),
    ],
)
def test_levels_must_have_names(levels, error, message):
    with pytest.raises(error, match=message):
        pl.make_contrasts("A", levels=levels)


@pytest.mark.parametrize(
    ("levels", "text", "quoted"),
    [
        (["A", "B", "A+B"], "A+B - A", "`A+B` - A"),
        (["WT", "KO", "WT-KO"], "WT-KO - WT", "`WT-KO` - WT"),
        (["A", "A/2"], "A/2 - A", "`A/2` - A"),
        (["A", "2*A"], "2*A - A", "`2*A` - A"),
        (["A", "B", "A+B"], "A + B - A", "`A+B` - A"),
        (["CD4", "CD8", "CD4-"], "CD4- - CD8", "`CD4-` - CD8"),
        (["a-1", "b"], "a-1 - b", "`a-1` - b"),
        (["24 h", "0 h"], "24 h - 0 h", "`24 h` - `0 h`"),
        (["A", "B", "A-B"], "A-B", "`A-B`"),
    ],
)
def test_text_that_also_spells_a_level_is_refused_with_the_quoted_form(levels, text, quoted):
    with pytest.raises(DesignError) as error:
        pl.make_contrasts(text, levels=levels)
    assert quoted in str(error.value)
    assert pl.make_contrasts(quoted, levels=levels).to_numpy().any()
    samples = pd.DataFrame({"g": levels * 2})
    with pytest.raises(DesignError) as error:
        pl.make_contrasts(text, levels=pl.model_matrix("~ 0 + g", samples))
    assert quoted in str(error.value)


@pytest.mark.parametrize("text", ["A - B", "`A` - `B`", "A - (B)", "C-A", "(A-C)-(B-C)"])
def test_arithmetic_that_spells_no_level_is_read(text):
    assert pl.make_contrasts(text, levels=["A", "B", "C", "A-B", "-"])[text].sum() == 0


@pytest.mark.parametrize(
    ("formula", "text", "name"),
    [
        ("~ g * t", "gB.tv", "gB:tv"),
        ("~ visit", "visitSCREENING.01", "visitSCREENING 01"),
        ("~ visit * g", "visitSCREENING.01.gB", "visitSCREENING 01:gB"),
        ("~ g", "X.Intercept.", "(Intercept)"),
        ("~ log2(x)", "log2.x.", "log2(x)"),
        ("~ log2(x)", "log2(x)", "log2(x)"),
    ],
)
@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_names_of_make_names_are_read(formula, text, name):
    samples = SAMPLES.assign(visit=["C1", "SCREENING 01"] * 2, x=[1.5, 2, 4, 9])
    design = pl.model_matrix(formula, samples)
    found = pl.make_contrasts(text, levels=design).iloc[:, 0].to_numpy()
    assert found.tolist() == [float(column == name) for column in design.columns]


def test_names_of_make_names_must_be_of_one_coefficient():
    with pytest.raises(
        DesignError, match=r"'a\.b' in the contrast 'a\.b' may be any of 'a b', 'a-b'"
    ):
        pl.make_contrasts("a.b", levels=["a b", "a-b"])
