"""Containers in files of their own."""

import numpy as np
import pandas as pd
import pytest

import pylimma as pl

DATA = pl.simulate_counts(n_genes=60, n_samples=6, rng=1)
COUNTS = pl.norm_lib_sizes(pl.DGEList(DATA.counts, samples=DATA.samples))
VOOM = pl.voom(COUNTS, "~ group")
FIT = pl.e_bayes(pl.lm_fit(VOOM))


@pytest.mark.parametrize(
    "result", [COUNTS, VOOM, FIT, pl.decide_tests(FIT)], ids=lambda r: type(r).__name__
)
def test_what_is_loaded_is_what_was_saved(result, tmp_path):
    found = type(result).load(result.save(tmp_path / "result.pylimma"))
    assert type(found) is type(result)
    pd.testing.assert_frame_equal(found.to_frame(), result.to_frame())
    if isinstance(result, pl.MArrayLM):
        assert list(found) == list(result)
        assert found.describe() == result.describe()
        np.testing.assert_array_equal(found.lods, result.lods)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = FIT.save(tmp_path / "fit.pylimma")
    with pytest.raises(pl.errors.InputError, match="of MArrayLM, not of EList"):
        pl.EList.load(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(pl.errors.InputError, match="There is no file"):
        pl.MArrayLM.load(tmp_path / "absent.pylimma")
