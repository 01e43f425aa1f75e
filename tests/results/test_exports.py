"""Results in the shapes of other packages."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, StageError

RNG = np.random.default_rng(9)
E = pd.DataFrame(RNG.normal(size=(30, 9)), index=[f"g{k}" for k in range(30)])
E.iloc[:4, 3:6] += 4
E.iloc[4:6, 3:6] -= 4
SAMPLES = pd.DataFrame({"group": list("aaabbbccc")})
FIT = pl.e_bayes(pl.lm_fit(E, "~ group", samples=SAMPLES))
LARGE_SHIFT = {"g0", "g1", "g2", "g3"}


def test_a_tidy_table_holds_what_top_table_says_of_each_contrast():
    tidy = pl.tidy(FIT)
    assert list(tidy["contrast"].unique()) == ["groupb", "groupc"]
    for name, part in tidy.groupby("contrast"):
        table = pl.top_table(FIT, name, number=None, sort_by="p")
        for column in ("log_fc", "p_value", "adj_p_value", "ave_expr", "t", "b"):
            np.testing.assert_array_equal(part[column], table[column])
        assert list(part["variable"]) == list(table.index)
        np.testing.assert_allclose(part["log_fc"] / part["se"], part["t"])
        assert tidy.attrs["meaning"][name] == table.attrs["meaning"]


def test_p_values_of_a_tidy_table_may_be_adjusted_over_all_contrasts():
    tidy = pl.tidy(FIT, method="global", adjust_method="holm")
    p = FIT["p_value"][:, 1:].ravel()
    order = np.argsort(p)
    holm = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1)
    np.testing.assert_allclose(np.sort(tidy["adj_p_value"]), holm)
    pd.testing.assert_frame_equal(
        tidy.drop(columns="adj_p_value"), pl.tidy(FIT).drop(columns="adj_p_value")
    )


@pytest.mark.parametrize("method", ["separate", "global"])
def test_rows_of_a_tidy_table_are_chosen_within_each_contrast(method):
    tidy = pl.tidy(FIT, method=method)
    few = pl.tidy(FIT, method=method, number=3)
    for name, part in tidy.groupby("contrast"):
        top = few[few["contrast"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(top, part.head(3).reset_index(drop=True))
    low = pl.tidy(FIT, method=method, p_value=0.05)
    kept = tidy[tidy["adj_p_value"] <= 0.05].reset_index(drop=True)
    pd.testing.assert_frame_equal(low, kept)
    assert pl.tidy(FIT, method=method, p_value=0).dtypes.equals(tidy.dtypes)


def test_decoupler_takes_contrasts_by_genes():
    frame = pl.to_decoupler(FIT)
    assert frame.shape == (2, 30)
    pd.testing.assert_frame_equal(frame, FIT.frame("t").iloc[:, 1:].T)
    assert list(pl.to_decoupler(FIT, "log_fc", coef="groupb").index) == ["groupb"]


def test_a_signed_p_value_has_the_sign_of_the_change():
    frame = pl.to_decoupler(FIT, "signed_log10_p")
    p = FIT.frame("p_value").iloc[:, 1:].T
    np.testing.assert_allclose(frame.abs(), -np.log10(p))
    assert (np.sign(frame) == np.sign(FIT.frame().iloc[:, 1:].T)).all(axis=None)


def test_a_ranked_list_goes_from_the_most_increased_to_the_most_decreased():
    ranked = pl.to_rnk(FIT, "groupb")
    assert set(ranked.index[:4]) == LARGE_SHIFT
    assert set(ranked.index[-2:]) == {"g4", "g5"}
    assert ranked.is_monotonic_decreasing


def test_of_genes_with_one_name_the_most_extreme_is_ranked():
    doubled = FIT.with_names(genes=["x", "x", *[f"g{k}" for k in range(2, 30)]])
    ranked = pl.to_rnk(doubled, "groupb")
    assert len(ranked) == 29
    assert ranked["x"] == max(FIT["t"][:2, 1], key=abs)


def test_scanpys_structure_is_sorted_by_score_and_survives_a_file(tmp_path):
    adata = anndata.AnnData(E.T.to_numpy(), var=pd.DataFrame(index=E.index))
    held = pl.to_rank_genes_groups(FIT, adata, key_added="rank_genes_groups")
    assert held["names"].dtype.names == ("groupb", "groupc")
    assert set(held["names"]["groupb"][:4]) == LARGE_SHIFT
    assert (np.diff(held["scores"]["groupc"]) <= 0).all()
    adata.write_h5ad(tmp_path / "data.h5ad")
    read = anndata.read_h5ad(tmp_path / "data.h5ad").uns["rank_genes_groups"]
    for name in ("names", "scores", "logfoldchanges", "pvals", "pvals_adj"):
        np.testing.assert_array_equal(read[name]["groupb"], held[name]["groupb"])
    assert read["params"]["method"] == "limma"


def test_columns_take_the_names_of_deseq2():
    table = pl.to_deseq_columns(pl.tidy(FIT))
    for name in ("log2FoldChange", "lfcSE", "stat", "pvalue", "padj"):
        assert name in table


def test_an_average_of_logarithms_is_not_called_a_mean_of_counts():
    table = pl.to_deseq_columns(pl.tidy(FIT))
    assert "baseMean" not in table
    assert table["ave_expr"].tolist() == pl.tidy(FIT)["ave_expr"].tolist()


def test_exports_need_moderated_statistics_and_known_choices():
    plain = pl.lm_fit(E, "~ group", samples=SAMPLES)
    for export in (pl.tidy, pl.to_decoupler, pl.to_rnk, pl.to_rank_genes_groups):
        with pytest.raises(StageError, match="run `e_bayes`"):
            export(plain)
        with pytest.raises(InputTypeError, match="needs a fit"):
            export(E)
    with pytest.raises(InputError, match="`stat` must be one of"):
        pl.to_decoupler(FIT, "pvalue")
    with pytest.raises(StageError, match="not with `treat`"):
        pl.to_rnk(pl.treat(plain), "groupb", by="b")
