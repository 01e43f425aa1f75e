"""Groups and library sizes that come with counts."""

import anndata
import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.adapters.expression import parse_counts
from pylimma.errors import InputError, ShapeError, UnknownNameError
from pylimma.preprocessing.counts.intake import parse_group, parse_lib_size

COUNTS = pd.DataFrame(np.full((3, 4), 30), columns=list("abcd"))
RNG = np.random.default_rng(7)
READS = pd.DataFrame(
    RNG.poisson(50, (30, 4)), index=[f"g{k}" for k in range(30)], columns=list("abcd")
)
FACTOR = pd.Categorical(["u", "v", "u", "v"], categories=["v", "w", "u"])


@pytest.mark.parametrize(
    ("group", "labels", "levels"),
    [
        (["y", "x", "y", "x"], ["y", "x", "y", "x"], ["x", "y"]),
        (pd.Series(["1", "2", "3", "3"], index=list("dcba")), ["3", "3", "2", "1"], list("123")),
        (FACTOR, ["u", "v", "u", "v"], ["v", "u"]),
        (pd.Series(FACTOR, index=list("dcba")), ["v", "u", "v", "u"], ["v", "u"]),
        (np.array([10.0, 2, 2, 10]), ["10", "2", "2", "10"], ["2", "10"]),
    ],
)
def test_labels_are_matched_and_levels_kept_in_order(group, labels, levels):
    found = parse_group(group, parse_counts(COUNTS))
    assert list(found) == labels
    assert list(found.categories) == levels


def test_a_column_of_the_samples_serves_by_name():
    obs = pd.DataFrame({"sex": ["f", "m", "f", "f"]}, index=list("abcd"))
    adata = anndata.AnnData(COUNTS.T.to_numpy(float), obs=obs)
    assert list(parse_group("sex", parse_counts(adata))) == ["f", "m", "f", "f"]
    assert pylimma.filter_by_expr(adata, group="sex").tolist() == [True] * 3
    assert pylimma.cpm_by_group(adata, "sex").columns.tolist() == ["f", "m"]


@pytest.mark.parametrize(
    ("group", "error", "message"),
    [
        ("sex", UnknownNameError, "`group` is 'sex'; the table of samples has no columns"),
        (["a", "b"], ShapeError, "2 values; there are 4 samples"),
        (["a", None, "b", "b"], InputError, "missing for samples 'b'"),
    ],
)
def test_groups_that_do_not_serve_are_refused(group, error, message):
    with pytest.raises(error, match=message):
        parse_group(group, parse_counts(COUNTS))


def test_a_sample_without_reads_is_named():
    with pytest.raises(InputError, match="0 for sample 'b', which has no reads: remove it"):
        pylimma.cpm(READS.assign(b=0, d=0))


@pytest.mark.parametrize(
    ("lib_size", "error", "message"),
    [
        ([1, 2], ShapeError, "has 2 values"),
        ([1, 2, np.nan, 3], InputError, "nan for sample 'c'"),
        ([1, 2, 3, 0], InputError, "0 for sample 'd'"),
        ([1, -2, 3, 0], InputError, "-2 for sample 'b'"),
        (["x", 2, 3, 4], InputError, "must hold numbers"),
    ],
)
def test_library_sizes_that_cannot_be_used_are_refused(lib_size, error, message):
    with pytest.raises(error, match=message):
        pylimma.cpm(READS, lib_size=lib_size)


def test_library_sizes_are_matched_by_name():
    sizes = pd.Series({"d": 4.0, "c": 3.0, "b": 2.0, "a": 1.0})
    assert parse_lib_size(parse_counts(READS), sizes).tolist() == [1, 2, 3, 4]


def test_library_sizes_of_narrow_integers_do_not_overflow():
    counts = np.full((1000, 2), 250, dtype=np.uint8)
    assert parse_lib_size(parse_counts(counts)).tolist() == [250_000, 250_000]
