"""Tables of differential usage."""

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning
from pylimma.splicing.top_splice import confirmed_p_values

DESIGN = pd.DataFrame({"Intercept": 1.0, "Group": [0.0, 0, 0, 1, 1, 1]})


def simulated(n_changed, n_genes=400, k=5, seed=1, size=4.0):
    """Usage of genes of `k` features, the first of which changes in the first genes."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n_genes * k, 6))
    y[: n_changed * k : k, 3:] += size
    gene = np.repeat([f"g{i:04d}" for i in range(n_genes)], k)
    data = pylimma.EList(E=y, genes=pd.DataFrame({"gene": gene, "part": np.arange(y.shape[0])}))
    return pylimma.diff_splice(pylimma.lm_fit(data, DESIGN), "gene", "part", verbose=False)


@pytest.fixture(scope="module")
def usage():
    return simulated(20)


def test_tables_of_genes_hold_their_annotation_and_tests(usage):
    table = pylimma.top_splice(usage)
    assert list(table.columns) == ["gene", "n_exons", "F", "p_value", "fdr"]
    assert table["p_value"].is_monotonic_increasing
    assert len(table) == 10
    assert "F-test" in table.attrs["meaning"]
    assert list(pylimma.top_splice(usage, test="simes").columns) == [
        "gene", "n_exons", "p_value", "fdr",
    ]  # fmt: skip


def test_one_row_is_the_first_of_all(usage):
    one, every = pylimma.top_splice(usage, number=1), pylimma.top_splice(usage, number=None)
    pd.testing.assert_frame_equal(one, every.head(1))


def test_several_contrasts_make_one_table(usage):
    table = pylimma.top_splice(usage, coef=["Intercept", "Group"], number=3)
    assert list(table["contrast"]) == ["Intercept"] * 3 + ["Group"] * 3
    pd.testing.assert_frame_equal(
        table[table["contrast"] == "Group"].drop(columns="contrast"),
        pylimma.top_splice(usage, number=3),
    )


def test_features_are_sorted_by_size_and_genes_by_their_number(usage):
    sizes = pylimma.top_splice(usage, test="t", sort_by="logFC", number=None)["log_fc"].abs()
    assert sizes.is_monotonic_decreasing
    numbers = pylimma.top_splice(usage, sort_by="NExons", number=None)["n_exons"]
    assert numbers.is_monotonic_decreasing
    with pytest.raises(InputError, match="take `test` 't'"):
        pylimma.top_splice(usage, sort_by="logFC")
    with pytest.raises(InputError, match="take `test` 'F' or 'simes'"):
        pylimma.top_splice(usage, test="t", sort_by="NExons")


def test_a_threshold_tests_the_change_beyond_it(usage):
    zero = pylimma.top_splice(usage, test="t", number=None, sort_by="none")
    beyond = pylimma.top_splice(usage, test="t", number=None, sort_by="none", treat_lfc=1)
    assert (beyond["p_value"] >= zero["p_value"]).all()
    assert beyond["t"].equals(zero["t"])
    tiny = pylimma.top_splice(usage, test="t", number=None, sort_by="none", treat_lfc=1e-12)
    np.testing.assert_allclose(tiny["p_value"], zero["p_value"], rtol=1e-6)
    with pytest.warns(InputWarning, match="no threshold"):
        pylimma.top_splice(usage, treat_lfc=1)


def slow_stages(p, gene_p, sizes, level):
    """The procedure step by step: reject, within passing genes, until a feature is retained."""
    n = len(gene_p)
    order = np.argsort(gene_p)
    passing = [r + 1 for r in range(n) if gene_p[order[r]] <= level * (r + 1) / n]
    chosen = set(order[: max(passing, default=0)])
    rejected, start = set(), 0
    for g, k in enumerate(sizes):
        rows = range(start, start + k)
        start += k
        if g not in chosen:
            continue
        for i, row in enumerate(sorted(rows, key=lambda r: p[r]), 1):
            divisor = min(k - 2, k - i + 1)
            if divisor > 0 and p[row] > level * len(chosen) / n / divisor:
                break
            rejected.add(row)
    return rejected


def test_two_stages_reject_what_the_procedure_rejects():
    rng = np.random.default_rng(3)
    for _ in range(50):
        sizes = rng.integers(2, 7, 30)
        p = rng.uniform(size=sizes.sum()) ** rng.choice([1, 6], sizes.sum())
        gene_p = rng.uniform(size=30) ** rng.choice([1, 5], 30)
        adjusted = confirmed_p_values(p, gene_p, np.cumsum(sizes) - sizes, 0.1)
        assert set(np.flatnonzero(adjusted <= 0.1)) == slow_stages(p, gene_p, sizes, 0.1)


def test_two_stages_control_the_share_of_genes_with_a_false_feature():
    # in a changed gene of 5 features all differ from the mean of their others, but genes that do
    # not change hold false features only
    shares = []
    for seed in range(30):
        usage = simulated(40, n_genes=200, seed=seed)
        table = pylimma.top_splice(usage, test="t", number=None, fdr=0.1, stagewise=True)
        called = table[table["fdr"] <= 0.1]["gene"].unique()
        shares.append(np.mean([int(g[1:]) >= 40 for g in called]) if len(called) else 0.0)
    assert np.mean(shares) < 0.1
    assert np.mean(shares) > 0.01  # the test can fail


def test_small_p_values_keep_their_digits_in_two_stages():
    p = np.array([1e-200, 1e-150, 0.5, 1e-100, 0.2, 0.3])
    adjusted = confirmed_p_values(p, np.array([1e-190, 1e-90]), np.array([0, 3]), 0.05)
    np.testing.assert_allclose(adjusted[:2], [2e-190, 1e-150], rtol=1e-12)


def test_two_stages_show_features_of_genes_that_pass(usage):
    table = pylimma.top_splice(usage, test="t", number=None, stagewise=True)
    assert (table["gene_fdr"] <= 0.05).all()
    assert (table["fdr"] >= table["gene_fdr"]).all()
    with pytest.raises(InputError, match="take `test='t'`"):
        pylimma.top_splice(usage, stagewise=True)
    with pytest.raises(InputError, match="`treat_lfc` or `stagewise`"):
        pylimma.top_splice(usage, test="t", stagewise=True, treat_lfc=1)


def test_nothing_significant_is_an_empty_table_with_columns(usage):
    table = pylimma.top_splice(usage, fdr=1e-300)
    assert table.empty
    assert "p_value" in table


def test_other_fits_are_refused():
    fit = pylimma.lm_fit(np.random.default_rng(1).normal(size=(20, 6)), DESIGN)
    with pytest.raises(InputTypeError, match="from `diff_splice`"):
        pylimma.top_splice(fit)
