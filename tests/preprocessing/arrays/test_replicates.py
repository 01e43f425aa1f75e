"""Averages over replicate rows and arrays, by loops and by least squares, in every kind of data."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError, InputTypeError, PylimmaError, ShapeError, UnknownNameError

RNG = np.random.default_rng(8)
N_GENES = 30
E = RNG.normal(8, 1, (N_GENES, 6))
E[RNG.random(E.shape) < 0.1] = np.nan
WEIGHTS = RNG.uniform(0.2, 2, E.shape)
WEIGHTS[RNG.random(E.shape) < 0.05] = 0
SAMPLES = [f"s{k}" for k in range(6)]
GENES = [f"p{k}" for k in range(N_GENES)]
IDS = [f"g{k % 7}" for k in range(N_GENES)]
SUBJECTS = list("babcab")
FRAME = pd.DataFrame(E, GENES, SAMPLES)


def elist(**more):
    return pylimma.EList(
        E=FRAME,
        genes=pd.DataFrame({"ID": IDS, "start": np.arange(N_GENES)}, GENES),
        targets=pd.DataFrame({"subject": SUBJECTS, "dose": range(6)}, SAMPLES),
        **more,
    )


def slow_mean(values, weights):
    """Weighted mean of one cell's replicates by a loop."""
    total = moment = 0.0
    for value, weight in zip(values, weights, strict=True):
        if not np.isnan(value) and weight > 0:
            total, moment = total + weight, moment + weight * value
    return moment / total if total else np.nan


def slow_arrays(values, weights):
    kinds = list(dict.fromkeys(SUBJECTS))
    members = [[j for j in range(6) if SUBJECTS[j] == kind] for kind in kinds]
    return np.array(
        [
            [slow_mean(v[own], w[own]) for own in members]
            for v, w in zip(values, weights, strict=True)
        ]
    )


def test_rows_are_averaged_as_by_loops_in_order_of_first_appearance():
    order = RNG.permutation(N_GENES)
    labels = np.array(IDS)[order]
    found = pylimma.avereps(FRAME.iloc[order], labels)
    assert found.index.tolist() == list(dict.fromkeys(labels))
    for name, row in found.iterrows():
        members = E[order][labels == name].T
        expected = [slow_mean(v, np.ones(len(v))) for v in members]
        np.testing.assert_allclose(row, expected, rtol=1e-14)


@pytest.mark.parametrize("weights", [None, WEIGHTS, WEIGHTS[0] + 0.1])
def test_arrays_are_averaged_as_by_loops(weights):
    found = pylimma.avearrays(FRAME, SUBJECTS, weights)
    w = np.ones(E.shape) if weights is None else np.broadcast_to(weights, E.shape)
    np.testing.assert_allclose(found, slow_arrays(E, w), rtol=1e-14)
    assert found.index.tolist() == GENES


def test_weighted_averages_are_least_squares_coefficients():
    design = pd.get_dummies(pd.Series(SUBJECTS)).to_numpy(dtype=float)
    y, w = RNG.normal(size=(5, 6)), RNG.uniform(0.5, 2, (5, 6))
    found = pylimma.avearrays(y, SUBJECTS, w)
    for row, values, weight in zip(found[["IDa", "IDb", "IDc"]].to_numpy(), y, w, strict=True):
        root = np.sqrt(weight)
        expected = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_a_container_is_averaged_whole_by_a_column_of_its_annotation():
    data = elist(weights=WEIGHTS, other={"se": E**2}, lib_size=np.arange(6.0), printer={"npins": 1})
    found = pylimma.avereps(data)
    assert found.row_names.tolist() == list(dict.fromkeys(IDS))
    assert found.genes["start"].tolist() == list(range(7))
    np.testing.assert_allclose(found["weights"], pylimma.avereps(WEIGHTS, IDS))
    np.testing.assert_allclose(found["other"]["se"], pylimma.avereps(E**2, IDS))
    assert "printer" not in found
    assert pylimma.avereps(data, "start").shape == data.shape
    arrays = pylimma.avearrays(data, "subject")
    assert arrays.col_names.tolist() == ["b", "a", "c"]
    assert arrays.targets["dose"].tolist() == arrays["lib_size"].tolist() == [0, 1, 3]
    np.testing.assert_allclose(arrays["other"]["se"], slow_arrays(E**2, WEIGHTS))


def test_both_kinds_of_values_of_two_colours_are_averaged():
    data = pylimma.MAList(M=FRAME, A=FRAME + 1)
    found = pylimma.avearrays(data, SUBJECTS)
    np.testing.assert_allclose(found["A"], found["M"] + 1)
    np.testing.assert_allclose(pylimma.avereps(data, IDS)["M"], pylimma.avereps(FRAME, IDS))


