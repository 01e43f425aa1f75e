"""Designs in which contrasts are coefficients."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma as pl
from pylimma.errors import DesignError

GROUPS = pd.DataFrame(np.kron(np.eye(3), np.ones((3, 1))), columns=["A", "B", "C"])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.booleans(), st.integers(0, 1000))
def test_coefficients_of_the_new_design_are_the_contrasts_of_the_old(n_contrasts, first, seed):
    rng = np.random.default_rng(seed)
    design, y = rng.normal(size=(9, 4)), rng.normal(size=9)
    contrasts = rng.normal(size=(4, n_contrasts))
    reformed = pl.contrast_as_coef(design, contrasts, first=first)
    old = np.linalg.lstsq(design, y, rcond=None)[0]
    new = np.linalg.lstsq(reformed.design.to_numpy(), y, rcond=None)[0]
    np.testing.assert_allclose(new[reformed.coef], contrasts.T @ old, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(reformed.design @ new, design @ old, rtol=1e-8, atol=1e-10)
    start = 0 if first else 4 - n_contrasts
    assert reformed.coef.tolist() == list(range(start, start + n_contrasts))


def test_columns_are_named_after_contrasts_and_rows_after_samples():
    contrasts = pl.make_contrasts("B-A", "C-B", levels=GROUPS)
    design = GROUPS.set_axis([f"s{k}" for k in range(9)])
    reformed = pl.contrast_as_coef(design, contrasts, first=False)["design"]
    assert reformed.columns.tolist() == ["Q3", "B-A", "C-B"]
    assert reformed.index.equals(design.index)
    assert pl.contrast_as_coef(GROUPS, [1, -1, 0]).design.columns.tolist() == ["C1", "Q2", "Q3"]


def test_rows_of_named_contrasts_are_matched_to_the_design():
    contrasts = pl.make_contrasts("B-A", levels=GROUPS)
    turned = pl.contrast_as_coef(GROUPS, contrasts.iloc[::-1])
    pd.testing.assert_frame_equal(turned.design, pl.contrast_as_coef(GROUPS, contrasts).design)


def test_contrasts_that_depend_on_earlier_ones_are_left_out():
    contrasts = np.array([[-1, -2, 0], [1, 2, -1], [0, 0, 1.0]])
    reformed = pl.contrast_as_coef(GROUPS, contrasts)
    assert reformed.design.columns.tolist() == ["C1", "C3", "Q3"]
    assert reformed.coef.tolist() == [0, 1]
    assert reformed.qr.rank == 2


def test_without_contrast_the_design_comes_back():
    assert pl.contrast_as_coef(GROUPS) is GROUPS


@pytest.mark.parametrize(
    ("contrast", "message"),
    [
        ([0, 0, 0], "all zero"),
        ([1, -1], "has 2 rows and the design 3 columns"),
        ([1, -1, np.nan], r"`contrast` is missing or infinite in the rows \[2\]"),
        (np.ones((3, 1, 1)), "two dimensions"),
        (["B-A"], "`contrast` must hold numbers.*`make_contrasts`"),
    ],
)
def test_contrasts_that_do_not_fit_are_refused(contrast, message):
    with pytest.raises(DesignError, match=message):
        pl.contrast_as_coef(GROUPS, contrast)
