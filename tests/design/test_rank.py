"""Which coefficients can be estimated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma as pl
from pylimma.errors import DesignError

ONE_WAY = pd.DataFrame({"all": [1, 1, 1, 1], "A": [1, 1, 0, 0], "B": [0, 0, 1, 1]})


def test_the_last_of_the_dependent_columns_is_not_estimable():
    assert pl.non_estimable(ONE_WAY) == ["B"]
    assert pl.non_estimable(ONE_WAY[["A", "B", "all"]]) == ["all"]
    assert pl.non_estimable(ONE_WAY.to_numpy()) == ["3"]
    assert pl.non_estimable(ONE_WAY[["A", "B"]]) == []
    assert not pl.is_fullrank(ONE_WAY)
    assert pl.is_fullrank(ONE_WAY[["A", "B"]])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 1000))
def test_as_many_columns_are_left_out_as_the_rank_lacks(n_independent, n_more, seed):
    rng = np.random.default_rng(seed)
    basis = rng.normal(size=(8, n_independent))
    design = np.hstack([basis, basis @ rng.normal(size=(n_independent, n_more))])
    design = design[:, rng.permutation(design.shape[1])]
    lacking = pl.non_estimable(design)
    assert len(lacking) == n_more
    kept = [k for k in range(design.shape[1]) if str(k + 1) not in lacking]
    assert np.linalg.matrix_rank(design[:, kept]) == n_independent
    assert pl.is_fullrank(design[:, kept])


@pytest.mark.parametrize("scale", [1e-200, 1, 1e200])
def test_the_scale_of_a_design_does_not_matter(scale):
    assert pl.is_fullrank(np.eye(3) * scale)
    assert not pl.is_fullrank(np.ones((3, 2)) * scale)


@pytest.mark.parametrize(("ratio", "full"), [(2e-13, True), (0.5e-13, False)])
def test_a_design_lacks_rank_where_its_smallest_eigenvalue_is_negligible(ratio, full):
    assert pl.is_fullrank(np.diag([1.0, np.sqrt(ratio)])) == full


def test_a_design_whose_ratio_of_eigenvalues_is_the_limit_lacks_rank(monkeypatch):
    monkeypatch.setattr("pylimma.design.rank.EIGENVALUE_RATIO", 0.25)
    assert not pl.is_fullrank(np.diag([1.0, 0.5]))
    assert pl.is_fullrank(np.diag([1.0, 0.75]))


def test_a_vector_is_one_column_and_zeros_have_no_rank():
    assert pl.is_fullrank([1, 2, 3])
    assert not pl.is_fullrank(np.zeros((4, 2)))
    assert not pl.is_fullrank(np.ones((2, 3)))


def test_designs_must_be_finite_numbers():
    for check in (pl.is_fullrank, pl.non_estimable):
        with pytest.raises(DesignError, match="`x` must hold numbers"):
            check(pd.DataFrame({"g": ["a", "b"]}))
        with pytest.raises(DesignError, match=r"`x` is missing or infinite in the rows \[1\]"):
            check([[1.0], [np.nan]])
        with pytest.raises(DesignError, match="two dimensions"):
            check(np.ones((2, 2, 2)))
