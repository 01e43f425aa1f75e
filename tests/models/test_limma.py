"""The model of an AnnData with pertpy's interface."""

import anndata
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import (
    DesignError,
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    StageError,
    UnknownNameError,
)

RNG = np.random.default_rng(2)
NAMES = [f"s{k}" for k in range(12)]
OBS = pd.DataFrame(
    {"group": ["control", "treated", "other"] * 4, "donor": np.repeat([1, 2, 3, 4], 3)},
    index=NAMES,
)
COUNTS = RNG.poisson(RNG.gamma(2, 100, (60, 1)), (60, 12))
COUNTS[:6, 1::3] *= 4
VAR = pd.DataFrame({"chosen": np.arange(60) < 40}, index=[f"g{k}" for k in range(60)])
ADATA = anndata.AnnData(COUNTS.T.astype(float), obs=OBS, var=VAR)
FORMULA = "~ group + factor(donor)"


@pytest.fixture
def model():
    return pl.Limma(ADATA, FORMULA).fit()


def test_the_results_are_those_of_the_functions(model):
    table = model.test_contrasts(model.contrast("group", "control", "treated"))
    size = pl.norm_lib_sizes(pl.as_dge_list(ADATA)).effective_lib_size
    fit = pl.lm_fit(pl.voom(ADATA, FORMULA, lib_size=size))
    fit = pl.e_bayes(pl.contrasts_fit(fit, ("group", "treated", "control")))
    expected = pl.top_table(fit, 0, number=None, sort_by="p")
    for column in ("log_fc", "p_value", "adj_p_value"):
        np.testing.assert_allclose(table[column], expected[column], rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Outlying samples")
@pytest.mark.parametrize("method", ["TMM", "TMMwsp", "RLE", "upperquartile", "none"])
def test_counts_are_normalised_as_in_one_call(method):
    table = pl.Limma(ADATA, FORMULA).fit(normalization=method).test_contrasts("treated - control")
    found = pl.analyze(
        ADATA, None, FORMULA, "treated - control", normalization=method, filter=False
    )
    for column in ("log_fc", "p_value"):
        expected = found.tables["treated - control"][column].loc[table["variable"]]
        np.testing.assert_allclose(table[column], expected, rtol=1e-9)


def test_an_unknown_normalisation_is_named():
    with pytest.raises(InputError, match="`normalization` must be one of"):
        pl.Limma(ADATA, FORMULA).fit(normalization="tmm")


def test_the_table_is_what_a_unified_test_asks_of_it(model):
    contrasts = {
        "treated": model.cond(group="treated") - model.cond(group="control"),
        "other": model.cond(group="other") - model.cond(group="control"),
    }
    table = model.test_contrasts(contrasts)
    assert {"variable", "log_fc", "p_value", "adj_p_value", "contrast"} <= set(table.columns)
    assert set(table["contrast"]) == set(contrasts)
    for _, part in table.groupby("contrast"):
        assert part["variable"].is_unique
        assert len(part) == 60
    assert table["p_value"].between(0, 1).all()
    assert (table["adj_p_value"] >= table["p_value"]).all()


def test_an_array_is_a_contrast(model):
    vector = model.contrast("group", "control", "treated")
    by_array = model.test_contrasts(vector.to_numpy())
    pd.testing.assert_frame_equal(by_array, model.test_contrasts(vector))


def test_groups_are_compared_within_pairs():
    table = pl.Limma.compare_groups(
        ADATA, "group", "control", ["treated", "other"], paired_by="donor"
    )
    model = pl.Limma(ADATA, FORMULA).fit()
    expected = model.test_contrasts({"treated": ("group", "treated", "control")})
    part = table[table["contrast"] == "treated"].reset_index(drop=True)
    np.testing.assert_allclose(part["p_value"], expected["p_value"], rtol=1e-9)


def test_logarithms_with_holes_are_fitted_as_they_are():
    values = np.log2(COUNTS.T + 1.0)
    values[0, 3] = np.nan
    adata = anndata.AnnData(values, obs=OBS, var=VAR)
    model = pl.Limma(adata, "~ group").fit()
    table = model.test_contrasts("treated - control")
    expected = pl.e_bayes(pl.lm_fit(adata, "~ group"))
    gene = table.set_index("variable").loc["g3"]
    assert gene["p_value"] == expected.frame("p_value").loc["g3", "grouptreated"]


def test_a_mask_chooses_genes_and_a_key_stores_them_in_what_was_given():
    adata = ADATA.copy()
    model = pl.Limma(adata, "~ group", mask="chosen").fit()
    with pytest.warns(pl.errors.InputWarning, match="20 of 60 genes were not fitted"):
        table = model.test_contrasts("treated - control", key_added="limma")
    assert len(table) == 40
    assert adata.varm["limma:treated - control"]["t"].notna().sum() == 40


def test_a_reduced_model_gives_the_f_test_of_what_it_lacks(model):
    table = model.test_reduced("~ factor(donor)", number=None)
    pd.testing.assert_frame_equal(
        table, model.test_reduced(pl.Limma(ADATA, "~ factor(donor)"), number=None)
    )
    assert set(table.index[:6]) == {f"g{k}" for k in range(6)}


def test_a_threshold_asks_for_more(model):
    any_change = model.test_contrasts("treated - control").set_index("variable")
    large = model.test_contrasts("treated - control", lfc=1).set_index("variable")
    assert (large["p_value"] >= any_change["p_value"].reindex(large.index) - 1e-12).all()


def test_plots_show_the_contrasts_that_were_tested(model):
    with pytest.raises(StageError, match="call `test_contrasts` first"):
        model.plot_volcano()
    model.test_contrasts("treated - control")
    for plot in (model.plot_volcano, model.plot_ma):
        assert len(plot().collections) > 0
        plt.close("all")


def test_a_model_says_what_it_is(model):
    assert "not fitted" in repr(pl.Limma(ADATA, "~ group"))
    assert "grouptreated: positive log fold change means higher in treated than in control" in repr(
        model
    )
    assert model.variables == ["group", "donor"]
    assert model.is_fitted
    assert model.design.shape == (12, 6)


def test_the_anndata_is_left_alone(model):
    model.test_contrasts("treated - control")
    assert not ADATA.uns
    assert not ADATA.varm
    assert not ADATA.layers
    np.testing.assert_array_equal(ADATA.X, COUNTS.T)


def test_what_cannot_be_used_is_refused(model):
    with pytest.raises(InputTypeError, match="`adata` must be an AnnData"):
        pl.Limma(OBS, "~ group")
    with pytest.raises(UnknownNameError, match=r"no column 'chose'.*'chosen'"):
        pl.Limma(ADATA, "~ group", mask="chose")
    with pytest.raises(StageError, match=r"call `fit\(\)` first"):
        pl.Limma(ADATA, "~ group").test_contrasts("treated - control")
    unknown = "'trated' is not a level of 'group', which has 'treated'"
    with pytest.raises(DesignError, match=unknown):
        model.cond(group="trated")
    with pytest.raises(DesignError, match="`baseline` 'ctrl' is not a group"):
        pl.Limma.compare_groups(ADATA, "group", "ctrl", "treated")
    with pytest.raises(InputError, match="correlation"):
        pl.Limma(ADATA, "~ group").fit(block="donor")
    with pytest.raises(DesignError, match="Conditions need a model with a formula"):
        pl.Limma(ADATA, np.ones((12, 1))).cond(group="treated")


def test_estimated_counts_are_counts_and_intensities_are_not():
    rng = np.random.default_rng(3)
    obs = pd.DataFrame({"group": list("aaabbb")}, index=list("uvwxyz"))
    whole = rng.poisson(300, (6, 80)) + rng.integers(0, 3000, 80)
    estimated = np.where(rng.random(whole.shape) < 0.4, whole * 0.731, whole)

    def model(values):
        return pl.Limma(anndata.AnnData(values.astype(float), obs=obs), "~ group")

    with pytest.warns(Note, match="estimated counts"):
        fit = model(estimated).fit()
    assert fit.result is None
    libraries = pl.norm_lib_sizes(pl.DGEList(estimated.T))
    expected = pl.e_bayes(pl.lm_fit(pl.voom(libraries, fit.design.to_numpy())))
    contrast = fit.cond(group="b") - fit.cond(group="a")
    found = fit.test_contrasts(contrast).set_index("variable")["p_value"]
    np.testing.assert_allclose(np.sort(found), np.sort(expected["p_value"][:, 1]))
    with pytest.warns(InputWarning, match="no logarithms"):
        model(2 ** rng.normal(12, 1, (6, 80))).fit()


@pytest.mark.parametrize(
    ("labels", "baseline", "other"),
    [
        ([0, 10], 0, 10),
        ([True, False], False, True),
        (pd.Categorical([0, 10] * 6), 0, 10),
        ([0.0, 2.0], 0, 2),
        ([0.0, 2.5], 0.0, [2.5]),
    ],
)
def test_groups_may_be_numbers_or_booleans(labels, baseline, other):
    adata = ADATA.copy()
    adata.obs["dose"] = labels if len(labels) == 12 else labels * 6
    table = pl.Limma.compare_groups(adata, "dose", baseline, other)
    is_other = adata.obs["dose"].astype(float) != float(baseline)
    adata.obs["dose"] = np.where(is_other, "other", "first")
    expected = pl.Limma.compare_groups(adata, "dose", "first", "other")
    np.testing.assert_allclose(table["log_fc"], expected["log_fc"], rtol=1e-9)


def test_a_sample_without_a_group_or_pair_is_named():
    adata = ADATA.copy()
    adata.obs["group"] = adata.obs["group"].astype(object)
    adata.obs.loc["s3", "group"] = None
    with pytest.raises(InputError, match="missing for samples 's3'"):
        pl.Limma.compare_groups(adata, "group", "control", "treated")
    adata.obs["donor"] = adata.obs["donor"].astype(float)
    adata.obs.loc["s5", "donor"] = np.nan
    with pytest.raises(InputError, match="missing for samples 's5'"):
        pl.Limma.compare_groups(adata[4:], "group", "control", "treated", paired_by="donor")
