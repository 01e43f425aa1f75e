"""Contrasts of means compare something: their weights add up to zero."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import DesignError, InputWarning

SAMPLES = pd.DataFrame(
    {"group": ["control", "treated", "rescue"] * 4, "age": np.linspace(50, 70, 12)},
    index=[f"s{k}" for k in range(12)],
)
Y = pd.DataFrame(np.random.default_rng(1).normal(8, 1, (30, 12)), columns=SAMPLES.index)
COUNTS = pd.DataFrame(np.random.default_rng(1).poisson(99, (30, 12)), columns=SAMPLES.index)
FORMULAS = ["~ group", "~ 0 + group", "~ group + age", "~ C(group, contr.sum)"]
FORMULAS += ["~ C(group, contr.SAS)", "~ 0 + group + age", "~ age + group:age + group"]
NO_COMPARISON = [
    "treated",
    "-treated",
    "2*treated",
    "treated + control",
    "treated - 2*control",
    "(treated + rescue)/3 - control",
]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("contrast", NO_COMPARISON)
@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_means_that_do_not_balance_are_warned_about_and_refused(formula, contrast):
    fit = pl.lm_fit(Y, formula, samples=SAMPLES)
    with pytest.warns(InputWarning, match="is not a comparison: its weights add up to"):
        pl.contrasts_fit(fit, contrast)
    with pytest.raises(DesignError, match="is not a comparison"):
        pl.analyze(COUNTS, SAMPLES, formula, contrast)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("contrast", ["treated - control", "(treated + rescue)/2 - control"])
@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
def test_comparisons_pass(formula, contrast):
    pl.contrasts_fit(pl.lm_fit(Y, formula, samples=SAMPLES), contrast)


@pytest.mark.parametrize(
    ("formula", "contrast"),
    [
        ("~ group", "grouptreated"),
        ("~ group", "`group[T.treated]`"),
        ("~ 0 + group", "grouptreated"),
        ("~ group", "(Intercept)"),
        ("~ 0 + group", np.array([1, 0, 0])),
        ("~ 0 + age", "age"),
    ],
)
def test_one_coefficient_named_exactly_is_meant(formula, contrast):
    pl.contrasts_fit(pl.lm_fit(Y, formula, samples=SAMPLES), contrast)


@pytest.mark.parametrize(
    ("contrasts", "advice"),
    [
        ("treated", "as in 'treated - control'"),
        (["treated", "control"], "The difference of the two is 'treated - control'"),
        ("grouptreated - control", "'grouptreated' is the difference 'treated - control' already"),
        ({"a": "grouptreated", "b": "control"}, "Contrast 'b' is not a comparison"),
        ("grouptreated - groupcontrol", "Write 'grouprescue' alone, or compare levels: 'rescue"),
    ],
)
@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_the_comparison_that_was_meant_is_named(contrasts, advice):
    with pytest.raises(DesignError, match=advice):
        pl.analyze(COUNTS, SAMPLES, "~ group", contrasts)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_a_model_of_anndata_refuses_them_too():
    adata = anndata.AnnData(Y.T.rename(columns="g{}".format), obs=SAMPLES)
    model = pl.Limma(adata, "~ group").fit()
    with pytest.raises(DesignError, match="is not a comparison"):
        model.test_contrasts(model.cond(group="treated"))


def test_columns_of_a_design_without_formula_are_weighted_alike():
    design = pl.model_matrix("~ 0 + group", SAMPLES)
    design = pd.DataFrame(design.to_numpy(), SAMPLES.index, ["control", "rescue", "treated"])
    fit = pl.lm_fit(Y, design)
    pl.contrasts_fit(fit, ["treated", "treated - control"])
    with pytest.warns(InputWarning, match=r"'treated \+ control' is not a comparison"):
        pl.contrasts_fit(fit, "treated + control")


REFERENCE = pd.DataFrame(
    {"Cy3": "Ref", "Cy5": ["A", "A", "A", "B", "B", "B", "C", "C"]},
    index=[f"array{k}" for k in range(8)],
)
RATIOS = np.random.default_rng(2).normal(size=(40, 8))


@pytest.mark.parametrize("contrast", ["(A + B)/2", "A", ["A", "C"], "2*C - B", [0.5, 0.5, 0]])
def test_means_of_log_ratios_are_comparisons_with_the_reference(contrast):
    design = pl.two_color_design(REFERENCE, ref="Ref")
    plain = design.to_numpy()
    ratios = pl.MAList({"M": RATIOS, "A": RATIOS + 9}, targets=REFERENCE)
    names = pd.DataFrame(plain, columns=design.columns)
    expected = RATIOS[:, :3].mean(axis=1)
    for data, x in ((ratios, design), (ratios, names), (RATIOS, design)):
        fit = pl.lm_fit(data, x)
        pl.contrasts_fit(fit, contrast)
        pl.lm_fit(data, x, contrasts=contrast)
        np.testing.assert_allclose(pl.contrasts_fit(fit, "A")["coefficients"][:, 0], expected)


def test_values_about_zero_are_told_how_to_be_log_ratios():
    design = pd.DataFrame(pl.two_color_design(REFERENCE, ref="Ref").to_numpy(), columns=[*"ABC"])
    with pytest.warns(InputWarning, match="common reference, give them as an MAList"):
        pl.contrasts_fit(pl.lm_fit(RATIOS, design), "(A + B)/2")
    with pytest.warns(InputWarning, match="must balance.*A'[.]$"):
        pl.contrasts_fit(pl.lm_fit(RATIOS + 8, design), "(A + B)/2")
