"""Technical replicates added up."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import pylimma
from pylimma.errors import InputError, ShapeError

COUNTS = pd.DataFrame([[1, 2, 3, 4], [250, 250, 250, 250]], columns=["b", "a", "b", "c"])


@pytest.mark.parametrize(
    "kind", [np.asarray, sp.csr_array, sp.coo_matrix, lambda x: np.asarray(x, dtype=np.uint8)]
)
def test_columns_are_summed_in_order_of_first_appearance(kind):
    summed = pylimma.sum_tech_reps(kind(COUNTS.to_numpy()), ["b", "a", "b", "c"])
    assert summed.columns.tolist() == ["b", "a", "c"]
    assert summed.to_numpy().tolist() == [[4, 2, 4], [500, 250, 250]]


def test_names_of_the_columns_serve_where_no_samples_are_given():
    assert pylimma.sum_tech_reps(COUNTS).columns.tolist() == ["b", "a", "c"]


def test_a_dgelist_sums_library_sizes_and_averages_factors():
    y = pylimma.DGEList(COUNTS.set_axis(list("wxyz"), axis=1), norm_factors=[1, 2, 4, 0.5],
                        samples=pd.DataFrame({"age": [7, 8, 9, 10]}, index=list("wxyz")),
                        group=["p", "q", "p", "q"])  # fmt: skip
    y["common_dispersion"] = 0.1
    summed = pylimma.sum_tech_reps(y, ["b", "a", "b", "c"])
    assert summed.samples["lib_size"].tolist() == [504, 252, 254]
    assert summed.samples["norm_factors"].tolist() == pytest.approx([2, 2, 0.5])  # geometric
    assert summed.samples["age"].tolist() == [7, 8, 10]
    assert summed.samples["group"].tolist() == ["p", "q", "q"]
    assert "common_dispersion" not in summed


def test_offsets_of_a_dgelist_are_those_of_the_sums():
    sizes = np.exp(np.random.default_rng(1).normal(800, 1, COUNTS.shape) - 795)
    prior = np.log(sizes) - 5
    y = pylimma.DGEList(COUNTS, offset=np.log(sizes), offset_prior=prior)
    summed = pylimma.sum_tech_reps(y, ["b", "a", "b", "c"])
    expected = np.column_stack([sizes[:, [0, 2]].sum(axis=1), sizes[:, 1], sizes[:, 3]])
    np.testing.assert_allclose(np.exp(summed["offset"]), expected, rtol=1e-12)
    mean = np.column_stack([prior[:, [0, 2]].mean(axis=1), prior[:, 1], prior[:, 3]])
    np.testing.assert_allclose(summed["offset_prior"], mean, rtol=1e-12)


def test_without_replicates_a_copy_comes_back():
    y = pylimma.DGEList(COUNTS.to_numpy())
    same = pylimma.sum_tech_reps(y, list("abcd"))
    assert same.samples.equals(y.samples)
    assert np.array_equal(same.counts, y.counts)


def test_samples_must_be_known():
    with pytest.raises(InputError, match="give `id`"):
        pylimma.sum_tech_reps(COUNTS.to_numpy())
    with pytest.raises(InputError, match="missing for samples 'a'"):
        pylimma.sum_tech_reps(COUNTS, ["a", None, "b", "c"])
    with pytest.raises(ShapeError, match="`id` has 2 values"):
        pylimma.sum_tech_reps(COUNTS, ["a", "b"])
