"""lm_fit for every kind of input, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputWarning,
    ShapeError,
    UnknownNameError,
)
from pylimma.numerics.regression import linalg
from pylimma.numerics.regression.linalg import pivoted_qr

SAMPLES = [f"s{k}" for k in range(1, 9)]


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def y(rng):
    genes = [f"g{k}" for k in range(1, 21)]
    return pd.DataFrame(rng.normal(6, 1, size=(20, 8)), index=genes, columns=SAMPLES)


@pytest.fixture
def design():
    return pd.DataFrame({"Intercept": 1.0, "treated": np.repeat([0.0, 1.0], 4)}, index=SAMPLES)


def test_names_of_genes_samples_and_coefficients_are_kept(y, design):
    fit = pylimma.lm_fit(y, design)
    assert list(fit.row_names) == list(y.index)
    assert list(fit.col_names) == ["Intercept", "treated"]
    assert list(fit.frame("design").index) == SAMPLES
    pd.testing.assert_series_equal(fit.frame("Amean"), y.mean(axis=1), check_names=False)


def test_a_design_in_another_order_is_matched_by_name(y, design):
    straight, shuffled = pylimma.lm_fit(y, design), pylimma.lm_fit(y, design.iloc[::-1])
    np.testing.assert_allclose(straight["coefficients"], shuffled["coefficients"])


def test_data_in_another_order_are_matched_by_name(y, design):
    straight, shuffled = pylimma.lm_fit(y, design), pylimma.lm_fit(y.iloc[:, ::-1], design)
    np.testing.assert_allclose(straight["coefficients"], shuffled["coefficients"])


def test_a_design_for_other_samples_is_refused_with_their_names(y, design):
    with pytest.raises(UnknownNameError, match=r"missing: 's8'; not in the data: 'x'"):
        pylimma.lm_fit(y, design.rename(index={"s8": "x"}))


def test_a_formula_gives_the_same_fit_as_its_matrix(y, design):
    targets = pd.DataFrame({"group": ["a"] * 4 + ["b"] * 4}, index=SAMPLES).iloc[::-1]
    fit = pylimma.lm_fit(y, "~ group", samples=targets)
    np.testing.assert_allclose(
        fit["coefficients"], pylimma.lm_fit(y, design)["coefficients"], rtol=1e-12
    )
    assert list(fit.col_names) == ["(Intercept)", "groupb"]


def test_without_a_design_the_mean_is_fitted(y):
    fit = pylimma.lm_fit(y)
    np.testing.assert_allclose(fit["coefficients"][:, 0], y.mean(axis=1))
    np.testing.assert_allclose(fit["sigma"], y.std(axis=1, ddof=1))
    assert list(fit.col_names) == ["x1"]


def test_weights_stored_with_the_data_are_used(y, design, rng):
    weights = rng.gamma(2.0, size=y.shape)
    stored = pylimma.lm_fit(pylimma.EList(E=y, weights=weights), design)
    given = pylimma.lm_fit(y, design, weights=weights)
    np.testing.assert_array_equal(stored["coefficients"], given["coefficients"])


def test_covariance_of_shared_weights_is_that_of_every_gene(y, design):
    fit = pylimma.lm_fit(y, design, weights=np.arange(1.0, 9.0))
    np.testing.assert_allclose(
        np.sqrt(np.diag(fit["cov_coefficients"])), fit["stdev_unscaled"][0], rtol=1e-12
    )


@pytest.mark.parametrize("method", ["ls", "robust"])
def test_a_row_of_weights_is_by_sample_also_for_as_many_genes_as_samples(y, design, method):
    weights = np.arange(1.0, 9.0)
    square = pylimma.lm_fit(y[:8], design, weights=weights[None, :], method=method)
    whole = pylimma.lm_fit(y, design, weights=weights, method=method)
    np.testing.assert_allclose(square["coefficients"], whole["coefficients"][:8])


def test_blocks_agree_with_generalised_least_squares(y, design):
    block, rho = [1, 1, 2, 2, 3, 3, 4, 4], 0.4
    fit = pylimma.lm_fit(y, design, block=block, correlation=rho)
    covariance = np.where(np.equal.outer(block, block), rho, 0.0)
    np.fill_diagonal(covariance, 1.0)
    inverse = np.linalg.inv(covariance)
    x = design.to_numpy()
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ y.to_numpy().T).T
    np.testing.assert_allclose(fit["coefficients"], beta, rtol=1e-10)
    residual = y.to_numpy() - beta @ x.T
    variance = np.einsum("gi,ij,gj->g", residual, inverse, residual) / 6
    np.testing.assert_allclose(fit["sigma"], np.sqrt(variance), rtol=1e-10)
    np.testing.assert_allclose(fit["cov_coefficients"], np.linalg.inv(information), rtol=1e-10)


def test_blocks_in_another_order_are_matched_by_name(y, design):
    block = pd.Series([1, 1, 2, 2, 3, 3, 4, 4], index=SAMPLES)
    straight = pylimma.lm_fit(y, design, block=block, correlation=0.4)
    shuffled = pylimma.lm_fit(
        y, design, block=block.iloc[[7, 0, 2, 5, 1, 6, 4, 3]], correlation=0.4
    )
    np.testing.assert_array_equal(straight["sigma"], shuffled["sigma"])


def test_duplicate_spots_without_correlation_count_as_samples(rng):
    y = rng.normal(size=(12, 4))
    fit = pylimma.lm_fit(y, ndups=2, spacing=6, correlation=0.0)
    both = np.hstack([y[:6], y[6:]])
    np.testing.assert_allclose(fit["coefficients"][:, 0], both.mean(axis=1))
    np.testing.assert_allclose(fit["Amean"], both.mean(axis=1))


def test_a_robust_fit_sees_through_an_outlier(y, design):
    spoilt = y.copy()
    spoilt.iloc[0, 0] += 50
    robust = pylimma.lm_fit(spoilt, design, method="robust")
    plain = pylimma.lm_fit(y, design)
    assert abs(robust["coefficients"][0, 1] - plain["coefficients"][0, 1]) < 1
    assert robust["method"] == "robust"


def test_results_do_not_depend_on_the_number_of_threads(rng):
    y, design = rng.normal(size=(40000, 8)), np.column_stack([np.ones(8), np.arange(8.0)])
    weights = rng.gamma(1.0, size=y.shape)
    one = pylimma.lm_fit(y, design, weights=weights, n_jobs=1)
    two = pylimma.lm_fit(y, design, weights=weights, n_jobs=2)
    np.testing.assert_array_equal(one["sigma"], two["sigma"])


def test_missing_values_count_the_samples_a_gene_was_seen_in(y, design):
    y.iloc[0, :3] = np.nan
    fit = pylimma.lm_fit(y, design)
    assert fit["n_observed"][0] == 5
    assert fit["df_residual"][0] == 3


def test_inputs_are_left_alone(y, design):
    copies = y.copy(), design.copy()
    pylimma.lm_fit(y, design, weights=np.ones(8))
    pd.testing.assert_frame_equal(y, copies[0])
    pd.testing.assert_frame_equal(design, copies[1])


def test_redundant_columns_are_named_with_their_relation(y, design):
    design["batchB"] = design["treated"]
    with pytest.warns(InputWarning, match=r"not estimable: 'batchB' \(batchB = treated\)"):
        fit = pylimma.lm_fit(y, design)
    assert np.isnan(fit["coefficients"][:, 2]).all()
    assert fit["rank"] == 2


def test_nearly_collinear_columns_are_named(y, design):
    design["near"] = design["treated"] + 1e-9 * np.arange(8)
    with pytest.warns(InputWarning, match=r"'treated', 'near'.*(nearly|not estimable)|batch|near"):
        pylimma.lm_fit(y, design)


def test_genes_that_lack_a_group_are_counted(y, design):
    y.iloc[:2, 4:] = np.nan
    with pytest.warns(EstimationWarning, match="cannot be estimated for 2 genes"):
        pylimma.lm_fit(y, design)


def test_counts_are_pointed_out():
    counts = np.random.default_rng(1).poisson(2000, size=(50, 8))
    with pytest.warns(InputWarning, match="counts\\? .* use `voom`"):
        pylimma.lm_fit(counts)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"design": np.ones((5, 1))}, ShapeError, "`design` has 5 rows and the data 8 samples"),
        ({"design": np.ones((2, 8))}, ShapeError, "the design looks transposed"),
        ({"design": np.ones((20, 1))}, ShapeError, "the data look transposed"),
        ({"design": np.array(list("aaaabbbb"))}, DesignError, "numeric matrix"),
        ({"design": pd.Categorical(list("aaaabbbb"))}, DesignError, "Use a formula"),
        ({"design": pd.DataFrame({"g": list("aaaabbbb")})}, DesignError, '"~ g"'),
        ({"design": np.r_[np.nan, np.ones(7)]}, DesignError, "missing or infinite .* 's1'"),
        ({"design": "~ group"}, DesignError, "pass `samples=`"),
        ({"method": "least"}, InputError, "`method` must be one of 'ls', 'robust'"),
        ({"block": [1] * 8}, InputError, "duplicate_correlation"),
        ({"block": [1] * 7, "correlation": 0.1}, ShapeError, "`block` has 7 values"),
        ({"block": [1, 1, 2, 2] * 2, "correlation": -0.5}, InputError, "between -0.333 and 1"),
        ({"block": [1] * 8, "correlation": 1.0}, InputError, "and 1"),
        ({"weights": np.ones(7)}, ShapeError, r"allowed are \(20, 8\)"),
        ({"weights": np.zeros(8)}, InputError, "zero"),
        ({"method": "robust", "block": [1] * 8}, InputError, "takes no blocks"),
        ({"method": "robust", "maxiter": 3}, InputError, "no option 'maxiter'"),
        ({"method": "robust", "design": np.ones((8, 2))}, DesignError, "full rank"),
    ],
)
@pytest.mark.filterwarnings("ignore::pylimma.errors.InputWarning")
def test_what_cannot_be_fitted_is_refused(y, arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.lm_fit(y, **arguments)


def test_columns_in_other_units_are_not_taken_for_collinear(y, design):
    design["dose"] = 1e6 * np.arange(8.0) ** 2
    fit = pylimma.lm_fit(y, design)  # warns of nothing
    assert fit["rank"] == 3


def test_blocks_take_the_place_of_duplicate_spots_stored_with_the_data():
    y = np.random.default_rng(8).normal(size=(6, 4))
    data = pylimma.EList(E=y, printer={"ndups": 2, "spacing": 1})
    options = {"block": [1, 1, 2, 2], "correlation": 0.2}
    fit, plain = pylimma.lm_fit(data, **options), pylimma.lm_fit(y, **options)
    np.testing.assert_array_equal(fit.coefficients, plain.coefficients)
    assert len(fit.Amean) == 6


@pytest.mark.parametrize("weights", [None, np.arange(1.0, 25).reshape(6, 4)])
def test_a_design_is_factored_once(monkeypatch, weights):
    designs = []

    def factored(x):
        designs.append(x)
        return pivoted_qr(x)

    monkeypatch.setattr(linalg, "pivoted_qr", factored)
    y = np.random.default_rng(9).normal(size=(6, 4))
    pylimma.lm_fit(y, np.column_stack([np.ones(4), [0, 0, 1, 1]]), weights=weights)
    assert len(designs) == 1


def test_a_fit_keeps_its_data_and_weights_on_request():
    y = pd.DataFrame(np.arange(12.0).reshape(3, 4) ** 1.1, index=list("abc"))
    fit = pylimma.lm_fit(y, np.ones((4, 1)), weights=[1, 2, 3, 4], keep=["EList"])
    assert "cov_by_gene" not in fit
    assert fit["EList"]["weights"].tolist() == [[1, 2, 3, 4]] * 3
    assert list(fit["EList"].row_names) == list("abc")
    assert list(fit.subset(["c"])["EList"].row_names) == ["c"]
    with pytest.raises(InputError, match="Duplicate"):
        pylimma.lm_fit(y.iloc[:2], ndups=2, correlation=0.3, keep="EList")