def test_weights_of_averages_are_their_precision():
    data = elist(weights=WEIGHTS)
    w = np.where(np.isnan(E), 0, WEIGHTS)
    summed = pylimma.avearrays(data, SUBJECTS)["weights"]
    np.testing.assert_allclose(summed[:, 2], w[:, 3])
    np.testing.assert_allclose(summed[:, 0], w[:, [0, 2, 5]].sum(axis=1))
    plain = pylimma.avearrays(data, SUBJECTS, weights=None)["weights"]
    whole = (w[:, [1, 4]] > 0).all(axis=1)
    np.testing.assert_allclose(plain[whole, 1], 4 / (1 / w[whole][:, [1, 4]]).sum(axis=1))


def test_a_missing_value_gives_its_average_no_precision():
    y = [[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]]
    data = pylimma.EList(E=y, weights=[[1.0, 4.0, 2.0]] * 2)
    assert pylimma.avearrays(data, list("aab"))["weights"].tolist() == [[1, 2], [5, 2]]
    assert pylimma.avearrays(data, list("aab"), None)["weights"].tolist() == [[1, 2], [3.2, 2]]


def test_averages_can_be_fitted_and_annotated_like_any_data():
    found = pylimma.avearrays(elist().replace(E=np.nan_to_num(E)), "subject")
    found.targets = found.targets.assign(group=["x", "x", "y"])
    fit = pylimma.lm_fit(found, "~ group")
    np.testing.assert_allclose(fit.fitted().shape, (N_GENES, 3))
    again = found.replace(targets=found.targets.assign(z=1))
    assert list(again.targets) == ["subject", "dose", "group", "z"]


def test_an_anndata_stays_one():
    adata = anndata.AnnData(
        E.T, obs=pd.DataFrame({"subject": SUBJECTS}, SAMPLES), var=pd.DataFrame({"ID": IDS}, GENES)
    )
    arrays = pylimma.avearrays(adata, "subject")
    assert arrays.obs_names.tolist() == ["b", "a", "c"]
    np.testing.assert_allclose(arrays.X.T, pylimma.avearrays(E, SUBJECTS))
    probes = pylimma.avereps(adata)
    assert probes.var_names.tolist() == list(dict.fromkeys(IDS))
    np.testing.assert_allclose(probes.X.T, pylimma.avereps(E, IDS))


def test_text_is_that_of_the_first():
    text = np.array([["a", "b", "c"], ["d", "e", "f"]])
    assert pylimma.avearrays(text, [2, 1, 2]).to_numpy().tolist() == [["a", "b"], ["d", "e"]]
    assert pylimma.avereps(text, ["u", "u"]).to_numpy().tolist() == [["a", "b", "c"]]


def test_data_without_repeats_are_returned_as_they_are():
    data = elist()
    found = pylimma.avearrays(data)
    np.testing.assert_array_equal(found["E"], data["E"])
    assert found.col_names.tolist() == SAMPLES
    pd.testing.assert_frame_equal(pylimma.avearrays(FRAME), FRAME)


def test_ids_with_names_are_matched_by_them():
    labels = pd.Series(SUBJECTS, SAMPLES)
    pd.testing.assert_frame_equal(
        pylimma.avearrays(FRAME, labels[::-1]), pylimma.avearrays(FRAME, labels)
    )
    with pytest.raises(UnknownNameError, match="do not match"):
        pylimma.avereps(FRAME, pd.Series(IDS, [f"q{k}" for k in range(N_GENES)]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pylimma.avereps(E), InputError, "rows have no names; give `id`"),
        (lambda: pylimma.avereps(E, IDS, ID=IDS), InputError, "`id` or `ID`"),
        (lambda: pylimma.avearrays(E), InputError, "arrays have no names; give `id`"),
        (lambda: pylimma.avereps(E, [None, *IDS[1:]]), InputError, "missing for 1 rows, the first"),
        (lambda: pylimma.avearrays(E, [*"babca", None]), InputError, "`id` is missing"),
        (lambda: pylimma.avereps(E, IDS[1:]), ShapeError, "`id`"),
        (lambda: pylimma.avearrays(E, SUBJECTS, np.ones(4)), ShapeError, "allowed are"),
        (lambda: pylimma.avearrays(elist(), "donor"), UnknownNameError, "table of samples has"),
        (lambda: pylimma.avereps(elist(), "gene"), UnknownNameError, "table of genes has"),
        (lambda: pylimma.avereps(pylimma.EListRaw(E=E)), InputTypeError, "raw intensities"),
        (
            lambda: pylimma.avearrays(pylimma.RGList(R=E, G=E), SUBJECTS),
            InputTypeError,
            "must be log-expression; got RGList",
        ),
        (
            lambda: pylimma.avearrays(pylimma.DGEList(np.ones((3, 6))), SUBJECTS),
            InputTypeError,
            "`sum_tech_reps`",
        ),
        (lambda: pylimma.avearrays(np.ones((2, 3, 4)), SUBJECTS), PylimmaError, "x"),
    ],
)
def test_what_cannot_be_averaged_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_labels_may_be_given_by_either_spelling():
    np.testing.assert_array_equal(pylimma.avereps(E, ID=IDS), pylimma.avereps(E, IDS))
    np.testing.assert_array_equal(pylimma.avearrays(E, ID=SUBJECTS), pylimma.avearrays(E, SUBJECTS))
