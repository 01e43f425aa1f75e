"""Fits stored in an AnnData, through files and the choice of genes."""

import warnings

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma as pl
from pylimma.errors import InputError, InputTypeError, InputWarning, UnknownNameError

RNG = np.random.default_rng(8)
NAMES = [f"s{k}" for k in range(9)]
GENES = [f"gene{k}" for k in range(40)]
OBS = pd.DataFrame({"group": pd.Categorical(list("abcabcabc"))}, index=NAMES)


def make():
    x = RNG.normal(8, 1, (9, 40))
    x[0, 3] = np.nan
    var = pd.DataFrame({"symbol": [f"S{k}" for k in range(40)]}, index=GENES)
    return anndata.AnnData(x, obs=OBS, var=var)


ADATA = make()
FIT = pl.contrasts_fit(
    pl.lm_fit(ADATA, "~ 0 + group"), {"half": "(groupb + groupc)/2 - groupa", "c/a": "c - a"}
)
FITS = {
    "plain": pl.lm_fit(ADATA, "~ group"),
    "moderated": pl.e_bayes(FIT, trend=True, robust=True),
    "treated": pl.treat(FIT, lfc=0.5),
    "matrix": pl.e_bayes(pl.lm_fit(ADATA, np.eye(3)[OBS["group"].cat.codes])),
}


def write_h5ad(adata, folder):
    adata.write_h5ad(folder / "data.h5ad")
    return anndata.read_h5ad(folder / "data.h5ad")


def write_zarr(adata, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zarr, about its formats
        adata.write_zarr(folder / "data.zarr")
        return anndata.read_zarr(folder / "data.zarr")


ROUND_TRIPS = {"memory": lambda adata, _: adata, "h5ad": write_h5ad, "zarr": write_zarr}


def assert_same_fit(found, expected):
    assert set(found) == set(expected)
    for name in expected:
        if name in ("genes", "targets"):
            pd.testing.assert_frame_equal(found[name], expected[name], check_categorical=False)
        elif name != "description":
            np.testing.assert_array_equal(
                np.asarray(found[name]), np.asarray(expected[name]), err_msg=name
            )
    for axis in ("genes", "coefs", "design_columns", "samples"):
        one, other = found.names(axis), expected.names(axis)
        assert (one is None) == (other is None)
        assert one is None or list(one) == list(other)
    assert found.describe() == expected.describe()


@pytest.mark.parametrize("trip", ROUND_TRIPS)
@pytest.mark.parametrize("kind", FITS)
def test_a_fit_comes_back_as_it_was(kind, trip, tmp_path):
    adata, fit = ADATA.copy(), FITS[kind]
    pl.fit_to_anndata(fit, adata)
    adata = ROUND_TRIPS[trip](adata, tmp_path)
    assert_same_fit(pl.fit_from_anndata(adata), fit)


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_genes_that_are_left_keep_their_results(trip, tmp_path):
    adata, fit = ADATA.copy(), FITS["moderated"]
    pl.fit_to_anndata(fit, adata)
    some = ROUND_TRIPS[trip](adata, tmp_path)[:, [4, 2, 9]]
    found = pl.fit_from_anndata(some)
    assert_same_fit(found, fit[[4, 2, 9]])
    table = pl.top_table(fit, "half", number=None, sort_by="none").iloc[[4, 2, 9]]
    columns = ["log_fc", "ave_expr", "t", "p_value", "adj_p_value", "b"]
    pd.testing.assert_frame_equal(
        some.varm["limma:half"][columns], table[columns], check_names=False
    )


def test_tables_stand_beside_the_genes_and_a_slash_becomes_a_bar():
    adata = ADATA.copy()
    pl.fit_to_anndata(FITS["moderated"], adata, key_added="run")
    assert set(adata.varm) == {"run_fit", "run:half", "run:c|a"}
    assert "run" in adata.uns


def test_genes_that_were_not_fitted_are_missing():
    adata = ADATA.copy()
    fit = pl.e_bayes(pl.lm_fit(adata[:, ::-2], "~ group"))
    with pytest.warns(InputWarning, match="20 of 40 genes were not fitted"):
        pl.fit_to_anndata(fit, adata)
    assert adata.varm["limma:groupb"]["t"].notna().to_numpy().tolist() == [False, True] * 20
    assert_same_fit(pl.fit_from_anndata(adata), fit[::-1])


def test_a_view_becomes_an_anndata_without_a_warning():
    part = ADATA[:, :10]
    pl.lm_fit(part, "~ group", key_added="limma")
    assert not part.is_view
    assert pl.fit_from_anndata(part).shape == (10, 3)
    assert "limma" not in ADATA.uns


def test_what_cannot_be_stored_or_read_is_refused():
    with pytest.raises(InputTypeError, match="`fit_to_anndata` needs a fit"):
        pl.fit_to_anndata({}, ADATA.copy())
    with pytest.raises(InputTypeError, match="AnnData; got DataFrame"):
        pl.fit_to_anndata(FIT, OBS)
    with pytest.raises(UnknownNameError, match="Nothing of pylimma under 'limma'"):
        pl.fit_from_anndata(ADATA)
    other = ADATA.copy()
    other.var_names = [f"x{k}" for k in range(40)]
    with pytest.raises(InputError, match="no genes 'gene0'"):
        pl.fit_to_anndata(FIT, other)
