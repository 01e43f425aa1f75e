"""Pictures of missing values show what is there."""

import numpy as np
import pytest
from results.valid_calls import GROUPS, VALUES

import pylimma as pl
from pylimma.errors import Note


def test_pattern_has_a_row_for_each_feature_with_missing_values():
    ax = pl.plot_missing_values(VALUES, GROUPS)
    image = ax.images[0].get_array()
    incomplete = np.isnan(VALUES).any(axis=1)
    assert image.shape == (incomplete.sum(), VALUES.shape[1])
    assert (image > 0).sum() == np.isfinite(VALUES[incomplete]).sum()
    number = (image > 0).sum(axis=1)
    assert (np.diff(number) <= 0).all()


def test_samples_of_a_group_stand_together_in_its_colour():
    image = pl.plot_missing_values(VALUES, GROUPS).images[0].get_array()
    assert set(np.unique(image[:, :5])) == {0, 1}
    assert set(np.unique(image[:, 5:])) == {0, 2}


def test_detection_is_the_share_of_values_observed():
    ax = pl.plot_missing_values(VALUES, kind="detection")
    shares = ax.lines[0].get_ydata()
    assert np.isclose(np.mean(shares), np.isfinite(VALUES).mean(), atol=0.1)
    assert ax.get_legend() is None


def test_detection_has_a_curve_for_each_group():
    ax = pl.plot_missing_values(VALUES, GROUPS, "detection")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


@pytest.mark.parametrize("kind", ["pattern", "detection"])
def test_complete_data_are_said_and_drawn(kind):
    with pytest.warns(Note, match="No value is missing"):
        ax = pl.plot_missing_values(np.nan_to_num(VALUES), GROUPS, kind)
    assert ax.get_ylabel()
