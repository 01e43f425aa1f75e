"""Counts per million and per kilobase: the kind that comes back, and hand calculations."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma
from pylimma.errors import InputError, InputTypeError, Note, ShapeError, UnknownNameError

RNG = np.random.default_rng(11)
COUNTS = pd.DataFrame(
    RNG.poisson(3, (40, 5)), index=[f"g{k}" for k in range(40)], columns=list("abcde")
)
LENGTH = RNG.integers(200, 5000, 40)
SPARSE = [sp.csr_array, sp.csc_array, sp.coo_array, sp.csr_matrix]


def test_cpm_divides_each_count_by_millions_of_reads():
    expected = [[c / total * 1e6 for c, total in zip(row, COUNTS.sum(), strict=True)]
                for row in COUNTS.to_numpy()]  # fmt: skip
    np.testing.assert_allclose(pylimma.cpm(COUNTS), expected, rtol=1e-14)


def test_log_cpm_adds_prior_counts_cell_by_cell():
    sizes = COUNTS.sum()
    prior = 2 * sizes / sizes.mean()
    expected = np.log2((COUNTS + prior) / (sizes + 2 * prior) * 1e6)
    np.testing.assert_allclose(pylimma.cpm(COUNTS, log=True), expected, rtol=1e-13)


def test_an_array_gives_an_array_and_a_table_a_table():
    assert type(pylimma.cpm(COUNTS.to_numpy())) is np.ndarray
    table = pylimma.cpm(COUNTS)
    assert table.index.equals(COUNTS.index)
    assert table.columns.equals(COUNTS.columns)


def test_a_dgelist_gives_a_labelled_table_with_effective_library_sizes():
    y = pylimma.DGEList(COUNTS, norm_factors=[1, 2, 1, 0.5, 1])
    rates = pylimma.cpm(y)
    np.testing.assert_allclose(rates["b"], COUNTS["b"] / (2 * COUNTS["b"].sum()) * 1e6)
    np.testing.assert_allclose(pylimma.cpm(y, normalized_lib_sizes=False), pylimma.cpm(COUNTS))


def test_offsets_of_a_dgelist_take_the_place_of_library_sizes():
    offset = np.log(RNG.uniform(100, 200, COUNTS.shape))
    y = pylimma.DGEList({"counts": COUNTS, "offset": offset})
    for normalized in (True, False):
        np.testing.assert_allclose(pylimma.cpm(y, normalized), COUNTS / np.exp(offset) * 1e6)


def test_prior_offsets_multiply_library_sizes_unless_offsets_replace_both():
    prior = RNG.normal(0, 0.3, COUNTS.shape)
    size = COUNTS.sum(axis=0).to_numpy() * np.exp(prior)
    y = pylimma.DGEList({"counts": COUNTS, "offset_prior": prior})
    for found in (pylimma.cpm(COUNTS, offset_prior=prior), pylimma.cpm(y)):
        np.testing.assert_allclose(found, COUNTS / size * 1e6)
    length = np.full(len(COUNTS), 500.0)
    np.testing.assert_allclose(
        pylimma.rpkm(COUNTS, length, offset_prior=prior), COUNTS / size * 2e6
    )
    with pytest.warns(Note, match="replaces `lib_size` and `offset_prior`"):
        found = pylimma.cpm(COUNTS, offset=np.log(size), lib_size=size[0], offset_prior=prior)
    np.testing.assert_allclose(found, COUNTS / size * 1e6)


def test_an_anndata_gives_an_anndata_and_keeps_its_own():
    adata = anndata.AnnData(sp.csr_matrix(COUNTS.T.to_numpy(dtype=float)))
    before = adata.X.copy()
    rates = pylimma.cpm(adata)
    np.testing.assert_allclose(rates.X.toarray().T, pylimma.cpm(COUNTS))
    assert (before != adata.X).nnz == 0


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix, sp.csc_matrix])
@pytest.mark.parametrize("log", [False, True])
def test_rates_of_a_layer_stand_in_that_layer(kind, log):
    adata = anndata.AnnData(np.zeros((5, 40)), layers={"counts": kind(COUNTS.T.to_numpy())})
    rates = pylimma.cpm(adata, log=log, layer="counts").layers["counts"]
    dense = rates.toarray() if sp.issparse(rates) else rates
    np.testing.assert_allclose(dense.T, pylimma.cpm(COUNTS, log=log))
    assert adata.layers["counts"].sum() == COUNTS.to_numpy().sum()


@pytest.mark.parametrize("kind", SPARSE)
@pytest.mark.parametrize("elements", [10, 10_000])
def test_sparse_counts_in_blocks_give_the_same_rates(kind, elements, monkeypatch):
    monkeypatch.setattr("pylimma.preprocessing.counts.blocks._DENSE_ELEMENTS", elements)
    monkeypatch.setattr("pylimma.numerics.blocks.FEWEST_ROWS", 1)
    sparse, prior = kind(COUNTS.to_numpy()), np.linspace(0.5, 2, 40)
    np.testing.assert_allclose(pylimma.cpm(sparse).toarray(), pylimma.cpm(COUNTS))
    np.testing.assert_allclose(
        pylimma.cpm(sparse, log=True, prior_count=prior),
        pylimma.cpm(COUNTS, log=True, prior_count=prior),
    )
    np.testing.assert_allclose(pylimma.rpkm(sparse, LENGTH).toarray(), pylimma.rpkm(COUNTS, LENGTH))
    np.testing.assert_allclose(pylimma.tpm(sparse, LENGTH), pylimma.tpm(COUNTS, LENGTH))
    np.testing.assert_allclose(pylimma.add_prior_count(sparse).y, pylimma.add_prior_count(COUNTS).y)


def test_rpkm_of_genes_of_one_kilobase_is_cpm():
    np.testing.assert_allclose(pylimma.rpkm(COUNTS, np.full(40, 1000)), pylimma.cpm(COUNTS))
    np.testing.assert_allclose(
        pylimma.rpkm(COUNTS, np.full(40, 2000), log=True), pylimma.cpm(COUNTS, log=True) - 1
    )


@pytest.mark.parametrize("columns", [["Length", "length", "max_length"], ["length", "chr"],
                                     ["chr", "TxLength"]])  # fmt: skip
def test_lengths_are_found_in_the_annotation(columns):
    genes = pd.DataFrame({name: LENGTH * (1 if k == 0 or name == "TxLength" else 7)
                          for k, name in enumerate(columns)}, index=COUNTS.index)  # fmt: skip
    y = pylimma.DGEList(COUNTS, genes=genes)
    np.testing.assert_allclose(pylimma.rpkm(y), pylimma.rpkm(COUNTS, LENGTH))


def test_tpm_sum_to_a_million_and_ignore_the_library_size():
    values = pylimma.tpm(COUNTS, LENGTH)
    np.testing.assert_allclose(values.sum(), 1e6)
    np.testing.assert_allclose(pylimma.tpm(COUNTS * 3, LENGTH), values)


def test_the_log_of_no_count_without_prior_is_missing():
    assert np.isnan(pylimma.cpm([[0, 4], [5, 6]], log=True, prior_count=0)[0, 0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.cpm(COUNTS, log=True, prior_count=-1), InputError, "not negative"),
        (lambda: pylimma.cpm(COUNTS, log=True, prior_count=[1, 2]), ShapeError, "2 values"),
        (lambda: pylimma.cpm(COUNTS, offset=[1.0, 2]), ShapeError, r"`offset` has shape \(2,\)"),
        (lambda: pylimma.cpm(COUNTS, offset=[1, 2, np.nan, 1, 1]), InputError, "must be finite"),
        (lambda: pylimma.cpm(COUNTS, layer="x"), InputError, "`layer` is for AnnData"),
        (lambda: pylimma.cpm(np.ones((2, 2, 2))), InputTypeError, "must be a matrix"),
        (lambda: pylimma.rpkm(COUNTS), UnknownNameError, "Give `gene_length`"),
        (lambda: pylimma.rpkm(COUNTS, "size"), UnknownNameError, "No column 'size'"),
        (lambda: pylimma.rpkm(COUNTS, [0, *LENGTH[1:]]), InputError, "for gene 'g0'"),
        (lambda: pylimma.rpkm(COUNTS, LENGTH[:3]), ShapeError, "3 values"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_two_columns_that_speak_of_length_are_not_guessed_between():
    genes = pd.DataFrame({"tx_length": LENGTH, "cds_length": LENGTH}, index=COUNTS.index)
    with pytest.raises(UnknownNameError, match="more than one column"):
        pylimma.rpkm(pylimma.DGEList(COUNTS, genes=genes))
