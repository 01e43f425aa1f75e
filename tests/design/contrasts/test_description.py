"""What a positive log fold change means, in terms of factors."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.design.contrasts.description import contrast_text
from pylimma.errors import DesignError, PylimmaError, ShapeError

SAMPLES = pd.DataFrame(
    {
        "group": list("ABCABCABCABC"),
        "time": ["0h"] * 6 + ["24h"] * 6,
        "age": np.linspace(1, 60, 12),
        "dose": [1.0, 2.0, 4.0] * 4,
    }
)
GROUPS = ["A", "B", "C", "D"]
MEANS = "positive log fold change means"


@pytest.mark.parametrize(
    ("formula", "coefficient", "words"),
    [
        ("~ group", "(Intercept)", "expression in group A, not a comparison"),
        ("~ group", "groupC", f"{MEANS} higher in C than in A"),
        ("~ 0 + group", "groupB", "expression in group B, not a comparison"),
        ("~ group * time", "groupB", f"{MEANS} higher in B than in A (time 0h)"),
        (
            "~ group * time",
            "groupB:time24h",
            f"{MEANS} that the difference B - A is greater in time 24h than in time 0h",
        ),
        ("~ group + age", "age", f"{MEANS} that expression rises with age, per unit of age"),
        (
            "~ group * age",
            "groupB:age",
            f"{MEANS} that the slope over age is greater in B than in A",
        ),
        ("~ log2(dose)", "log2(dose)", f"{MEANS} that expression rises with log2(dose)"),
        ("~ factor(dose)", "factor(dose)4", f"{MEANS} higher in dose 4 than in dose 1"),
        ("~ relevel(group, 'C')", 'relevel(group, "C")A', f"{MEANS} higher in A than in C"),
        (
            "~ ns(age, 2)",
            "ns(age, 2)1",
            "nothing by itself: a part of the curve ns(age, 2); test its columns together",
        ),
        ("~ time / group", "time24h:groupC", f"{MEANS} higher in C than in A (time 24h)"),
    ],
)
def test_a_coefficient_is_described_in_words(formula, coefficient, words):
    about = pl.describe_design(pl.model_matrix(formula, SAMPLES))
    vector = np.array([name == coefficient for name in about.coefficients], dtype=float)
    assert vector.sum() == 1
    assert about.meaning(vector) == words


@pytest.mark.filterwarnings("ignore:The coefficient .* is called")
@pytest.mark.parametrize("formula", ["~ 0 + group", "~ group", "~ C(group, contr.sum)"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C - B", "higher in C than in B"),
        ("(B + C)/2 - A", "higher in the mean of B and C than in A"),
        ("2*B - 2*A", "higher in 2 × B than in 2 × A"),
    ],
)
def test_the_words_do_not_depend_on_the_coding(formula, text, words):
    design = pl.model_matrix(formula, SAMPLES)
    vector = pl.make_contrasts(text, levels=pl.describe_design(design)).iloc[:, 0]
    assert pl.describe_design(design).meaning(vector) == f"{MEANS} {words}"


@pytest.mark.parametrize("text", ["b - a", "0.5 * b - 2 * c", "-a", "b + c - a"])
def test_a_contrast_as_text_is_read_back(text):
    names = ["a", "b", "c"]
    vector = pl.make_contrasts(text, levels=names).iloc[:, 0].to_numpy()
    assert contrast_text(vector, names) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("B-A", "higher in B than in A"),
        ("(B+C)/2-A", "higher in the mean of B and C than in A"),
        ("B-(A+C+D)/3", "higher in B than in the mean of A, C and D"),
        ("(B-A)-(D-C)", "higher in B + C than in A + D"),
        ("2*B-2*A", "higher in 2 × B than in 2 × A"),
        ("B", "that B is above zero"),
        ("-B", "that B is below zero"),
    ],
)
def test_a_contrast_of_groups_is_described_in_words(text, words):
    contrast = pl.make_contrasts(text, levels=GROUPS)[text]
    assert pl.describe_contrast(contrast) == f"{MEANS} {words}"
    assert pl.describe_contrast(contrast.to_dict()) == pl.describe_contrast(contrast)
    assert pl.describe_contrast(contrast.tolist(), GROUPS) == pl.describe_contrast(contrast)


def test_a_contrast_needs_weights_and_names():
    with pytest.raises(DesignError, match="all zero"):
        pl.describe_contrast([0, 0], ["a", "b"])
    with pytest.raises(DesignError, match="`names`"):
        pl.describe_contrast([1, -1])
    with pytest.raises(ShapeError, match="there are 3 names"):
        pl.describe_contrast([1, -1], ["a", "b", "c"])


@pytest.mark.parametrize("vector", ["B - A", [1, 2], [[1, 2, 3]] * 2])
def test_weights_of_another_shape_are_refused(vector):
    about = pl.describe_design(pl.model_matrix("~ group", SAMPLES))
    with pytest.raises(PylimmaError, match="`vector`"):
        about.meaning(vector)


@pytest.mark.parametrize("coefficient", [0, 1])
def test_a_coefficient_of_a_design_without_formula_has_its_own_name(coefficient):
    y = np.random.default_rng(1).normal(size=(20, 4))
    design = pd.DataFrame({"(Intercept)": np.ones(4), "x": [0.0, 0, 1, 1]})
    table = pl.top_table(pl.e_bayes(pl.lm_fit(y, design)), coef=coefficient)
    name = design.columns[coefficient]
    assert table.attrs["meaning"] == f"positive log fold change means that {name} is above zero"


OUTSIDE = "age 0, outside the data (50 to 70)"


@pytest.mark.parametrize(
    ("formula", "coefficient", "words"),
    [
        ("~ group * age", "groupB", f"{MEANS} higher in B than in A (at {OUTSIDE})"),
        ("~ group + age", "groupB", f"{MEANS} higher in B than in A"),
        ("~ group + age", "(Intercept)", f"expression in group A, {OUTSIDE}, not a comparison"),
        ("~ group * age", "age", f"{MEANS} that expression rises with age in A, per unit of age"),
        (
            "~ group * time * age",
            "time24h:age",
            f"{MEANS} that the slope over age is greater in time 24h than in time 0h (group A)",
        ),
        (
            "~ group * time * age",
            "groupB:time24h",
            (
                f"{MEANS} that the difference B - A is greater in time 24h than in time 0h "
                f"(at {OUTSIDE})"
            ),
        ),
        (
            "~ age * dose",
            "age",
            (
                f"{MEANS} that expression rises with age, per unit of age "
                "(at dose 0, outside the data (1 to 4))"
            ),
        ),
        ("~ age > 60", "age > 60TRUE", f"{MEANS} higher in age > 60 TRUE than in age > 60 FALSE"),
        ("~ age", "(Intercept)", f"expression at {OUTSIDE}, not a comparison"),
        ("~ age * dose", "age:dose", f"{MEANS} that the slope over age rises with dose"),
        (
            "~ group * age * dose",
            "groupB:age:dose",
            f"{MEANS} that the rise of the slope over age with dose is greater in B than in A",
        ),
        (
            "~ group * age * dose",
            "age:dose",
            f"{MEANS} that the slope over age rises with dose in A",
        ),
        (
            "~ group * log(dose)",
            "groupB:log(dose)",
            f"{MEANS} that the slope over log(dose) is greater in B than in A",
        ),
        (
            "~ group * log(dose)",
            "groupC",
            f"{MEANS} higher in C than in A (at log(dose) 0)",
        ),
        (
            "~ group * log(dose)",
            "log(dose)",
            f"{MEANS} that expression rises with log(dose) in A, per unit of log(dose)",
        ),
        (
            "~ group + age + I(age^2)",
            "age",
            (
                f"{MEANS} that expression rises with age, per unit of age "
                "(with I(age^2) held constant)"
            ),
        ),
        ("~ log(age)", "(Intercept)", "expression at log(age) 0, not a comparison"),
    ],
)
def test_covariates_are_said_with_their_range(formula, coefficient, words):
    samples = SAMPLES.assign(age=np.linspace(50, 70, 12))
    about = pl.describe_design(pl.model_matrix(formula, samples))
    vector = np.array([name == coefficient for name in about.coefficients], dtype=float)
    assert about.meaning(vector) == words


@pytest.mark.parametrize("coding", ["contr.treatment(base = 3)", "contr.SAS"])
def test_the_reference_is_that_of_the_coding(coding):
    design = pl.model_matrix(f"~ C(group, {coding})", SAMPLES)
    about = pl.describe_design(design)
    assert about.meaning([0, 1, 0]) == f"{MEANS} higher in A than in C"
    assert about.meaning([1, 0, 0]) == "expression in group C, not a comparison"
    assert about.cond().tolist() == [1, 0, 0]
    assert about.compared_with == {"group": "C"}
    assert list(pl.against_control(design)) == ["A-C", "B-C"]
    asked = pl.model_matrix("~ group", SAMPLES, contrasts={"group": "SAS"})
    assert pl.describe_design(asked).compared_with == {"group": "C"}


def test_a_coding_without_a_reference_names_none():
    assert pl.describe_design(pl.model_matrix("~ C(group, contr.sum)", SAMPLES)).compared_with == {}
