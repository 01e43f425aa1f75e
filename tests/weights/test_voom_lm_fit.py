"""Fits of counts with the precision of observations and samples, blocks and exact zeros."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputTypeError,
    InputWarning,
    ShapeError,
)

N_GENES, N_SAMPLES = 200, 8
RNG = np.random.default_rng(12)
BLOCK = np.repeat(list("abcd"), 2)
EFFECTS = RNG.normal(0, 0.4, (N_GENES, 4))[:, [0, 0, 1, 1, 2, 2, 3, 3]]
NOISE = EFFECTS + RNG.normal(0, 0.3, (N_GENES, N_SAMPLES)) * [1, 1, 1, 3, 1, 1, 1, 1]
COUNTS = pd.DataFrame(
    RNG.poisson(np.geomspace(20, 900, N_GENES)[:, None] * np.exp(NOISE)),
    index=[f"g{k}" for k in range(N_GENES)],
    columns=[f"s{k}" for k in range(N_SAMPLES)],
)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0.0, 1] * 4}, index=COUNTS.columns)
ZEROS = COUNTS.copy()
ZEROS.iloc[::9, ::2] = 0
ZEROS.iloc[4] = 0
pytestmark = pytest.mark.filterwarnings("ignore:.*no reads in any:pylimma.errors.InputWarning")


def slow_twin(counts, *, blocks=False, quality=False):
    """The method in words: public functions one after the other, exact zeros by group."""
    size = counts.sum() + 1.0
    log_cpm = np.log2((counts + 0.5) / size * 1e6)
    to_counts = np.log2(size) - np.log2(1e6)
    empty = counts.T.groupby(DESIGN["treated"]).transform("sum").T == 0
    observed = log_cpm.mask(empty)
    x = observed.mean(axis=1) + to_counts.mean()
    samples, correlation = None, None
    span = pylimma.choose_lowess_span(len(counts), 50, 0.3, 1 / 3)

    def fit_of(data, weights):
        block = BLOCK if correlation else None
        return pylimma.lm_fit(data, DESIGN, weights=weights, block=block, correlation=correlation)

    rounds = 2 if blocks or quality else 1
    for _ in range(rounds):
        fit, seen = fit_of(log_cpm, samples), fit_of(observed, samples)
        y, df = np.sqrt(seen["sigma"]), seen["df_residual"]
        used = df > 0
        if empty.to_numpy().any():
            line = pylimma.weighted_lowess(
                x[used], y[used], df[used], span=span, output_style="lowess"
            )
        else:
            line = pylimma.lowess(x[used], y[used], f=span)
        fitted = fit["coefficients"] @ DESIGN.T.to_numpy() + to_counts.to_numpy()
        weights = np.interp(fitted, line.x, line.y) ** -4.0
        if quality:
            method = "genebygene" if empty.to_numpy().any() else "reml"
            samples = pylimma.array_weights(observed, DESIGN, weights, method=method)
            weights = weights * samples.to_numpy()
        if blocks:
            correlation = pylimma.duplicate_correlation(
                observed, DESIGN, block=BLOCK, weights=weights
            ).consensus_correlation
    final, seen = fit_of(log_cpm, weights), fit_of(observed, weights)
    return final.replace(sigma=seen["sigma"], df_residual=seen["df_residual"]), weights


@pytest.mark.parametrize("counts", [COUNTS, ZEROS], ids=["counts", "exact zeros"])
@pytest.mark.parametrize("quality", [False, True])
@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.filterwarnings("ignore:Some coefficients:pylimma.errors.EstimationWarning")
def test_fit_is_that_of_a_slow_twin(counts, quality, blocks):
    found = pylimma.voom_lm_fit(
        counts, DESIGN, block=BLOCK if blocks else None, sample_weights=quality
    )
    expected, weights = slow_twin(counts, blocks=blocks, quality=quality)
    names = ["coefficients", "stdev_unscaled", "sigma", "df_residual", "Amean"]
    for name in [*names, *(["correlation"] if blocks else [])]:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(found["EList"]["weights"], weights, rtol=1e-9)
    assert ("sample_weight" in found["targets"]) == quality


def test_blocks_and_poor_samples_are_found():
    fit = pylimma.voom_lm_fit(COUNTS, DESIGN, block=BLOCK, sample_weights=True)
    assert 0.3 < fit["correlation"] < 0.9
    assert fit["targets"]["sample_weight"].idxmin() == "s3"
    assert list(fit["block"]) == list(BLOCK)


def test_without_blocks_the_fit_is_that_of_voom_and_lm_fit():
    found = pylimma.voom_lm_fit(COUNTS, DESIGN, save_plot=True)
    v = pylimma.voom(COUNTS, DESIGN, save_plot=True)
    expected = pylimma.lm_fit(v)
    for name in ("coefficients", "stdev_unscaled", "sigma", "Amean", "cov_coefficients"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(found["voom_line"].y, v["voom_line"].y)
    assert list(found.row_names) == list(COUNTS.index)
    assert list(found.col_names) == ["all", "treated"]
    assert found["description"].coefficients == expected["description"].coefficients


def test_groups_without_counts_lose_their_degrees_of_freedom():
    fit = pylimma.voom_lm_fit(ZEROS, DESIGN, save_plot=True)
    df = fit["df_residual"]
    assert df[0] == 3
    assert df[4] == 0
    assert df[1] == 6
    assert np.isnan(fit["sigma"][4])
    assert np.isfinite(fit["coefficients"]).all()
    assert fit["voom_line"].delta is not None
    assert len(fit["voom_xy"].x) == N_GENES - 1
    assert np.isfinite(pylimma.e_bayes(fit)["p_value"]).all()


def test_exact_zeros_that_cost_no_degrees_of_freedom_leave_the_trend_unweighted():
    design = DESIGN.assign(first=[1.0] + [0] * 7)
    counts = COUNTS.copy()
    counts.iloc[:30, 0] = 0
    counts.iloc[:30, [3, 5]] = 0  # enough zeros to be examined; those are no exact ones
    fit = pylimma.voom_lm_fit(counts, design, sample_weights=True, save_plot=True)
    assert set(fit["df_residual"]) == {5}
    assert fit["voom_line"].delta is None
    assert np.isfinite(fit["targets"]["sample_weight"]).all()


def test_a_redundant_column_hides_no_exact_zeros():
    redundant = DESIGN.assign(again=DESIGN["treated"] * 2 + 1)
    with pytest.warns(InputWarning, match="not estimable"):
        fit = pylimma.voom_lm_fit(ZEROS, redundant)
    np.testing.assert_array_equal(
        fit["df_residual"], pylimma.voom_lm_fit(ZEROS, DESIGN)["df_residual"]
    )


@pytest.mark.filterwarnings("ignore:Standard errors of contrasts:pylimma.errors.Note")
@pytest.mark.parametrize("blocks", [None, BLOCK])
def test_contrasts_are_those_of_a_design_that_has_them_as_coefficients(blocks):
    slope = pd.Series(np.linspace(-1, 2, N_SAMPLES) ** 2, index=COUNTS.columns)
    design = DESIGN.assign(slope=slope)
    turned = pd.DataFrame(
        {"all": 1.0, "sum": design["treated"], "slope": slope - design["treated"]}
    )
    found = pylimma.voom_lm_fit(COUNTS, design, block=blocks, contrasts="treated + slope")
    expected = pylimma.voom_lm_fit(COUNTS, turned, block=blocks)
    assert list(found.col_names) == ["treated + slope"]
    for name in ("coefficients", "stdev_unscaled"):
        np.testing.assert_allclose(found[name][:, 0], expected[name][:, 1], rtol=1e-8)
    np.testing.assert_allclose(found["sigma"], expected["sigma"], rtol=1e-9)


@pytest.mark.filterwarnings("ignore:Coefficients not estimable:pylimma.errors.InputWarning")
@pytest.mark.parametrize(
    ("contrasts", "message"),
    [
        ("treated - placebo", "placebo"),
        ([1.0, 0, 0], "3 rows"),
        ([[0.0], [0.0]], "tests nothing"),
        ([np.nan, 1.0], "missing or infinite"),
        ("twice - all", "which the design cannot estimate"),
    ],
)
def test_contrasts_are_checked_before_anything_is_fitted(monkeypatch, contrasts, message):
    def fails(*_, **__):
        raise AssertionError

    monkeypatch.setattr("pylimma.weights.voom_lm_fit.iterate_fit", fails)
    monkeypatch.setattr("pylimma.fit.linear_model.fit_expression", fails)
    design = DESIGN.assign(twice=2 * DESIGN["treated"]) if "twice" in contrasts else DESIGN
    for function in (pylimma.voom_lm_fit, pylimma.lm_fit):
        data = COUNTS if function is pylimma.voom_lm_fit else np.log2(COUNTS + 1.0)
        with pytest.raises((DesignError, ShapeError), match=message):
            function(data, design, contrasts=contrasts)


@pytest.mark.filterwarnings("ignore:Standard errors of contrasts:pylimma.errors.Note")
def test_covariances_of_genes_are_kept_unless_they_are_not_wanted():
    design = DESIGN.assign(slope=np.linspace(-1, 2, N_SAMPLES) ** 2)
    fit = pylimma.voom_lm_fit(COUNTS, design)
    assert fit["cov_by_gene"].shape == (N_GENES, 6)
    without = pylimma.voom_lm_fit(COUNTS, design, keep=())
    assert "cov_by_gene" not in without
    with pytest.warns(EstimationWarning, match="approximate"):
        pylimma.contrasts_fit(without, "treated + slope")
    found = pylimma.voom_lm_fit(COUNTS, design, contrasts="treated + slope", keep=())
    assert "cov_by_gene" not in found
    exact = pylimma.contrasts_fit(fit, "treated + slope")
    np.testing.assert_allclose(found["stdev_unscaled"], exact["stdev_unscaled"], rtol=1e-12)
    with pytest.raises(InputError, match="`keep` must be one of 'cov_by_gene'"):
        pylimma.voom_lm_fit(COUNTS, DESIGN, keep="weights")


def test_sample_weights_are_those_of_one_pass_where_the_older_numbers_are_wanted():
    found = pylimma.voom_lm_fit(COUNTS, DESIGN, sample_weights=True, compat="3.68")
    v = pylimma.voom(COUNTS, DESIGN)
    quality = pylimma.array_weights(v, DESIGN)
    v = pylimma.voom(COUNTS, DESIGN, weights=quality.to_numpy())
    again = pylimma.array_weights(v, DESIGN)
    np.testing.assert_allclose(found["targets"]["sample_weight"], again, rtol=1e-9)


def test_offsets_replace_library_sizes():
    size = COUNTS.sum()
    plain = pylimma.voom_lm_fit(COUNTS, DESIGN)
    for counts, options in (
        (COUNTS, {"offset": np.log(size)}),
        (COUNTS, {"offset_prior": np.zeros(COUNTS.shape)}),
        (pylimma.DGEList(COUNTS, offset=np.tile(np.log(size), (N_GENES, 1))), {}),
    ):
        found = pylimma.voom_lm_fit(counts, DESIGN, **options)
        for name in ("coefficients", "stdev_unscaled", "sigma"):
            np.testing.assert_allclose(found[name], plain[name], rtol=1e-10)
    factor = np.linspace(-1, 1, N_GENES)[:, None] * DESIGN["treated"].to_numpy()
    found = pylimma.voom_lm_fit(COUNTS, DESIGN, offset=np.log(size.to_numpy()) + factor)
    moved = found["coefficients"] - plain["coefficients"]
    np.testing.assert_allclose(moved[:, 1], -np.linspace(-1, 1, N_GENES) / np.log(2), atol=0.03)


@pytest.mark.parametrize("shape", ["observations", "genes", "samples"])
def test_prior_weights_are_a_factor_of_the_weights(shape):
    full = RNG.uniform(0.5, 2, COUNTS.shape)
    prior = {"observations": full, "genes": full[:, 0], "samples": full[0]}[shape]
    found = pylimma.voom_lm_fit(COUNTS, DESIGN, prior_weights=prior)
    v = pylimma.voom(COUNTS, DESIGN, weights=prior)
    factor = pylimma.as_matrix_weights(prior, COUNTS.shape)
    np.testing.assert_allclose(found["EList"]["weights"], v["weights"] * factor, rtol=1e-12)


def test_sample_weights_are_not_taken_for_genes_where_there_are_as_many_genes_as_samples():
    few = COUNTS.iloc[::25]
    found = pylimma.voom_lm_fit(few, DESIGN, sample_weights=True)
    quality = pylimma.array_weights(pylimma.voom(few, DESIGN), DESIGN, method="reml")
    v = pylimma.voom(few, DESIGN, weights=quality.to_numpy()[None, :])
    again = pylimma.array_weights(v, DESIGN, method="reml")
    np.testing.assert_allclose(found["EList"]["weights"], v["weights"] * again.to_numpy())


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_result_does_not_depend_on_threads(n_jobs):
    one, more = (
        pylimma.voom_lm_fit(ZEROS, DESIGN, block=BLOCK, sample_weights=True, n_jobs=n)
        for n in (1, n_jobs)
    )
    for name in ("coefficients", "stdev_unscaled", "sigma"):
        np.testing.assert_array_equal(one[name], more[name])


def test_samples_in_another_order_get_the_same_fit():
    order = RNG.permutation(COUNTS.columns)
    block = pd.Series(BLOCK, index=COUNTS.columns)
    found = pylimma.voom_lm_fit(COUNTS, DESIGN, block=block, sample_weights=True)
    other = pylimma.voom_lm_fit(COUNTS[order], DESIGN, block=block, sample_weights=True)
    assert list(other["block"]) == list(block[order])
    for name in ("coefficients", "stdev_unscaled", "sigma", "correlation"):
        np.testing.assert_allclose(other[name], found[name], rtol=1e-7, err_msg=name)


def test_blocks_of_one_sample_are_recorded_with_correlation_zero():
    with pytest.warns(InputWarning, match="every block has one sample"):
        found = pylimma.voom_lm_fit(COUNTS, DESIGN, block=range(8))
    plain = pylimma.voom_lm_fit(COUNTS, DESIGN)
    assert found["correlation"] == 0
    np.testing.assert_allclose(found["sigma"], plain["sigma"], rtol=1e-10)


def test_tables_of_samples_come_from_the_dge_list_or_hold_library_sizes():
    y = pylimma.DGEList(counts=COUNTS, group=["c", "t"] * 4)
    fit = pylimma.voom_lm_fit(y, sample_weights=True, keep_elist=False)
    assert list(fit["targets"].columns) == ["group", "lib_size", "norm_factors", "sample_weight"]
    assert list(fit.col_names) == ["(Intercept)", "groupt"]
    assert "EList" not in fit
    assert list(pylimma.voom_lm_fit(COUNTS, DESIGN)["targets"].columns) == ["lib_size"]


def test_a_formula_speaks_of_the_table_of_samples():
    table = pd.DataFrame({"dose": ["lo", "hi"] * 4}, index=COUNTS.columns).iloc[::-1]
    found = pylimma.voom_lm_fit(COUNTS, "~ dose", samples=table, reference={"dose": "lo"})
    assert list(found.col_names) == ["(Intercept)", "dosehi"]
    expected = pylimma.voom_lm_fit(COUNTS, DESIGN)
    np.testing.assert_allclose(found["coefficients"], expected["coefficients"])


def test_without_replication_the_fit_has_no_weights():
    with pytest.warns(EstimationWarning, match="fewer than two genes with residual degrees"):
        fit = pylimma.voom_lm_fit(COUNTS, np.eye(8))
    assert "EList" not in fit
    np.testing.assert_allclose(fit["stdev_unscaled"], 1)


def test_fit_is_stored_in_an_anndata_on_request():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(COUNTS.T.astype(float))
    fit = pylimma.voom_lm_fit(adata, DESIGN, block=BLOCK, key_added="limma")
    kept = pylimma.fit_from_anndata(adata)
    np.testing.assert_array_equal(kept["sigma"], fit["sigma"])
    assert kept["correlation"] == fit["correlation"]
    with pytest.raises(InputTypeError, match="`key_added` stores results in an AnnData"):
        pylimma.voom_lm_fit(COUNTS, DESIGN, key_added="limma")


def test_picture_shows_the_trend(monkeypatch):
    drawn = []
    monkeypatch.setattr("pylimma.weights.trend.draw", lambda name, **_: drawn.append(name))
    pylimma.voom_lm_fit(COUNTS, DESIGN, plot=True)
    assert drawn == ["voom_trend"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"block": [1, 2]}, ShapeError, "`block` has 2 values; there are 8 samples"),
        ({"block": [None] * 8}, InputError, "`block` is missing for samples 's0'"),
        (
            {"prior_weights": np.ones(8), "sample_weights": True},
            InputError,
            "`prior_weights` are given together with `sample_weights`",
        ),
        (
            {"sample_weights": True, "prior_n": -2},
            InputError,
            "`prior_n` must be finite and at least 0",
        ),
        ({"var_group": [1] * 8}, InputError, "at least two groups"),
        ({"lib_size": [1, 2]}, ShapeError, "`lib_size` has 2 values"),
    ],
)
def test_what_cannot_be_used_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        pylimma.voom_lm_fit(COUNTS, DESIGN, **options)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
def test_contrasts_of_the_fit_do_not_depend_on_the_reference_level():
    data = pylimma.simulate_counts(150, 9, rng=3).counts
    groups = np.repeat(np.eye(3), 3, axis=0)
    dose = np.linspace(0, 1, 9)[:, None] ** 2
    designs = [np.hstack([np.ones((9, 1)), np.delete(groups, k, 1), dose]) for k in (0, 1)]
    # C - B: directly, and as the coefficient of C where B is the reference
    contrasts = [[0, -1, 1, 0], [0, 0, 1, 0]]
    fits = [
        pylimma.contrasts_fit(pylimma.voom_lm_fit(data, x), c)
        for x, c in zip(designs, contrasts, strict=True)
    ]
    for name in ("coefficients", "stdev_unscaled"):
        np.testing.assert_allclose(fits[0][name], fits[1][name], rtol=1e-8)
