"""Contrasts in every form, over every coding, are the same contrast."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.design.contrasts import forms
from pylimma.design.formula.model import FormulaModel
from pylimma.errors import DesignError, Note, StageError

RNG = np.random.default_rng(3)
SAMPLES = pd.DataFrame(
    {
        "group": pd.Categorical(
            ["control", "treated", "rescue"] * 6, ["control", "treated", "rescue"]
        ),
        "time": np.repeat(["0 h", "6 h", "24 h"], 6),
    }
)
Y = RNG.normal(size=(20, 18))
FORMULAS = ["~ group + time", "~ 0 + group + time", "~ time + C(group, contr.sum)"]
FITS = {formula: pl.lm_fit(Y, formula, samples=SAMPLES) for formula in FORMULAS}
EXPECTED = FITS["~ group + time"]["coefficients"][:, 1]


def difference(fit):
    return fit.cond(group="treated") - fit.cond(group="control")


FORMS = {
    "text": lambda _: "treated - control",
    "backticks": lambda _: "`treated` - (`control`)",
    "levels of two factors": lambda _: "`treated:0 h` - `control:0 h`",
    "conditions": difference,
    "triple": lambda _: ("group", "treated", "control"),
    "triple as list": lambda _: ["group", "treated", "control"],
    "method": lambda fit: fit.contrast("group", "control", "treated"),
    "dict": lambda _: {"effect": ("group", "treated", "control")},
    "list": lambda fit: [difference(fit)],
    "table": lambda fit: difference(fit).to_frame("effect").iloc[::-1],
    "array": lambda fit: difference(fit).to_numpy(),
    "pairs": lambda fit: pl.all_pairs(fit, by="group")[["treated-control"]],
    "against control": lambda fit: pl.against_control(fit, by="group")[["treated-control"]],
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_over_every_coding_is_the_same_contrast(form, formula):
    fit = FITS[formula]
    found = pl.contrasts_fit(fit, FORMS[form](fit))
    np.testing.assert_allclose(found["coefficients"][:, 0], EXPECTED, rtol=1e-9, atol=1e-12)
    words = "positive log fold change means higher in treated than in control"
    assert found.describe().endswith(words)


@pytest.mark.parametrize("naming", ["grouptreated", "`group[T.treated]`"])
def test_both_spellings_of_a_coefficient_are_read(naming):
    found = pl.contrasts_fit(FITS["~ group + time"], naming)
    np.testing.assert_allclose(found["coefficients"][:, 0], EXPECTED)


def test_each_against_the_rest_adds_up_to_nothing():
    fit = FITS["~ group + time"]
    found = pl.contrasts_fit(fit, pl.against_rest(fit, by="group"))
    np.testing.assert_allclose(found["coefficients"].sum(axis=1), 0, atol=1e-12)


def test_combinations_of_factors_are_compared():
    frame = pl.all_pairs(FITS["~ group + time"], by=["group", "time"])
    assert frame.shape == (5, 36)
    assert "treated:24 h-control:24 h" in frame


def test_a_dict_holds_contrasts_of_every_kind():
    fit = FITS["~ group + time"]
    forms = {name: form(fit) for name, form in FORMS.items() if name in ("text", "triple", "array")}
    found = pl.contrasts_fit(fit, forms)
    assert list(found.col_names) == list(forms)
    np.testing.assert_allclose(found["coefficients"], EXPECTED[:, None] * np.ones(3))


def test_an_interaction_is_a_difference_of_differences():
    fit = pl.lm_fit(Y, "~ 0 + group:time", samples=SAMPLES)
    text = "(`treated:6 h` - `treated:0 h`) - (`control:6 h` - `control:0 h`)"
    found = pl.contrasts_fit(fit, {"change": text})
    crossed = pl.lm_fit(Y, "~ group * time", samples=SAMPLES.replace({"time": {"0 h": "-"}}))
    np.testing.assert_allclose(
        found["coefficients"][:, 0], crossed.frame()["grouptreated:time6 h"], atol=1e-12
    )
    assert found.describe().endswith(
        "that the difference treated - control is greater in time 6 h than in time 0 h"
    )


@pytest.mark.filterwarnings("ignore:'control' interacts")
def test_a_level_of_an_interacting_factor_notes_the_levels_of_the_others():
    fit = pl.lm_fit(Y, "~ group * time", samples=SAMPLES)
    with pytest.warns(Note, match=r"'treated' interacts .* uses it at time 0 h"):
        pl.contrasts_fit(fit, "treated - control")


def test_a_level_of_several_factors_is_refused():
    samples = SAMPLES.assign(other=["treated", "u", "v", "u", "v", "treated"] * 3)
    fit = pl.lm_fit(Y, "~ group + other", samples=samples)
    with pytest.raises(DesignError, match="'treated' is a level of 'group', 'other'"):
        pl.contrasts_fit(fit, "treated - control")


def test_families_need_a_factor_and_a_design():
    fit = FITS["~ group + time"]
    with pytest.raises(DesignError, match="several factors; say which: by='group'"):
        pl.all_pairs(fit)
    with pytest.raises(DesignError, match=r"`by` names 'grup'.*'group'"):
        pl.against_rest(fit, by="grup")
    with pytest.raises(StageError, match="contrasts already"):
        pl.all_pairs(pl.contrasts_fit(fit, "treated - control"), by="group")


def test_reference_levels_can_be_chosen():
    fit = pl.lm_fit(Y, "~ group", samples=SAMPLES, reference={"group": "rescue"})
    assert "Reference levels: group rescue" in fit.describe()
    assert list(fit.col_names) == ["(Intercept)", "groupcontrol", "grouptreated"]


@pytest.mark.parametrize(
    ("values", "level", "base"),
    [
        ([False, True], True, False),
        ([False, True], "True", "False"),
        ([False, True], "TRUE", "FALSE"),
        (pd.Categorical([0, 10]), 10, 0),
        (pd.Categorical([0, 10]), "10", "0"),
        (pd.Categorical([0.0, 2.5]), 2.5, 0),
        (["0", "10"], 10, 0.0),
    ],
)
def test_levels_of_a_triple_are_given_as_they_stand_in_the_column(values, level, base):
    samples = pd.DataFrame({"v": values}).iloc[[0, 1] * 9].reset_index(drop=True)
    fit = pl.lm_fit(Y, "~ v", samples=samples)
    found = pl.contrasts_fit(fit, ("v", level, base))
    np.testing.assert_allclose(found["coefficients"][:, 0], fit["coefficients"][:, 1])


def test_numbers_made_a_factor_are_compared():
    samples = pd.DataFrame({"dose": [0.5, 10] * 9})
    fit = pl.lm_fit(Y, "~ factor(dose)", samples=samples)
    found = pl.contrasts_fit(fit, ("dose", 10, "0.5"))
    np.testing.assert_allclose(found["coefficients"][:, 0], fit["coefficients"][:, 1])


@pytest.mark.parametrize("levels", [(10, 0), ("10", "0"), ("", "")])
def test_a_covariate_has_no_levels_to_compare(levels):
    fit = pl.lm_fit(Y, "~ dose", samples=pd.DataFrame({"dose": [0.5, 10] * 9}))
    with pytest.raises(DesignError, match=r"'dose' is a number.*name its coefficient, 'dose'"):
        pl.contrasts_fit(fit, ("dose", *levels))


def test_names_are_looked_at_once_for_any_number_of_texts(monkeypatch):
    samples = pd.DataFrame({"group": list("abcdef") * 2})
    fit = pl.lm_fit(np.random.default_rng(1).normal(size=(5, 12)), "~ 0 + group", samples=samples)
    readers, conditions = [], []
    usual_reader, usual_condition = forms.level_reader, FormulaModel.cond

    def reader(levels):
        readers.append(levels)
        return usual_reader(levels)

    def condition(model, **levels):
        conditions.append(levels)
        return usual_condition(model, **levels)

    monkeypatch.setattr(forms, "level_reader", reader)
    monkeypatch.setattr(FormulaModel, "cond", condition)
    texts = [f"{a} - {b}" for a in "abcdef" for b in "abcdef" if a < b]
    columns = forms.contrast_columns(texts, fit)
    assert columns["b - e"].tolist() == [0, 1, 0, 0, -1, 0]
    assert len(readers) == 1
    assert len(conditions) == 6
