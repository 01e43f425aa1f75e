"""Counts with precision weights."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import pylimma
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputWarning,
    Note,
    ShapeError,
)

N_GENES, N_SAMPLES = 120, 6
RNG = np.random.default_rng(61)
MEANS = RNG.gamma(1, 100, (N_GENES, 1)) + 5
COUNTS = pd.DataFrame(
    RNG.poisson(MEANS * RNG.gamma(10, 0.1, (N_GENES, N_SAMPLES)) * RNG.uniform(0.5, 2, N_SAMPLES)),
    index=[f"g{k}" for k in range(N_GENES)],
    columns=[f"s{k}" for k in range(N_SAMPLES)],
)
DESIGN = pd.DataFrame({"all": 1.0, "treated": [0.0, 0, 0, 1, 1, 1]}, index=COUNTS.columns)
BLOCK = list("aabbcc")


def slow_voom(counts, design, size, block=None, correlation=0.0, weights=None, factor=1.0):
    """Formulas of the method, with generalised least squares gene by gene."""
    log_size = np.log2(size * factor + 1) * np.ones(counts.shape)
    log_cpm = np.log2(counts + 0.5) - log_size + np.log2(1e6)
    n_samples = len(design)
    same = np.eye(n_samples, dtype=bool) if block is None else np.equal.outer(block, block)
    matrix = np.where(same, correlation, 0) + (1 - correlation) * np.eye(n_samples)
    deviation, fitted = np.empty(len(counts)), np.empty(counts.shape)
    for gene, y in enumerate(log_cpm):
        root = np.ones(n_samples) if weights is None else np.sqrt(weights[gene])
        whiten = np.linalg.inv(np.linalg.cholesky(matrix / np.outer(root, root)))
        x = whiten @ design
        coefficients = np.linalg.lstsq(x, whiten @ y, rcond=None)[0]
        rss = np.sum((whiten @ y - x @ coefficients) ** 2)
        deviation[gene] = (rss / (n_samples - design.shape[1])) ** 0.25
        fitted[gene] = design @ coefficients + log_size[gene] - np.log2(1e6)
    mean_size = np.log2(size + 1).mean() - np.log2(1e6)
    line = pylimma.lowess(
        log_cpm.mean(axis=1) + mean_size, deviation, f=pylimma.choose_lowess_span(len(counts))
    )
    return log_cpm, np.interp(fitted, line.x, line.y) ** -4.0


@pytest.mark.parametrize("blocks", [{}, {"block": BLOCK, "correlation": 0.3}])
@pytest.mark.parametrize("weights", [None, RNG.uniform(0.5, 2, COUNTS.shape)])
def test_log_counts_and_weights_are_those_of_a_slow_twin(blocks, weights):
    found = pylimma.voom(COUNTS, DESIGN, weights=weights, **blocks)
    size = COUNTS.sum().to_numpy()
    E, expected = slow_voom(COUNTS.to_numpy(), DESIGN.to_numpy(), size, weights=weights, **blocks)
    np.testing.assert_allclose(found["E"], E, rtol=1e-12)
    np.testing.assert_allclose(found["weights"], expected, rtol=1e-9)
    np.testing.assert_array_equal(found["targets"]["lib_size"], size)


def test_offsets_replace_library_sizes_and_prior_offsets_multiply_them():
    size = COUNTS.sum().to_numpy()
    prior = RNG.normal(0, 0.3, COUNTS.shape)
    E, weights = slow_voom(COUNTS.to_numpy(), DESIGN.to_numpy(), size, factor=np.exp(prior))
    offset = np.log(size) + prior
    for found in (
        pylimma.voom(COUNTS, DESIGN, offset_prior=prior),
        pylimma.voom(COUNTS, DESIGN, offset=offset),
        pylimma.voom(pylimma.DGEList(COUNTS, offset=offset), DESIGN),
    ):
        np.testing.assert_allclose(found["E"], E, rtol=1e-12)
        np.testing.assert_allclose(found["weights"], weights, rtol=1e-9)


def test_older_numbers_of_offsets_count_libraries_twice():
    offset = np.log(COUNTS.sum().to_numpy()) + RNG.normal(0, 0.3, COUNTS.shape)
    prior = offset - offset.mean(axis=1, keepdims=True)
    found = pylimma.voom(COUNTS, DESIGN, offset=offset, compat="3.68")
    expected = pylimma.voom(COUNTS, DESIGN, offset_prior=prior)
    for name in ("E", "weights", "offset_prior"):
        np.testing.assert_array_equal(found[name], expected[name])
    with pytest.raises(InputError, match=r"`compat` must be None or '3.68'"):
        pylimma.voom(COUNTS, DESIGN, compat="3.67")


def test_unit_weights_equal_none():
    ones = pylimma.voom(COUNTS, DESIGN, weights=np.ones(COUNTS.shape))
    np.testing.assert_allclose(ones["weights"], pylimma.voom(COUNTS, DESIGN)["weights"], rtol=1e-10)


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(N_SAMPLES)), st.permutations(range(N_GENES)))
def test_genes_and_samples_in_another_order_get_the_same_weights(samples, genes):
    found = pylimma.voom(COUNTS, DESIGN)
    other = pylimma.voom(COUNTS.iloc[genes, samples], DESIGN)
    np.testing.assert_allclose(
        other["weights"], found["weights"][np.ix_(genes, samples)], rtol=1e-8
    )


def test_a_change_of_basis_of_the_design_changes_nothing():
    groups = np.column_stack([1 - DESIGN["treated"], DESIGN["treated"]])
    found, other = pylimma.voom(COUNTS, DESIGN), pylimma.voom(COUNTS, groups)
    np.testing.assert_allclose(other["weights"], found["weights"], rtol=1e-9)


def test_a_redundant_column_of_the_design_changes_nothing():
    with pytest.warns(InputWarning, match="not estimable: 'again'"):
        found = pylimma.voom(COUNTS, DESIGN.assign(again=DESIGN["all"]))
    expected = pylimma.voom(COUNTS, DESIGN)
    np.testing.assert_allclose(found["weights"], expected["weights"], rtol=1e-9)


@pytest.mark.parametrize(
    "convert",
    [
        lambda counts: counts.to_numpy(dtype=np.float32),
        lambda counts: counts.to_numpy(dtype=np.int32),
        lambda counts: np.asfortranarray(counts, dtype=">i8"),
        lambda counts: np.repeat(counts.to_numpy(), 2, axis=1)[:, ::2],
        sparse.csr_matrix,
        sparse.csc_array,
        lambda counts: {"counts": counts.to_numpy()},
        lambda counts: pylimma.DGEList(counts=counts, group=list("xxxyyy")),
    ],
)
def test_counts_of_any_kind_give_the_same(convert):
    found = pylimma.voom(convert(COUNTS), DESIGN.to_numpy())
    expected = pylimma.voom(COUNTS, DESIGN)
    np.testing.assert_allclose(found["weights"], expected["weights"], rtol=1e-12)
    assert found["E"].dtype == np.float64


def test_sums_of_small_integers_do_not_overflow():
    small = (COUNTS % 250).astype(np.uint8)
    found = pylimma.voom(small, DESIGN)
    np.testing.assert_array_equal(found["lib_size"], small.astype(int).sum())


def test_result_does_not_depend_on_threads():
    many = np.tile(COUNTS.to_numpy(), (40, 30))
    design = np.tile(DESIGN.to_numpy(), (30, 1))
    one, three = (pylimma.voom(many, design, n_jobs=n) for n in (1, 3))
    np.testing.assert_array_equal(one["weights"], three["weights"])


def test_groups_and_factors_of_a_dge_list_are_used():
    y = pylimma.DGEList(counts=COUNTS, group=list("xxxyyy"), norm_factors=[1, 2, 1, 0.5, 1, 1])
    found = pylimma.voom(y)
    assert list(found.frame("design").columns) == ["(Intercept)", "groupy"]
    np.testing.assert_allclose(found["lib_size"], COUNTS.sum() * [1, 2, 1, 0.5, 1, 1])
    np.testing.assert_allclose(found["targets"]["lib_size"], found["lib_size"])


def test_without_design_or_groups_there_is_a_grand_mean():
    assert list(pylimma.voom(COUNTS).frame("design").columns) == ["GrandMean"]


def test_span_is_kept_only_where_it_is_adaptive():
    assert pylimma.voom(COUNTS, DESIGN)["span"] == pylimma.choose_lowess_span(N_GENES)
    assert "span" not in pylimma.voom(COUNTS, DESIGN, adaptive_span=False)


def test_genes_without_reads_take_no_part_in_the_trend_and_are_warned_of():
    some = COUNTS.copy()
    some.iloc[[3, 7]] = 0
    with pytest.warns(InputWarning, match="2 genes have no reads in any sample"):
        found = pylimma.voom(some, DESIGN, save_plot=True)
    assert found["voom_xy"].x.shape == (N_GENES - 2,)
    assert np.isfinite(found["weights"]).all()


def test_without_replication_all_weights_are_one():
    with pytest.warns(EstimationWarning, match="fewer than two genes with residual degrees"):
        assert (pylimma.voom(COUNTS, np.eye(N_SAMPLES))["weights"] == 1).all()


def test_library_sizes_that_differ_widely_are_noted():
    with pytest.warns(Note, match="`voom_with_quality_weights` gives poor samples less weight"):
        pylimma.voom(COUNTS * [1, 1, 1, 1, 1, 1000], DESIGN)


@pytest.mark.parametrize(
    ("counts", "message"),
    [(np.log2(COUNTS + 1), "look like log values"), (COUNTS / COUNTS.sum() * 1e6, "look like TPM")],
)
def test_values_that_are_no_counts_are_warned_of(counts, message):
    with pytest.warns(InputWarning, match=message):
        pylimma.voom(counts, DESIGN)


def changed(value):
    counts = COUNTS.astype(float)
    counts.iloc[2, 1] = value
    return counts


@pytest.mark.parametrize(
    ("counts", "options", "error", "message"),
    [
        (changed(-1), {}, InputError, "1 negative values, the first for gene 'g2', sample 's1'"),
        (changed(np.nan), {}, InputError, "1 missing or infinite values"),
        (changed(np.inf), {}, InputError, "for intensities with missing values use `vooma`"),
        (COUNTS.assign(s1=0), {}, InputError, "0 for sample 's1', which has no reads"),
        (COUNTS.iloc[:1], {}, InputError, "at least two genes"),
        (COUNTS, {"lib_size": [1.0] * 5}, ShapeError, "`lib_size` has 5 values"),
        (COUNTS, {"lib_size": [np.nan] * 6}, InputError, "Library sizes must be positive"),
        (COUNTS, {"offset": np.ones((2, 2))}, ShapeError, r"`offset` has shape \(2, 2\)"),
        (COUNTS, {"block": BLOCK}, InputError, "`voom_lm_fit.* estimates both in two rounds"),
        (COUNTS, {"correlation": 0.1}, InputError, "without the `block` it belongs to"),
        (COUNTS, {"normalize_method": "tmm"}, InputError, "`normalize_method` must be one of"),
        (
            COUNTS,
            {"span": 0, "adaptive_span": False},
            InputError,
            "`span` must be finite and above 0",
        ),
        (COUNTS.T, {"design": DESIGN.to_numpy()}, ShapeError, "look transposed"),
        (COUNTS, {"design": list("xxxyyy")}, DesignError, "Use a formula"),
    ],
)
@pytest.mark.filterwarnings("ignore:Library sizes range:pylimma.errors.Note")
def test_what_cannot_be_used_is_refused(counts, options, error, message):
    with pytest.raises(error, match=message):
        pylimma.voom(counts, **{"design": DESIGN, **options})
