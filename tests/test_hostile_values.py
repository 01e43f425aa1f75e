"""What odd values, tables and units get; with the data of `test_hostile_inputs`."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from test_hostile_inputs import (
    DESIGN,
    ERRORS,
    FIT,
    MODERATED,
    NAMES,
    PLAIN,
    SAMPLES,
    WARNINGS,
    E,
    changed,
)

import pylimma as pl
from pylimma.errors import EstimationWarning, InputWarning, PylimmaWarning


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_used_is_refused_with_a_message_that_helps(case):
    call, kind, words = ERRORS[case]
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize("case", WARNINGS)
def test_what_is_suspicious_is_warned_about(case):
    call, kind, words = WARNINGS[case]
    with pytest.warns(kind, match=words):
        call()


PLAIN_E = E.to_numpy()
KINDS = {
    "float32": lambda: PLAIN_E.astype(np.float32),
    "float16": lambda: PLAIN_E.astype(np.float16),
    "big-endian": lambda: PLAIN_E.astype(">f8"),
    "Fortran order": lambda: np.asfortranarray(PLAIN_E),
    "strided": lambda: np.repeat(np.repeat(PLAIN_E, 2, axis=0), 2, axis=1)[::2, ::2],
    "object": lambda: PLAIN_E.astype(object),
    "nested lists": PLAIN_E.tolist,
    "nullable columns": lambda: E.astype("Float64"),
    "Arrow columns": lambda: E.astype("double[pyarrow]"),
    "csr": lambda: scipy.sparse.csr_matrix(PLAIN_E),
    "csc array": lambda: scipy.sparse.csc_array(PLAIN_E),
    "coo": lambda: scipy.sparse.coo_matrix(PLAIN_E),
    "reordered columns": lambda: E.iloc[:, ::-1],
}


@pytest.mark.parametrize("kind", KINDS)
def test_odd_kinds_of_numbers_give_the_same_result(kind):
    rtol = {"float32": 1e-5, "float16": 1e-2}.get(kind, 1e-12)
    fit = pl.lm_fit(KINDS[kind](), DESIGN)
    np.testing.assert_allclose(fit["coefficients"], PLAIN["coefficients"], rtol=rtol)
    assert fit["coefficients"].dtype == np.float64


@pytest.mark.parametrize("scale", [1e200, 1e-300])
def test_extreme_values_neither_overflow_nor_vanish(scale):
    fit = pl.e_bayes(pl.lm_fit(E * scale, DESIGN))
    np.testing.assert_allclose(fit["t"], MODERATED["t"], rtol=1e-9)


def test_infinite_values_are_missing_for_vooma():
    cells = {(1, 2): np.inf, (3, 4): -np.inf}
    with pytest.warns(pl.errors.InputWarning, match="2 infinite values"):
        found = pl.vooma(changed(E, cells), DESIGN)
    missing = pl.vooma(changed(E, dict.fromkeys(cells, np.nan)), DESIGN)
    np.testing.assert_array_equal(found["weights"], missing["weights"])


def test_reordered_tables_of_samples_are_matched_by_name():
    other = pl.lm_fit(E, "~ group + batch", samples=SAMPLES.sample(frac=1, random_state=1))
    np.testing.assert_array_equal(other["coefficients"], FIT["coefficients"])


def test_a_gene_without_values_has_no_result_and_leaves_the_others_alone():
    with_hole = changed(E, {(7, k): np.nan for k in range(8)})
    fit = pl.e_bayes(pl.lm_fit(with_hole, DESIGN))
    assert np.isnan(fit["p_value"][7]).all()
    others = np.delete(np.arange(60), 7)
    assert np.isfinite(fit["p_value"][others]).all()


def test_nothing_passes_and_the_table_keeps_its_columns():
    table = pl.top_table(MODERATED, coef="b", p_value=0.0)
    whole = pl.top_table(MODERATED, coef="b", number=3)
    assert len(table) == 0
    assert table.dtypes.equals(whole.dtypes)


@pytest.mark.parametrize("method", ["auto", "genebygene", "reml"])
@pytest.mark.parametrize("scale", [1e-160, 1e-8, 1e160])
def test_sample_weights_do_not_depend_on_the_unit_of_expression(scale, method):
    expected = pl.array_weights(E, DESIGN, method=method)
    found = pl.array_weights(E * scale, DESIGN, method=method)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_weights_of_as_many_genes_as_samples_are_told_apart_by_their_names():
    square = E.iloc[:8]
    weights = np.linspace(1, 2, 8)
    by_sample = pl.lm_fit(square, DESIGN, weights=pd.Series(weights, index=NAMES))
    by_gene = pl.lm_fit(square, DESIGN, weights=pd.Series(weights, index=square.index))
    as_row = pl.lm_fit(square, DESIGN, weights=weights[None, :])
    as_column = pl.lm_fit(square, DESIGN, weights=weights[:, None])
    np.testing.assert_array_equal(by_sample["sigma"], as_row["sigma"])
    np.testing.assert_array_equal(by_gene["sigma"], as_column["sigma"])
    assert not np.allclose(by_gene["sigma"], by_sample["sigma"])


@pytest.mark.parametrize("options", [{}, {"weights": np.linspace(1, 2, 8)}])
def test_a_covariate_counted_in_years_gives_the_tests_of_one_about_zero(options):
    years = np.random.default_rng(5).normal(0, 0.3, 8)
    near_zero, now = (
        pl.e_bayes(
            pl.lm_fit(E, np.column_stack([np.ones(8), DESIGN["b"], start + years]), **options)
        )
        for start in (0, 2020)
    )
    np.testing.assert_allclose(now["t"][:, 1:], near_zero["t"][:, 1:], rtol=1e-8, atol=1e-9)
    cleaned = [
        pl.remove_batch_effect(E, covariates=start + years, design=DESIGN) for start in (0, 2020)
    ]
    np.testing.assert_allclose(cleaned[1], cleaned[0], rtol=1e-9)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("centre", "spread", "rtol"), [(2020, 0.3, 1e-6), (1.7e9, 1e5, 1e-5), (1.7e9, 1e7, 1e-8)]
)
def test_a_covariate_far_from_zero_gives_the_f_tests_of_one_about_zero(
    centre, spread, rtol, weighted, blocks
):
    rng = np.random.default_rng(3)
    y, x = rng.normal(size=(40, 12)), rng.normal(size=12)
    options = {"block": np.repeat(range(6), 2), "correlation": 0.3} if blocks else {}
    options |= {"weights": rng.uniform(0.5, 2, y.shape)} if weighted else {}
    group = np.arange(12) % 2
    near, far = (
        pl.e_bayes(pl.lm_fit(y, np.column_stack([1 - group, group, z]), **options))
        for z in (x, centre + spread * x)
    )
    np.testing.assert_allclose(far["t"][:, 2], near["t"][:, 2], rtol=rtol)
    np.testing.assert_allclose(far["F"], near["F"], rtol=rtol)
    np.testing.assert_allclose(far["F_p_value"], near["F_p_value"], rtol=100 * rtol)


@pytest.mark.filterwarnings("ignore:.*nearly collinear:pylimma.errors.InputWarning")
@pytest.mark.parametrize("spread", [80, 120, 150, 200, 400])
def test_times_in_seconds_are_fitted_with_blocks_whether_or_not_they_are_estimable(spread):
    rng = np.random.default_rng(4)
    y, block = rng.normal(size=(10, 12)), np.repeat(range(6), 2)
    weights = rng.uniform(0.5, 2, y.shape)
    design = np.column_stack([np.ones(12), 1.7e9 + spread * rng.normal(size=12)])
    for w in (None, weights[0], weights):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            fit = pl.lm_fit(y, design, weights=w, block=block, correlation=0.2)
        assert fit["cov_coefficients"].shape == (fit["rank"], fit["rank"])
        assert np.isfinite(fit["coefficients"][:, 0]).all()


def test_a_gene_seen_at_one_time_only_has_no_slope_whatever_the_unit_of_time():
    y = np.random.default_rng(5).normal(size=(6, 8))
    y[0, 4:] = np.nan
    time = 1.7e9 + np.array([0, 0, 0, 0, 1e6, 2e6, 3e6, 5e6])
    design = np.column_stack([np.ones(8), time])
    with pytest.warns(EstimationWarning, match="cannot be estimated"):
        fit = pl.lm_fit(y, design)
    slope = pl.contrasts_fit(fit, [0, 1])
    assert np.isnan(slope["coefficients"][0, 0])
    assert np.isfinite(slope["coefficients"][1:]).all()
    with pytest.warns(InputWarning, match="not a comparison"):
        mean = pl.contrasts_fit(fit, [1, 1.7e9])
    np.testing.assert_allclose(mean["coefficients"][0, 0], y[0, :4].mean(), rtol=1e-6)
