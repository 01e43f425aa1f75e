"""Camera against its formulas written out for one set at a time, and under the null."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import (
    DesignError,
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    ShapeError,
    StageError,
)

RNG = np.random.default_rng(4)
GENES = [f"g{k}" for k in range(80)]
SAMPLES = [f"s{k}" for k in range(9)]
TABLE = pd.DataFrame({"group": list("aaabbbccc")}, index=SAMPLES)
Y = pd.DataFrame(RNG.normal(8, 1, (80, 9)), GENES, SAMPLES)
Y.iloc[:12, 3:6] += 1
DESIGN = pylimma.model_matrix("~ group", TABLE)
WEIGHTS = RNG.uniform(0.3, 3, (80, 9))
SETS = {"up": GENES[:12], "few": GENES[20:23], "many": GENES[30:70]}


def slow_camera(y, design, members, weights, rho):
    """Two-sided p-value of one set for the last coefficient, by formulas for each gene."""
    n_genes, n = y.shape
    u, residuals, s2 = np.empty(n_genes), [], np.empty(n_genes)
    df = n - design.shape[1]
    for g in range(n_genes):
        root = np.sqrt(weights[g])
        x, z = root[:, None] * design, root * y[g]
        q, r = np.linalg.qr(x, mode="complete")
        beta = np.linalg.solve(r[: design.shape[1]], q.T[: design.shape[1]] @ z)
        covariance = np.linalg.inv(x.T @ x)
        u[g] = beta[-1] / np.sqrt(covariance[-1, -1])
        residuals.append(q.T[design.shape[1] :] @ z)
        s2[g] = (residuals[-1] ** 2).mean()
    squeezed = pylimma.squeeze_var(s2, df)
    t = u / np.sqrt(squeezed.var_post)
    z = pylimma.zscore_t(t, min(df + squeezed.df_prior, n_genes * df), approx=True, method="hill")
    inside = np.isin(np.arange(n_genes), members)
    m, rest = inside.sum(), (~inside).sum()
    df_t = n_genes - 2
    if rho is None:
        scaled = np.array(residuals)[inside]
        scaled /= np.sqrt((scaled**2).mean(axis=1))[:, None]
        vif, df_t = m * (scaled.mean(axis=0) ** 2).mean(), df
    else:
        vif = 1 + (m - 1) * rho
    vif = max(vif, 1)
    groups = [z[inside], z[~inside]]
    pooled = sum(((v - v.mean()) ** 2).sum() for v in groups) / (n_genes - 2)
    delta = groups[0].mean() - groups[1].mean()
    return 2 * stats.t.sf(abs(delta) / np.sqrt(pooled * (vif / m + 1 / rest)), df_t)


@pytest.mark.parametrize("rho", [0.01, 0.0, 0.2, None])
@pytest.mark.parametrize("weighted", [False, True])
def test_p_values_are_those_of_the_formulas_for_one_set(rho, weighted):
    weights = WEIGHTS if weighted else np.ones(Y.shape)
    given = WEIGHTS if weighted else None
    found = pylimma.camera(Y, SETS, DESIGN, weights=given, inter_gene_cor=rho, sort=False).p_value
    for name, genes in SETS.items():
        members = [GENES.index(g) for g in genes]
        expected = slow_camera(Y.to_numpy(), DESIGN.to_numpy(), members, weights, rho)
        assert found[name] == pytest.approx(expected, rel=1e-9)


def test_all_contrasts_at_once_are_each_alone():
    words = {"b": "groupb", "c - b": "groupc - groupb"}
    table = pylimma.camera(Y, SETS, "~ group", words, samples=TABLE, inter_gene_cor=None)
    assert list(table.columns[:2]) == ["contrast", "n_genes"]
    for name, text in words.items():
        alone = pylimma.camera(Y, SETS, "~ group", text, samples=TABLE, inter_gene_cor=None)
        part = table[table.contrast == name].drop(columns="contrast")
        pd.testing.assert_frame_equal(part, alone)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_a_fit_gives_the_same_as_its_data(weights):
    fit = pylimma.lm_fit(Y, DESIGN, weights=weights)
    expected = pylimma.camera(Y, SETS, DESIGN, "groupb", weights)
    pd.testing.assert_frame_equal(pylimma.camera(fit, SETS, contrast="groupb"), expected)
    two = pylimma.contrasts_fit(fit, ["groupb", "groupc"])
    table = pylimma.camera(two, SETS)
    assert table.contrast.unique().tolist() == ["groupb", "groupc"]
    np.testing.assert_allclose(table.p_value[:3], expected.p_value, rtol=1e-9)


def test_a_moderated_fit_keeps_its_prior():
    fit = pylimma.e_bayes(pylimma.lm_fit(Y, DESIGN), trend=True)
    expected = pylimma.camera(Y, SETS, DESIGN, trend_var=True)
    found = pylimma.camera(fit, SETS)
    np.testing.assert_allclose(found.p_value, expected.p_value, rtol=1e-9)


def test_estimated_correlations_need_the_data():
    with pytest.raises(StageError, match="keep"):
        pylimma.camera(pylimma.lm_fit(Y, DESIGN), SETS, inter_gene_cor=None)


def test_anndata_and_tables_of_sets_are_taken():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(Y.T.to_numpy(), TABLE, pd.DataFrame(index=GENES))
    long = pd.DataFrame([(s, g) for s, genes in SETS.items() for g in genes])
    long.columns = ["source", "target"]
    expected = pylimma.camera(Y, SETS, DESIGN)
    pd.testing.assert_frame_equal(pylimma.camera(adata, long, "~ group"), expected)


def test_array_weights_are_weights_of_all_genes():
    weights = WEIGHTS[0]
    expected = pylimma.camera(Y, SETS, DESIGN, weights=np.tile(weights, (80, 1)))
    pd.testing.assert_frame_equal(pylimma.camera(Y, SETS, DESIGN, weights=weights), expected)


def test_blocks_make_it_the_test_of_the_correlated_fit():
    block = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    fit = pylimma.lm_fit(Y, DESIGN, block=block, correlation=0.4)
    found = pylimma.camera(Y, SETS, DESIGN, block=block, correlation=0.4)
    np.testing.assert_allclose(found.p_value, pylimma.camera(fit, SETS).p_value, rtol=1e-9)


def test_what_was_given_and_found_is_counted_and_contributing_genes_are_named():
    sets = {"up": [*GENES[:12], "stranger"]}
    with pytest.warns(Note, match="stranger"):
        table = pylimma.camera(Y, sets, DESIGN, "groupb", contributing=True)
    row = table.loc["up"]
    assert (row.n_genes, row.n_given) == (12, 13)
    named = row.contributing.split(";")
    fit = pylimma.e_bayes(pylimma.lm_fit(Y, DESIGN))
    strongest = pd.Series(fit["t"][:12, 1], GENES[:12]).sort_values(ascending=False)
    assert named == list(strongest.index[: len(named)])
    assert "1 sets tested" in table.attrs["meaning"]
    assert "competitive" in table.attrs["meaning"]


@pytest.mark.parametrize("by_ranks", [False, True])
def test_empty_sets_and_sets_of_all_genes_have_no_p_value(by_ranks):
    sets = {"none": [], "all": np.arange(80), "some": np.arange(9)}
    table = pylimma.camera(Y, sets, DESIGN, use_ranks=by_ranks, sort=False)
    assert table.p_value.isna().tolist() == [True, True, False]
    assert table.fdr["some"] == table.p_value["some"]


def test_log_p_values_go_on_below_the_smallest_double():
    t = np.concatenate([np.full(3000, 40.0), np.zeros(3000)]) + RNG.normal(size=6000)
    table = pylimma.camera_pr(t, {"a": np.arange(3000)}, inter_gene_cor=0)
    assert table.p_value["a"] == 0
    assert table.log10_p_value["a"] < -1000


def test_genes_without_variance_leave_correlations_as_they_are():
    flat = pd.concat([Y, pd.DataFrame(5.0, [f"flat{k}" for k in range(4)], SAMPLES)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        table = pylimma.camera(flat, SETS, DESIGN, inter_gene_cor=None, sort=False)
    whole = pylimma.camera(Y, SETS, DESIGN, inter_gene_cor=None, sort=False)
    np.testing.assert_allclose(table.correlation, whole.correlation, rtol=1e-9)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_p_values_do_not_depend_on_the_unit(unit):
    found = pylimma.camera(Y * unit, SETS, DESIGN, inter_gene_cor=None)
    expected = pylimma.camera(Y, SETS, DESIGN, inter_gene_cor=None)
    np.testing.assert_allclose(found.p_value, expected.p_value, rtol=1e-6)


def test_a_list_of_statistics_is_matched_by_name_and_missing_ones_drop_out():
    t = pd.Series(RNG.normal(size=80), GENES)
    expected = pylimma.camera_pr(t, SETS)
    with pytest.warns(InputWarning, match="1 missing"):
        found = pylimma.camera_pr(pd.concat([t, pd.Series({"x": np.nan})])[::-1], SETS)
    np.testing.assert_allclose(found.p_value, expected.p_value, rtol=1e-12)


def test_camera_pr_of_a_fit_takes_its_moderated_t():
    fit = pylimma.e_bayes(pylimma.lm_fit(Y, DESIGN))
    expected = pylimma.camera_pr(pd.Series(fit["t"][:, 2], GENES), SETS)
    pd.testing.assert_frame_equal(pylimma.camera_pr(fit, SETS), expected)


def test_correlations_of_sets_are_matched_by_name():
    t = pd.Series(RNG.normal(size=80), GENES)
    rho = pd.Series({"many": 0.01, "up": 0.2, "few": 0.1})
    found = pylimma.camera_pr(t, SETS, inter_gene_cor=rho, sort=False)
    assert found.correlation.to_dict() == rho.to_dict()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"statistic": np.full(80, np.inf)}, InputError),
        ({"statistic": pd.DataFrame(np.ones((80, 2)))}, InputTypeError),
        ({"inter_gene_cor": 1.0}, InputError),
        ({"inter_gene_cor": [0.1, 0.2]}, ShapeError),
        ({"contrast": "groupb"}, InputError),
    ],
)
def test_camera_pr_refuses(options, error):
    call = {"statistic": RNG.normal(size=80), "index": {"a": [1, 2, 3]}, **options}
    with pytest.raises(error):
        pylimma.camera_pr(**call)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"y": Y.mask(Y > 10)}, InputError, "missing"),
        ({"design": np.ones((9, 2))}, DesignError, "full rank"),
        ({"design": np.eye(9)}, DesignError, "residual"),
        ({"contrast": "nonsense"}, DesignError, "nonsense"),
        ({"contrast": 3}, InputError, "counted from 0"),
        ({"contrast": [0.0, 0, 0]}, DesignError, "zero"),
        ({"contrast": [1.0, -1]}, ShapeError, "rows"),
        ({"weights": WEIGHTS - WEIGHTS.min()}, InputError, "positive"),
        ({"inter_gene_cor": [0.1, 0.2]}, InputTypeError, "inter_gene_cor"),
        ({"block": list("abcabcabc")}, InputError, "correlation"),
    ],
)
def test_camera_refuses(options, error, words):
    with pytest.raises(error, match=words):
        pylimma.camera(**{"y": Y, "index": SETS, "design": DESIGN, **options})


@pytest.mark.filterwarnings("ignore:.*use_ranks")
def test_changes_in_both_directions_are_found_without_one():
    y = Y.copy()
    y.iloc[:6, 6:] += 2
    y.iloc[6:12, 6:] -= 2
    found = pylimma.camera(y, SETS, DESIGN, "groupc", directional=False)
    assert "direction" not in found
    assert found.index[0] == "up"
    assert found.p_value.iloc[0] < 1e-4


def null_p_values(rho, by_ranks, estimated, n_runs=150):
    """P-values of a set of 15 of 200 genes, correlated by rho; no gene changes."""
    rng = np.random.default_rng(7)
    design = np.column_stack([np.ones(12), np.arange(12) % 2])
    p = []
    for _ in range(n_runs):
        y = rng.normal(size=(200, 12))
        y[:15] = np.sqrt(1 - rho) * y[:15] + np.sqrt(rho) * rng.normal(size=12)
        known = None if estimated else rho
        table = pylimma.camera(
            y, {"a": range(15)}, design, inter_gene_cor=known, use_ranks=by_ranks
        )
        p.append(table.p_value["a"])
    return np.array(p)


@pytest.mark.parametrize("by_ranks", [False, True])
@pytest.mark.parametrize("rho", [0.0, 0.15])
def test_p_values_are_uniform_under_the_null(rho, by_ranks):
    assert stats.kstest(null_p_values(rho, by_ranks, estimated=False), "uniform").pvalue > 0.01


@pytest.mark.parametrize("rho", [0.0, 0.15])
def test_p_values_of_estimated_correlations_are_not_too_small(rho):
    p = null_p_values(rho, by_ranks=False, estimated=True)
    assert (p < 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / p.size)
    assert stats.kstest(p, "uniform", alternative="greater").pvalue > 0.001
