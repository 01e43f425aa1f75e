"""Sums of cells by sample and cell type."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma
from pylimma.errors import InputError, InputTypeError, InputWarning, Note, UnknownNameError
from pylimma.preprocessing.counts.pseudobulk import sum_cells

RNG = np.random.default_rng(6)
N_CELLS, N_GENES = 300, 25
COUNTS = RNG.poisson(2, (N_CELLS, N_GENES))
OBS = pd.DataFrame(
    {
        "donor": RNG.choice(["d1", "d2", "d3"], N_CELLS),
        "type": pd.Categorical(RNG.choice(["T", "B"], N_CELLS), categories=["T", "B", "NK"]),
        "depth": RNG.normal(size=N_CELLS),
    },
    index=[f"cell{k}" for k in range(N_CELLS)],
)
OBS["age"] = OBS["donor"].map({"d1": 40, "d2": np.nan, "d3": 60})
OBS["disease"] = pd.Categorical(OBS["donor"].map({"d1": "yes", "d2": "no", "d3": "yes"}))
VAR = pd.DataFrame({"symbol": [f"S{k}" for k in range(N_GENES)]},
                   index=[f"g{k}" for k in range(N_GENES)])  # fmt: skip


def cells(matrix=COUNTS, obs=OBS, **more):
    return anndata.AnnData(matrix, obs=obs, var=VAR, **more)


def by_hand(donor, kind):
    return COUNTS[((OBS["donor"] == donor) & (OBS["type"] == kind)).to_numpy()]


@pytest.mark.parametrize(
    "kind",
    [np.asarray, sp.csr_matrix, sp.csc_matrix, sp.csr_array, sp.csc_array,
     lambda x: sp.csr_matrix(x.astype(np.float32))],
)  # fmt: skip
@pytest.mark.parametrize("elements", [500, 2**24])
def test_counts_are_summed_by_sample_and_cell_type(kind, elements, monkeypatch):
    monkeypatch.setattr("pylimma.preprocessing.counts.pseudobulk.BLOCK_ELEMENTS", elements)
    y = pylimma.pseudobulk(cells(kind(COUNTS)), "donor", "type")
    assert y.col_names.tolist() == ["d1_T", "d1_B", "d2_T", "d2_B", "d3_T", "d3_B"]
    assert y.row_names.tolist() == VAR.index.tolist()
    for name in y.col_names:
        members = by_hand(*name.split("_"))
        np.testing.assert_array_equal(y.frame()[name], members.sum(axis=0))
        assert y.samples.loc[name, "psbulk_cells"] == len(members)
        assert y.samples.loc[name, "psbulk_counts"] == members.sum()
        place = y.col_names.get_loc(name)
        np.testing.assert_allclose(y.other["psbulk_props"][:, place], (members > 0).mean(axis=0))
    assert y.genes["symbol"].tolist() == VAR["symbol"].tolist()


def test_what_is_constant_in_each_pseudobulk_sample_is_kept():
    samples = pylimma.pseudobulk(cells(), "donor", "type").samples
    assert "depth" not in samples
    assert samples["disease"].tolist() == ["yes", "yes", "no", "no", "yes", "yes"]
    assert samples["age"].dropna().tolist() == [40, 40, 60, 60]
    assert samples["type"].tolist() == ["T", "B"] * 3
    assert samples["donor"].tolist() == ["d1", "d1", "d2", "d2", "d3", "d3"]


def test_without_cell_types_all_cells_of_a_sample_are_summed():
    y = pylimma.pseudobulk(cells(), "donor")
    assert y.col_names.tolist() == ["d1", "d2", "d3"]
    expected = pd.DataFrame(COUNTS).groupby(OBS["donor"].to_numpy()).sum().T
    np.testing.assert_array_equal(y.counts, expected)


def test_a_layer_of_a_view_is_read_and_nothing_changed():
    adata = cells(np.zeros((N_CELLS, N_GENES)), layers={"counts": sp.csr_matrix(COUNTS)})
    view = adata[::2]
    y = pylimma.pseudobulk(view, "donor", layer="counts")
    assert y.counts.sum() == COUNTS[::2].sum()
    assert view.is_view


def test_means_are_sums_over_numbers_of_cells():
    mean = pylimma.pseudobulk(cells(), "donor", "type", mode="mean").frame()
    np.testing.assert_allclose(mean["d3_B"], by_hand("d3", "B").mean(axis=0))


def test_small_pseudobulk_samples_are_dropped_with_a_note():
    obs = OBS.copy()
    obs.iloc[:3, 1] = "NK"
    with pytest.warns(Note, match="3 of 9|2 of 8|1 of 7"):
        y = pylimma.pseudobulk(cells(obs=obs), "donor", "type")
    assert not any(name.endswith("NK") for name in y.col_names)


def test_cells_without_a_type_are_excluded_with_a_note():
    obs = OBS.copy()
    obs.iloc[:5, 1] = np.nan
    with pytest.warns(Note, match="5 cells have no 'donor' or 'type'"):
        y = pylimma.pseudobulk(cells(obs=obs), "donor", "type")
    assert y.samples["psbulk_cells"].sum() == N_CELLS - 5


@pytest.mark.parametrize(
    ("values", "kind"), [(np.log1p(COUNTS), "log values"), (COUNTS * 31.7, "normalised values")]
)
def test_values_that_are_not_counts_are_noticed(values, kind):
    adata = cells(sp.csr_matrix(values), layers={"raw": COUNTS})
    with pytest.warns(InputWarning, match=f"look like {kind}.*its layers are 'raw'"):
        pylimma.pseudobulk(adata, "donor")


def test_one_sample_is_not_replication():
    with pytest.warns(InputWarning, match="only one sample in 'donor'"):
        pylimma.pseudobulk(cells(obs=OBS.assign(donor="d")), "donor", "type")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((COUNTS, "donor"), InputTypeError, "must be an AnnData of cells; got ndarray"),
        ((cells(), "dono"), UnknownNameError, "`sample_col` is 'dono'; `obs` has 'donor'"),
        ((cells(), "donor", "celltype"), UnknownNameError, "`group_col` is 'celltype'"),
        ((cells(-COUNTS), "donor"), InputError, "negative values; name the layer"),
        ((cells(np.full(COUNTS.shape, np.inf)), "donor"), InputError, "missing or infinite"),
    ],
)
def test_what_cannot_be_summed_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        pylimma.pseudobulk(*arguments)


def test_limits_that_leave_nothing_and_unknown_options_are_refused():
    with pytest.raises(InputError, match="All 3 pseudobulk samples have fewer than 500 cells"):
        pylimma.pseudobulk(cells(), "donor", min_cells=500)
    with pytest.raises(InputError, match="`mode` must be one of"):
        pylimma.pseudobulk(cells(), "donor", mode="median")
    with pytest.raises(UnknownNameError, match="No layer 'raw'"):
        pylimma.pseudobulk(cells(), "donor", layer="raw")


RANDOM = np.random.default_rng(4)
MATRIX = RANDOM.poisson(0.7, (90, 11))
GROUP = RANDOM.integers(-1, 4, 90)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_array, sp.coo_array])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize("elements", [20, 2**20])
def test_sums_agree_with_a_loop_over_groups(kind, dtype, elements, monkeypatch):
    monkeypatch.setattr("pylimma.preprocessing.counts.pseudobulk.BLOCK_ELEMENTS", elements)
    found = sum_cells(kind(MATRIX.astype(dtype)), GROUP, 4)
    for group in range(4):
        np.testing.assert_array_equal(found.total[group], MATRIX[group == GROUP].sum(axis=0))
        np.testing.assert_array_equal(
            found.expressing[group], (MATRIX[group == GROUP] > 0).sum(axis=0)
        )


def test_narrow_counts_do_not_overflow():
    found = sum_cells(np.full((1000, 2), 255, dtype=np.uint8), np.zeros(1000, dtype=int), 1)
    assert found.total.tolist() == [[255_000, 255_000]]


def test_a_column_that_differs_in_one_sample_is_named_and_removed():
    obs = OBS.assign(disease=OBS["disease"].astype(str))
    size = (obs["donor"] == "d1").sum()
    cell = obs.index[obs["donor"] == "d1"][3]
    obs.loc[cell, "disease"] = "no"
    with pytest.warns(Note, match=f"'disease' differs between .* 'd1': {size - 1} yes, 1 no. The"):
        y = pylimma.pseudobulk(cells(obs=obs.drop(columns="type")), "donor")
    assert "disease" not in y.samples


def test_a_missing_label_takes_the_value_of_the_other_cells():
    obs = OBS.assign(disease=OBS["disease"].astype(object))
    obs.loc[obs.index[obs["donor"] == "d3"][:2], "disease"] = None
    with pytest.warns(Note, match="'disease' is missing for 2 of the cells of 'd3'"):
        y = pylimma.pseudobulk(cells(obs=obs.drop(columns="type")), "donor")
    assert y.samples["disease"].tolist() == ["yes", "no", "yes"]


def test_several_columns_name_the_samples_together():
    y = pylimma.pseudobulk(cells(), ["donor", "disease"], "type")
    assert y.col_names[:2].tolist() == ["d1_yes_T", "d1_yes_B"]
    np.testing.assert_array_equal(y.counts, pylimma.pseudobulk(cells(), "donor", "type").counts)
    for wrong in ([], ["donor", "donor"]):
        with pytest.raises(InputError, match="one or more columns of `obs`, each once"):
            pylimma.pseudobulk(cells(), wrong)
