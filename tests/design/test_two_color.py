"""Designs of two-colour arrays."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pylimma as pl
from pylimma.errors import DesignError, InputTypeError, Note, ShapeError, UnknownNameError

LOOP = pd.DataFrame(
    {"Cy3": ["A", "B", "C", "A"], "Cy5": ["B", "C", "A", "C"]}, index=["a1", "a2", "a3", "a4"]
)


def test_each_array_holds_the_difference_of_its_targets():
    design = pl.two_color_design(LOOP, ref="A")
    assert design.index.equals(LOOP.index)
    assert design.columns.tolist() == ["B", "C"]
    assert design.to_numpy().tolist() == [[1, 0], [-1, 1], [0, -1], [0, 1]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_the_design_turns_parameters_into_log_ratios(seed):
    rng = np.random.default_rng(seed)
    parameters = pd.DataFrame([[-1, 0], [1, -1], [0, 1]], index=list("ABC"), columns=["AB", "BC"])
    parameters = parameters.iloc[rng.permutation(3)]
    design = pl.two_color_design(LOOP, parameters)
    level = pd.Series(rng.normal(size=3), index=list("ABC"))
    effects = parameters.T @ (level - level.mean())
    ratios = level[LOOP["Cy5"]].to_numpy() - level[LOOP["Cy3"]].to_numpy()
    np.testing.assert_allclose(design @ effects, ratios, atol=1e-12)


def test_targets_are_sorted_as_in_a_dictionary():
    targets = {"Cy3": ["Ref", "wt"], "Cy5": ["mut", "Ref"]}
    assert pl.unique_targets(targets) == ["mut", "Ref", "wt"]
    with pytest.warns(Note, match="RNA samples are 'mut', 'Ref', 'wt'"):
        pl.two_color_design(targets, ref="Ref", verbose=True)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, DesignError, "exactly one"),
        ({"ref": "A", "parameters": LOOP}, DesignError, "exactly one"),
        ({"ref": "Z"}, DesignError, "`ref` 'Z' is not an RNA sample"),
        ({"parameters": np.eye(3)}, InputTypeError, "`parameters` must be a DataFrame"),
        (
            {"parameters": pd.DataFrame({"p": [1, -1, 0]}, index=["A", "B", "D"])},
            DesignError,
            "Missing: 'C'; unknown: 'D'",
        ),
        (
            {"parameters": pd.DataFrame({"p": [1, -1, 0], "q": [2, -2, 0]}, index=list("ABC"))},
            DesignError,
            "are linearly dependent",
        ),
    ],
)
def test_parameters_must_fit_the_targets(options, error, message):
    with pytest.raises(error, match=message):
        pl.two_color_design(LOOP, **options)


def test_targets_need_both_dyes_without_gaps():
    with pytest.raises(UnknownNameError, match="needs the columns 'Cy3' and 'Cy5'"):
        pl.unique_targets(LOOP[["Cy3"]])
    with pytest.raises(DesignError, match="'Cy5' is missing in the rows 'a2'"):
        pl.unique_targets(LOOP.assign(Cy5=["B", None, "A", "C"]))
    with pytest.raises(DesignError, match="nothing to compare"):
        pl.two_color_design({"Cy3": ["A"], "Cy5": ["A"]}, ref="A")
    with pytest.raises(InputTypeError, match="`targets` must be a DataFrame"):
        pl.unique_targets([1, 2])


def test_designs_of_channels_give_ratios_and_averages():
    channels = pd.DataFrame({"wt": [1, 0, 0, 1], "x": [0.5, 1.5, 2, 1]})
    assert pl.design_i2m(channels).to_numpy().tolist() == [[-1, 1], [1, -1]]
    assert pl.design_i2a(channels).to_numpy().tolist() == [[0.5, 1], [0.5, 1.5]]
    assert pl.design_i2a(channels).columns.tolist() == ["wt", "x"]
    assert isinstance(pl.design_i2m(channels.to_numpy()), np.ndarray)
    for function in (pl.design_i2m, pl.design_i2a):
        with pytest.raises(ShapeError, match="has 3 rows"):
            function(np.eye(3))


def test_targets_of_arrays_become_targets_of_channels():
    channels = pl.targets_a2c(LOOP.assign(date=[1, 2, 3, 4]), channel_codes=("G", "R"))
    assert channels.index.tolist()[:3] == ["a1.G", "a1.R", "a2.G"]
    assert channels.columns.tolist() == ["channel_col", "date", "Target"]
    assert channels["Target"].tolist() == list("ABBCCAAC")
    assert channels["date"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


def test_channel_columns_may_be_parts_of_names():
    targets = pd.DataFrame({"cy3.source": ["a"], "CY5.source": ["b"], "id": [7]})
    assert pl.targets_a2c(targets, grep=True)["Target"].tolist() == ["a", "b"]
    assert "Target" not in pl.targets_a2c(targets)
    twice = targets.assign(cy3_label=["z"])
    assert "Target" not in pl.targets_a2c(twice, grep=True)


def test_there_are_two_channels():
    with pytest.raises(DesignError, match="two channels: give two `channel_codes`"):
        pl.targets_a2c(LOOP, channel_codes=[1])
    with pytest.raises(DesignError, match="two columns for 'dye'"):
        pl.targets_a2c(LOOP, channel_columns={"dye": ["Cy3"]})
