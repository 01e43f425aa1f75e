"""AnnData of every kind gives what arrays and tables give, and is changed only when asked."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import pylimma as pl
from pylimma.errors import InputError, UnknownNameError

POLARS = pytest.importorskip("polars")
ARROW = pytest.importorskip("pyarrow")
RNG = np.random.default_rng(4)
NAMES = [f"s{k}" for k in range(10)]
GENES = [f"gene{k}" for k in range(80)]
COUNTS = pd.DataFrame(
    RNG.negative_binomial(4, 4 / (4 + RNG.gamma(2, 60, (80, 1))), (80, 10)).astype(float),
    index=GENES,
    columns=NAMES,
)
OBS = pd.DataFrame(
    {"group": pd.Categorical(list("aabbccaabb")), "batch": list("xyxyxyxyxy")}, index=NAMES
)
FORMULA = "~ group + batch"


def dense():
    return anndata.AnnData(COUNTS.T.to_numpy(), obs=OBS, var=pd.DataFrame(index=GENES))


def with_layer():
    adata = dense()
    adata.layers["counts"] = adata.X.copy()
    adata.X = np.zeros(adata.shape)
    return adata


def sparse(kind):
    return anndata.AnnData(kind(COUNTS.T.to_numpy()), obs=OBS, var=pd.DataFrame(index=GENES))


def view():
    values = np.hstack([COUNTS.T, COUNTS.T])
    genes = [*GENES, *(f"other{k}" for k in range(80))]
    return anndata.AnnData(values, obs=OBS, var=pd.DataFrame(index=genes))[:, :80]


@pytest.fixture
def backed(tmp_path):
    def make(kind=None):
        path = tmp_path / "data.h5ad"
        (dense() if kind is None else sparse(kind)).write_h5ad(path)
        return anndata.read_h5ad(path, backed="r")

    return make


KINDS = {
    "dense": dense,
    "csr matrix": lambda: sparse(scipy.sparse.csr_matrix),
    "csc matrix": lambda: sparse(scipy.sparse.csc_matrix),
    "csr array": lambda: sparse(scipy.sparse.csr_array),
    "view": view,
    "backed": None,
    "backed csr": scipy.sparse.csr_matrix,
    "backed csc": scipy.sparse.csc_matrix,
}


def analysis(data, **options):
    v = pl.voom(data, FORMULA, **options)
    fit = pl.e_bayes(pl.lm_fit(v))
    return pl.top_table(fit, coef="group", number=None, sort_by="none")


EXPECTED = analysis(COUNTS, samples=OBS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_anndata_gives_the_numbers_of_a_table(kind, backed):
    adata = backed(KINDS[kind]) if kind.startswith("backed") else KINDS[kind]()
    pd.testing.assert_frame_equal(analysis(adata), EXPECTED, check_exact=False, rtol=1e-12)


def test_a_layer_is_read_in_place_of_x():
    table = analysis(with_layer(), layer="counts")
    pd.testing.assert_frame_equal(table, EXPECTED)
    with pytest.raises(UnknownNameError, match="No layer 'count'; there are 'counts'"):
        pl.voom(with_layer(), FORMULA, layer="count")


TABLES = {
    "polars": lambda frame: POLARS.from_pandas(frame.reset_index(names="id")),
    "pyarrow": lambda frame: ARROW.Table.from_pandas(frame.reset_index(names="id")),
}


@pytest.mark.filterwarnings("ignore::pylimma.errors.Note")
@pytest.mark.parametrize("library", TABLES)
def test_tables_of_other_libraries_give_the_same_numbers(library):
    counts, samples = TABLES[library](COUNTS), TABLES[library](OBS.iloc[::-1])
    table = analysis(counts, samples=samples).drop(columns="id")
    pd.testing.assert_frame_equal(table, EXPECTED)


@pytest.mark.parametrize("library", TABLES)
def test_tables_of_other_libraries_annotate_genes(library):
    annotation = TABLES[library](pd.DataFrame({"symbol": GENES}))
    fit = pl.e_bayes(pl.lm_fit(np.log2(COUNTS + 1), FORMULA, samples=OBS))
    table = pl.top_table(fit, coef="groupb", genelist=annotation, number=3)
    assert list(table["symbol"]) == list(table.index)


def test_arrays_with_a_table_of_samples_give_the_same_numbers():
    table = analysis(COUNTS.to_numpy(), samples=OBS.reset_index(drop=True))
    np.testing.assert_array_equal(table.to_numpy(), EXPECTED.to_numpy())


# Functions that take expression, by what they are given beside it.
TAKES_EXPRESSION = {
    "array_weights": {"design": FORMULA},
    "ave_log_cpm": {},
    "cpm": {},
    "duplicate_correlation": {"design": "~ group", "block": OBS["batch"]},
    "filter_by_expr": {"design": FORMULA},
    "lm_fit": {"design": FORMULA},
    "mds": {},
    "norm_lib_sizes": {},
    "normalize_between_arrays": {},
    "remove_batch_effect": {"batch": OBS["batch"], "design": "~ group"},
    "voom": {"design": FORMULA},
    "voom_with_quality_weights": {"design": FORMULA},
    "vooma": {"design": FORMULA},
}


def main_values(result):
    for name in ("E", "coefficients", "consensus_correlation", "x"):
        if hasattr(result, "keys") and name in result:
            return np.asarray(result[name], dtype=float)
    if isinstance(result, anndata.AnnData):
        return scipy.sparse.csr_matrix(result.X).toarray().T
    return np.asarray(result, dtype=float)


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("name", TAKES_EXPRESSION)
def test_functions_of_expression_take_anndata_and_leave_it_alone(name):
    if name not in pl.__all__:
        pytest.skip(f"not public yet: {name}")
    function, options = getattr(pl, name), TAKES_EXPRESSION[name]
    adata = sparse(scipy.sparse.csr_matrix)
    samples = {"samples": OBS} if "design" in options else {}
    found = function(adata, **options)
    np.testing.assert_allclose(
        main_values(found), main_values(function(COUNTS, **options, **samples)), rtol=1e-10
    )
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS.T.to_numpy())
    assert not adata.uns
    assert not adata.varm
    assert not adata.layers


@pytest.mark.parametrize("make", [dense, view], ids=["whole", "view"])
def test_voom_stores_layers_that_lm_fit_reads_with_their_weights(make):
    adata = make()
    v = pl.voom(adata, FORMULA, key_added="voom")
    np.testing.assert_array_equal(adata.layers["voom_E"].T, v["E"])
    np.testing.assert_array_equal(adata.layers["voom_weights"].T, v["weights"])
    fit = pl.lm_fit(adata, layer="voom_E")
    expected = pl.lm_fit(v)
    np.testing.assert_array_equal(fit["coefficients"], expected["coefficients"])
    assert fit.describe() == expected.describe()


@pytest.mark.filterwarnings("ignore:Neither `design` nor `group`:pylimma.errors.Note")
def test_new_values_come_back_where_the_old_ones_were(backed):
    adata = with_layer()
    corrected = pl.remove_batch_effect(adata, batch=OBS["batch"], layer="counts")
    expected = pl.remove_batch_effect(COUNTS, batch=OBS["batch"])
    np.testing.assert_allclose(corrected.layers["counts"].T, expected)
    assert not corrected.X.any()
    np.testing.assert_array_equal(adata.layers["counts"], COUNTS.T)
    from_file = pl.remove_batch_effect(backed(), batch=OBS["batch"])
    np.testing.assert_allclose(from_file.X.T, expected)


def test_samples_without_names_that_repeat_are_refused_when_they_must_be_matched():
    adata = dense()
    adata.obs_names = ["s0", *NAMES[:9]]
    with pytest.raises(InputError, match="repeat"):
        pl.lm_fit(adata, "~ group", samples=OBS.set_axis(["s0", *NAMES[:9]][::-1]))
