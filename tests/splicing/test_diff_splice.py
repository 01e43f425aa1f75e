"""Differential usage, against least squares gene by gene."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.archive import read_archive, write_archive
from pylimma.errors import (
    EstimationWarning,
    InputError,
    InputTypeError,
    Note,
    ShapeError,
    StageError,
    UnknownNameError,
)
from pylimma.splicing.diff_splice import usage_tests

DESIGN = pd.DataFrame({"Intercept": 1.0, "Group": [0.0, 0, 0, 1, 1, 1]})


def exons(n_genes=40, seed=1, largest=6):
    """Expression of exons, and the gene of each; sizes from 1 to the largest."""
    rng = np.random.default_rng(seed)
    gene = np.repeat(np.arange(n_genes), rng.integers(1, largest + 1, n_genes))
    y = rng.normal(size=(gene.size, 6)) * rng.gamma(3, 0.3, n_genes)[gene, None]
    names = [f"e{i:03d}" for i in range(gene.size)]
    return pd.DataFrame(y, names, DESIGN.index), np.array([f"G{g:02d}" for g in gene])


def usage_of(y, gene, **options):
    fit = pylimma.lm_fit(y, DESIGN, **options)
    return pylimma.diff_splice(fit, gene, verbose=False)


def by_least_squares(b, u, s2, df):
    """Tests of one gene: a weighted mean against a mean and one indicator, feature by feature."""
    w, k = 1 / u**2, len(b)
    ones = np.ones((k, 1))

    def fit(x):
        root = np.sqrt(w)[:, None]
        beta = np.linalg.lstsq(root * x, root[:, 0] * b, rcond=None)[0]
        return beta, np.linalg.inv((root * x).T @ (root * x)), (w * (b - x @ beta) ** 2).sum()

    rss = fit(ones)[2]
    rows = []
    for i in range(k):
        beta, covariance, _ = fit(np.column_stack([ones, np.eye(k)[i]]))
        rows.append((beta[1], beta[1] / np.sqrt(s2 * covariance[1, 1])))
    f = rss / s2 / (k - 1)
    return np.array(rows), f, stats.f.sf(f, k - 1, df)


def test_each_gene_agrees_with_weighted_least_squares():
    y, gene = exons()
    weights = np.random.default_rng(2).uniform(0.3, 3, y.shape)
    fit = pylimma.lm_fit(y, DESIGN, weights=weights)
    usage = pylimma.diff_splice(fit, gene, verbose=False)
    place = {name: i for i, name in enumerate(y.index)}
    rows = [place[name] for name in usage.names("features")]
    for g, name in enumerate(usage.names("genes")):
        here = np.flatnonzero(usage.genes["GeneID"] == name)
        assert here[0] == usage["gene_firstexon"][g]
        assert here[-1] == usage["gene_lastexon"][g]
        for c in range(2):
            at = np.array(rows)[here]
            slow, f, p = by_least_squares(
                fit.coefficients[at, c],
                fit.stdev_unscaled[at, c],
                usage["gene_s2_post"][g],
                usage["gene_df_total"][g],
            )
            np.testing.assert_allclose(usage.coefficients[here, c], slow[:, 0], rtol=1e-10)
            np.testing.assert_allclose(usage.t[here, c], slow[:, 1], rtol=1e-10)
            np.testing.assert_allclose(usage["gene_f"][g, c], f, rtol=1e-10)
            np.testing.assert_allclose(usage["gene_f_p_value"][g, c], p, rtol=1e-10)


def test_the_variance_of_a_gene_is_pooled_by_degrees_of_freedom():
    y, gene = exons()
    y.iloc[3, 0] = y.iloc[10, 4] = np.nan
    fit = pylimma.lm_fit(y, DESIGN)
    usage = pylimma.diff_splice(fit, gene, verbose=False)
    for g, name in enumerate(usage.names("genes")):
        at = gene == name
        df = fit.df_residual[at]
        assert usage["gene_df_residual"][g] == df.sum()
        assert usage["gene_s2"][g] == pytest.approx((df * fit.sigma[at] ** 2).sum() / df.sum())


def test_genes_of_one_feature_take_part_in_the_prior():
    y, gene = exons()
    fit = pylimma.lm_fit(y, DESIGN)
    usage = pylimma.diff_splice(fit, gene, verbose=False)
    frame = pd.DataFrame({"s2": fit.sigma**2 * fit.df_residual, "df": fit.df_residual, "g": gene})
    sums = frame.groupby("g").sum()
    prior = pylimma.squeeze_var(sums["s2"] / sums["df"], sums["df"], legacy=False)
    assert len(sums) > len(usage.names("genes"))
    assert usage["gene_df_prior"] == pytest.approx(prior.df_prior)


def test_order_of_rows_and_of_contrasts_does_not_matter():
    y, gene = exons()
    shuffle = np.random.default_rng(3).permutation(len(y))
    usage = usage_of(y, gene)
    other = usage_of(y.iloc[shuffle], gene[shuffle])
    pd.testing.assert_frame_equal(
        usage.frame("t").sort_index(), other.frame("t").sort_index(), rtol=1e-10
    )
    pd.testing.assert_frame_equal(
        usage.frame("gene_f_p_value"), other.frame("gene_f_p_value"), rtol=1e-8
    )


def test_all_contrasts_at_once_are_each_contrast_alone():
    y, gene = exons()
    fit = pylimma.lm_fit(y, DESIGN)
    contrasts = np.array([[0.0, 0.0], [1.0, 0.5]])
    both = pylimma.diff_splice(pylimma.contrasts_fit(fit, contrasts), gene, verbose=False)
    for c in range(2):
        one = pylimma.contrasts_fit(fit, contrasts[:, c])
        alone = pylimma.diff_splice(one, gene, verbose=False)
        np.testing.assert_allclose(both.t[:, c], alone.t[:, 0], rtol=1e-12)


def test_a_feature_that_cannot_be_estimated_leaves_its_gene_to_the_others():
    y, gene = exons(seed=5)
    name = next(g for g in np.unique(gene) if (gene == g).sum() > 3)
    row = np.flatnonzero(gene == name)[1]
    y.iloc[row, 3:] = np.nan
    with pytest.warns(EstimationWarning):
        usage = usage_of(y, gene)
    without = usage_of(y.drop(index=y.index[row]), np.delete(gene, row))
    label = y.index[row]
    assert np.isnan(usage.frame("t").loc[label, "Group"])
    assert np.isnan(usage.frame().loc[label, "Group"])
    others = [e for e in y.index[gene == name] if e != label]
    # the gene's variance still holds the feature, so estimates are compared, not tests
    np.testing.assert_allclose(
        usage.frame().loc[others, "Group"], without.frame().loc[others, "Group"], rtol=1e-10
    )
    table = pylimma.top_splice(usage, test="t", number=None)
    assert table.loc[label, "reason"] == "not estimable"


def test_simes_and_bonferroni_count_the_features_tested():
    y, gene = exons(seed=7)
    usage = usage_of(y, gene)
    for g, (first, last) in enumerate(
        zip(usage["gene_firstexon"], usage["gene_lastexon"], strict=True)
    ):
        p = np.sort(usage.p_value[first : last + 1, 1])
        k = len(p)
        assert usage["gene_simes_p_value"][g, 1] == pytest.approx(min(p * k / np.arange(1, k + 1)))
        assert usage["gene_bonferroni_p_value"][g, 1] == pytest.approx(min(1, k * p[0]))


def test_p_values_are_uniform_without_differential_usage():
    rng = np.random.default_rng(11)
    gene = np.repeat(np.arange(3000), 4)
    change = np.repeat(rng.normal(size=3000), 4)  # genes change, their exons alike
    y = rng.normal(size=(12000, 6)) + change[:, None] * DESIGN["Group"].to_numpy()
    usage = usage_of(y, gene)
    one_each = usage.p_value[::4, 1]  # features of one gene depend on each other
    for p in (usage["gene_f_p_value"][:, 1], one_each):
        assert stats.kstest(p, "uniform").pvalue > 0.01
    assert (usage["gene_simes_p_value"][:, 1] < 0.05).mean() < 0.06


def test_two_features_mirror_each_other():
    y, gene = exons(largest=2)
    usage = usage_of(y, gene)
    first, last = usage["gene_firstexon"], usage["gene_lastexon"]
    np.testing.assert_allclose(usage.t[first], -usage.t[last], rtol=1e-9)
    np.testing.assert_allclose(usage["gene_f"], usage.t[first] ** 2, rtol=1e-9)


def test_a_dominating_feature_keeps_its_digits():
    b, u = np.array([[1.0], [1.5], [0.5]]), np.array([[1e-2], [1.0], [2.0]])
    found = usage_tests(b, u, np.ones(1), np.array([10.0]), np.array([0]))
    others = (1.5 + 0.5 / 4) / 1.25
    assert found.coefficients[0, 0] == pytest.approx(1.0 - others, rel=1e-9)


def test_genes_come_from_the_annotation_a_series_or_an_anndata():
    y, gene = exons()
    fit = pylimma.lm_fit(y, DESIGN)
    series = pd.Series(gene, y.index)
    expected = pylimma.diff_splice(fit, gene, verbose=False)
    shuffled = pylimma.diff_splice(fit, series.sample(frac=1, random_state=1), verbose=False)
    np.testing.assert_array_equal(expected.t, shuffled.t)
    adata = anndata.AnnData(
        y.T.set_axis([f"s{i}" for i in range(6)]), var=pd.DataFrame({"gene_id": gene}, y.index)
    )
    stored = pylimma.diff_splice(pylimma.lm_fit(adata, DESIGN.to_numpy()), "gene_id", verbose=False)
    np.testing.assert_allclose(expected.t, stored.t, rtol=1e-10)
    assert list(stored.names("features")) == list(expected.names("features"))


def test_a_note_counts_the_genes_of_one_feature():
    y, gene = exons()
    single = sum(pd.Series(gene).value_counts() == 1)
    with pytest.warns(Note, match=rf"^{single} of 40 genes have one feature and are excluded; "):
        pylimma.diff_splice(pylimma.lm_fit(y, DESIGN), gene)


def test_features_without_a_gene_are_excluded():
    y, gene = exons()
    gene = gene.astype(object)
    gene[gene == gene[-1]] = None
    usage = usage_of(y, gene)
    assert exons()[1][-1] not in usage.names("genes")
    assert usage.genes["GeneID"].notna().all()


def test_features_are_sorted_by_their_position():
    y, gene = exons()
    position = np.random.default_rng(4).permutation(len(y))
    fit = pylimma.lm_fit(y, DESIGN)
    usage = pylimma.diff_splice(fit, gene, exonid=position, verbose=False)
    for name in usage.names("genes"):
        assert usage.genes.loc[usage.genes["GeneID"] == name, "ExonID"].is_monotonic_increasing


def test_the_annotation_of_genes_holds_what_their_features_share():
    y, gene = exons()
    data = pylimma.EList(
        E=y, genes=pd.DataFrame({"id": gene, "symbol": [f"s{g}" for g in gene], "exon": y.index})
    )
    usage = pylimma.diff_splice(pylimma.lm_fit(data, DESIGN), "id", "exon", verbose=False)
    assert list(usage.gene_genes.columns) == ["id", "symbol", "n_exons"]


def test_a_fit_of_differential_usage_chooses_coefficients_but_not_features():
    usage = usage_of(*exons())
    assert usage[:, "Group"].t.shape == (usage.shape[0], 1)
    assert usage[:, "Group"]["gene_f"].shape == (len(usage.names("genes")), 1)
    with pytest.raises(StageError, match="tested together"):
        usage[:3]


def test_it_is_kept_in_a_file(tmp_path):
    usage = usage_of(*exons())
    again = read_archive(write_archive(tmp_path / "usage.pylimma", usage))
    pd.testing.assert_frame_equal(pylimma.top_splice(usage), pylimma.top_splice(again))


def test_errors_say_what_to_do():
    y, gene = exons()
    fit = pylimma.lm_fit(y, DESIGN)
    with pytest.raises(InputTypeError, match="needs a fit"):
        pylimma.diff_splice(y, gene)
    with pytest.raises(UnknownNameError, match="not a column of the annotation"):
        pylimma.diff_splice(fit, "gene")
    with pytest.raises(ShapeError, match="`geneid` has 3 values"):
        pylimma.diff_splice(fit, gene[:3])
    with pytest.raises(InputError, match="No gene has more than one feature"):
        pylimma.diff_splice(fit, y.index.to_numpy())
    with pytest.raises(UnknownNameError, match="e000"):
        pylimma.diff_splice(fit, pd.Series(gene, y.index).drop("e000"))
