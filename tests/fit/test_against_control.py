"""Many groups against a control, from sums over the groups."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma as pl
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputWarning,
    Note,
    ShapeError,
    UnknownNameError,
)
from pylimma.fit import against_control, cell_blocks

RNG = np.random.default_rng(16)
N_CELLS, N_GENES = 400, 60
LEVELS = ["b", "ntc", "a", "C 2", "d-1"]
OBS = pd.DataFrame(
    {
        "guide": pd.Categorical(RNG.choice(LEVELS, N_CELLS), categories=LEVELS),
        "batch": RNG.choice(["x", "y", "z"], N_CELLS),
        "log size": RNG.normal(8, 0.4, N_CELLS),
    },
    index=[f"cell{k}" for k in range(N_CELLS)],
)
COUNTS = RNG.negative_binomial(2, 2 / (2 + RNG.lognormal(0, 1, N_GENES)), (N_CELLS, N_GENES))
COUNTS[OBS["guide"] == "a", :6] += 5
VAR = pd.DataFrame({"symbol": [f"s{k}" for k in range(N_GENES)]}).set_axis(
    [f"gene{k}" for k in range(N_GENES)]
)
LOGS = np.log2(1 + COUNTS * 1e4 / COUNTS.sum(axis=1, keepdims=True))
COVARIATES = ["batch", "log size"]
COMPONENTS = (
    "coefficients",
    "stdev_unscaled",
    "cov_coefficients",
    "sigma",
    "df_residual",
    "Amean",
)


def adata(matrix, obs=OBS):
    return anndata.AnnData(matrix, obs=obs, var=VAR)


def by_lm_fit(covariates="+ batch + `log size`"):
    """The same by the whole design."""
    fit = pl.lm_fit(adata(LOGS), f"~ 0 + guide {covariates}")
    others = [name for name in LEVELS if name != "ntc"]
    names = list(fit.col_names)
    matrix = pd.DataFrame(0.0, index=names, columns=[f"{name}-ntc" for name in others])
    for name in others:
        matrix.loc[f"guide{name}", f"{name}-ntc"] = 1
    matrix.loc["guidentc"] = -1
    return pl.contrasts_fit(fit, matrix)


def assert_same(fit, other, names=COMPONENTS, tolerance=1e-10):
    assert list(fit.col_names) == list(other.col_names)
    assert list(fit.row_names) == list(other.row_names)
    for name in names:
        np.testing.assert_allclose(fit[name], other[name], rtol=tolerance, atol=1e-12)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(cell_blocks, "BLOCK_ELEMENTS", 2**9)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_matrix, np.float32])
@pytest.mark.parametrize("covariates", [None, COVARIATES])
def test_counts_give_the_fit_of_the_whole_design(kind, covariates):
    fit = pl.fit_against_control(adata(kind(COUNTS)), "guide", "ntc", covariates, target_sum=1e4)
    expected = by_lm_fit("" if covariates is None else "+ batch + `log size`")
    assert_same(fit, expected)
    assert list(fit["genes"]["symbol"]) == list(VAR["symbol"])


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix, sp.csc_matrix])
def test_a_file_is_read_block_by_block(kind, tmp_path):
    adata(kind(COUNTS.astype(float))).write_h5ad(tmp_path / "screen.h5ad")
    opened = anndata.read_h5ad(tmp_path / "screen.h5ad", backed="r")
    fit = pl.fit_against_control(opened, "guide", "ntc", COVARIATES, target_sum=1e4)
    assert_same(fit, by_lm_fit())
    opened.file.close()


def test_genes_by_samples_are_taken_in_every_kind():
    expected = by_lm_fit()
    table = pd.DataFrame(LOGS.T, index=VAR.index, columns=OBS.index)
    shuffled = OBS.sample(frac=1, random_state=1)
    for data in (table, pl.EList(E=table)):
        assert_same(
            pl.fit_against_control(data, "guide", "ntc", COVARIATES, samples=shuffled), expected
        )
    labels = OBS["guide"].to_numpy()
    values = pd.get_dummies(OBS[COVARIATES], drop_first=True, dtype=float).to_numpy()
    for data in (LOGS.T, sp.csr_array(LOGS.T), sp.csc_array(LOGS.T)):
        fit = pl.fit_against_control(data, labels, "ntc", values)
        assert list(fit.col_names) == ["a-ntc", "b-ntc", "C 2-ntc", "d-1-ntc"]
        ordered = expected[:, ["a-ntc", "b-ntc", "C 2-ntc", "d-1-ntc"]]
        assert_same(fit.with_names(genes=VAR.index), ordered)


@pytest.mark.parametrize("options", [{}, {"trend": True}, {"robust": True, "trend": True}])
def test_moderated_tests_and_tables_follow(options):
    fit = pl.fit_against_control(adata(LOGS), "guide", "ntc", COVARIATES)
    found, expected = pl.e_bayes(fit, **options), pl.e_bayes(by_lm_fit(), **options)
    assert_same(found, expected, ("t", "p_value", "lods", "s2_post", "df_total"), 1e-9)
    table = pl.top_table(found, "a-ntc", number=6)
    assert set(table.index) == set(VAR.index[:6])
    columns = ["log_fc", "t", "p_value", "adj_p_value", "b"]
    pd.testing.assert_frame_equal(
        table[columns], pl.top_table(expected, "a-ntc", number=6)[columns], rtol=1e-9
    )
    assert_same(
        pl.treat(fit, lfc=0.5, **options), pl.treat(by_lm_fit(), lfc=0.5, **options), ["t"], 1e-9
    )


def test_two_groups_are_compared_by_a_contrast_of_the_comparisons():
    fit = pl.fit_against_control(adata(LOGS), "guide", "ntc", COVARIATES)
    found = pl.contrasts_fit(fit, [1, -1, 0, 0])
    expected = pl.contrasts_fit(by_lm_fit(), [1, -1, 0, 0])
    for name in ("coefficients", "stdev_unscaled"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_array])
def test_threads_change_no_bit(kind):
    data = adata(kind(COUNTS.astype(float)))
    one, four = (
        pl.fit_against_control(data, "guide", "ntc", COVARIATES, target_sum=1e4, n_jobs=n)
        for n in (1, 4)
    )
    for name in COMPONENTS:
        np.testing.assert_array_equal(one[name], four[name])


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_array])
def test_cells_without_a_group_are_excluded(kind):
    obs = OBS.assign(guide=OBS["guide"].where(OBS["guide"] != "a"))
    with pytest.warns(Note, match="cells have no group"):
        fit = pl.fit_against_control(
            adata(kind(COUNTS), obs), "guide", "ntc", COVARIATES, target_sum=1e4
        )
    kept = (OBS["guide"] != "a").to_numpy()
    rest = pl.fit_against_control(
        adata(COUNTS[kept], OBS[kept]), "guide", "ntc", COVARIATES, target_sum=1e4
    )
    assert_same(fit, rest)


def test_library_sizes_may_be_given():
    obs = OBS.assign(total=COUNTS.sum(axis=1))
    part = anndata.AnnData(sp.csr_array(COUNTS[:, :20]), obs=obs, var=VAR[:20])
    fit = pl.fit_against_control(part, "guide", "ntc", target_sum=1e4, lib_size="total")
    assert_same(fit, by_lm_fit("")[:20])


def test_a_cell_without_counts_counts_as_zeros():
    counts, logs = COUNTS.copy(), LOGS.copy()
    counts[3], logs[3] = 0, 0
    fit = pl.fit_against_control(adata(sp.csr_array(counts)), "guide", "ntc", target_sum=1e4)
    assert_same(fit, pl.fit_against_control(adata(logs), "guide", "ntc"))


def test_a_group_in_a_batch_of_its_own_has_no_estimate():
    obs = OBS.assign(batch=np.where(OBS["guide"] == "b", "own", OBS["batch"]))
    with pytest.warns(EstimationWarning, match=r"1 comparisons have no estimate.*'b-ntc'"):
        fit = pl.fit_against_control(adata(LOGS, obs), "guide", "ntc", "batch")
    missing = np.isnan(fit["coefficients"])
    assert missing[:, 0].all()
    assert not missing[:, 1:].any()
    with pytest.warns(EstimationWarning, match="var_prior"):
        assert np.isnan(pl.e_bayes(fit)["p_value"][:, 0]).all()


def test_a_formula_of_covariates_has_its_own_intercept():
    data = adata(LOGS)
    listed = pl.fit_against_control(data, "guide", "ntc", COVARIATES)
    for formula in ("~ batch + `log size`", "~ 0 + batch + `log size`"):
        assert_same(pl.fit_against_control(data, "guide", "ntc", formula), listed)


def test_large_results_are_announced(monkeypatch):
    monkeypatch.setattr(against_control, "_LARGE", 1)
    with pytest.warns(Note, match="400 cells, 60 genes and 5 groups: the fit takes about"):
        pl.fit_against_control(adata(LOGS), "guide", "ntc")


def test_values_in_another_unit_are_noticed():
    with pytest.warns(InputWarning, match="counts"):
        pl.fit_against_control(adata(COUNTS), "guide", "ntc")
    with pytest.warns(InputWarning, match="look like logarithms"):
        pl.fit_against_control(adata(LOGS), "guide", "ntc", target_sum=1e4)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"group": "gide"}, UnknownNameError, "'guide'"),
        ({"control": "nct"}, UnknownNameError, "'ntc'"),
        ({"group": ["ntc"] * N_CELLS}, InputError, "no group but the control"),
        ({"group": ["ntc"] * 3}, ShapeError, "3 values"),
        ({"covariates": ["bach"]}, DesignError, "batch"),
        ({"covariates": np.ones((3, 1))}, ShapeError, "need a row each"),
        ({"covariates": np.full(N_CELLS, np.nan)}, DesignError, "missing"),
        ({"covariates": RNG.normal(size=(N_CELLS, N_CELLS))}, InputError, "degrees of freedom"),
        ({"layer": "counts"}, UnknownNameError, "counts"),
        ({"target_sum": 0}, InputError, "target_sum"),
        ({"target_sum": 1e4, "lib_size": np.zeros(N_CELLS)}, InputError, "positive"),
        ({"object": adata(np.where(LOGS > 8, np.nan, LOGS))}, InputError, "missing or infinite"),
        ({"object": adata(-COUNTS), "target_sum": 1e4}, InputError, "negative"),
        ({"object": pl.EList(E=LOGS.T, weights=LOGS.T + 1), "samples": OBS}, InputError, "weights"),
    ],
)
def test_what_cannot_be_used_is_named(change, error, message):
    arguments = {"object": adata(LOGS), "group": "guide", "control": "ntc"} | change
    with pytest.raises(error, match=message):
        pl.fit_against_control(**arguments)
