"""Containers: names kept once, subsets of everything, shapes checked."""

import numpy as np
import pandas as pd
import pytest

from pylimma import EList, MArrayLM
from pylimma.errors import InputError, InputTypeError, ShapeError, StageError, UnknownNameError


@pytest.fixture
def elist():
    values = pd.DataFrame(
        np.arange(12.0).reshape(4, 3), index=["a", "b", "c", "d"], columns=["s1", "s2", "s3"]
    )
    return EList(
        {
            "E": values,
            "weights": np.ones((4, 3)),
            "genes": pd.DataFrame({"Symbol": list("ABCD")}),
            "other": {"se": values.to_numpy() / 10},
            "source": "made up",
        }
    )


def test_matrices_inside_are_plain_and_frames_have_names(elist):
    assert type(elist["E"]) is np.ndarray
    assert elist.E is elist["E"]
    assert list(elist.frame("E").index) == ["a", "b", "c", "d"]
    assert list(elist.frame("weights").columns) == ["s1", "s2", "s3"]


@pytest.mark.parametrize(
    ("rows", "columns", "kept_rows", "kept_columns"),
    [
        ([2, 0], slice(None), ["c", "a"], ["s1", "s2", "s3"]),
        ("b", "s3", ["b"], ["s3"]),
        (["d", "a"], [True, False, True], ["d", "a"], ["s1", "s3"]),
        (slice(1, 3), 0, ["b", "c"], ["s1"]),
        (np.array([False, True, False, True]), slice(None), ["b", "d"], ["s1", "s2", "s3"]),
        (-1, [1], ["d"], ["s2"]),
        (slice("b", "c"), slice(None), ["b", "c"], ["s1", "s2", "s3"]),
    ],
)
def test_a_subset_takes_everything_along(elist, rows, columns, kept_rows, kept_columns):
    part = elist[rows, columns]
    assert list(part.row_names) == kept_rows
    assert list(part.col_names) == kept_columns
    expected = elist.frame("E").loc[kept_rows, kept_columns]
    np.testing.assert_array_equal(part["E"], expected)
    np.testing.assert_array_equal(part["other"]["se"], expected / 10)
    assert list(part["genes"]["Symbol"]) == [name.upper() for name in kept_rows]
    assert part["source"] == "made up"


def test_a_subset_of_rows_needs_no_second_index(elist):
    assert elist[["a", "b"]].shape == (2, 3)


def test_frames_with_names_in_another_order_are_aligned(elist):
    shuffled = elist.frame("E").iloc[::-1, ::-1] * 2
    elist["weights"] = shuffled
    np.testing.assert_array_equal(elist["weights"], elist["E"] * 2)


def test_frames_with_other_names_are_refused_with_what_is_missing(elist):
    other = elist.frame("E").rename(index={"a": "z"})
    with pytest.raises(UnknownNameError, match=r"missing: 'a'; not in the data: 'z'"):
        elist["weights"] = other


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda x: x["nonsense"], UnknownNameError, "'nonsense' is not a component"),
        (lambda x: x["design"], UnknownNameError, r"is not there \(yet\)"),
        (lambda x: x.__setitem__("weigths", 1), UnknownNameError, "it may have 'weights'"),
        (lambda x: x.__setitem__("weights", np.ones((3, 3))), ShapeError, "has 3 genes"),
        (lambda x: x.__setitem__("weights", np.ones(4)), ShapeError, "1 dimensions"),
        (lambda x: x["e", :], UnknownNameError, "No genes named 'e'"),
        (lambda x: x[9, :], UnknownNameError, "position 9; there are 4"),
        (lambda x: x[[True, False], :], InputError, "mask of 2 values"),
        (lambda x: x[[0.5], :], InputError, "whole numbers"),
        (lambda x: x.with_names(genes=["x"]), ShapeError, "1 names given for 4 genes"),
    ],
)
def test_misuse_is_met_with_a_message(elist, action, error, message):
    with pytest.raises(error, match=message):
        action(elist)


def test_an_object_needs_its_main_component():
    with pytest.raises(InputTypeError, match="needs a component 'E'"):
        EList({"weights": np.ones((2, 2))})


def test_an_absent_component_has_a_default(elist):
    assert elist.get("design") is None
    assert elist.get("design", 3) == 3
    with pytest.raises(AttributeError):
        elist.nonsense  # noqa: B018 - the access is the test


def test_replace_leaves_the_original_alone(elist):
    changed = elist.replace(E=elist["E"] + 1, source=None)
    assert "source" in elist
    assert "source" not in changed
    assert not np.shares_memory(changed["weights"], elist["weights"])
    np.testing.assert_array_equal(elist["E"][0], [0, 1, 2])


def test_names_that_only_count_are_none():
    values = pd.DataFrame(np.ones((2, 2)), index=[0, 1])
    assert EList(E=values).row_names is None
    assert EList(E=values).col_names is None


@pytest.mark.parametrize("names", [["0", "1"], ["1", "2"], [1, 2], [1, 0], ["001", "002"]])
def test_numbers_other_than_positions_are_names_as_written(names):
    values = pd.DataFrame(np.ones((2, 2)), index=names)
    assert list(EList(E=values).row_names) == names


def test_a_table_has_unique_row_names():
    values = pd.DataFrame(np.ones((3, 1)), index=["g", "g", "h"], columns=["s"])
    assert list(EList(E=values).to_frame().index) == ["g1", "g2", "h"]


def test_repr_says_what_there_is(elist):
    text = repr(elist)
    assert "4 genes × 3 samples" in text
    assert "weights" in text


def test_an_object_works_as_an_array(elist):
    np.testing.assert_array_equal(np.asarray(elist), elist["E"])


def small_fit(**more):
    return MArrayLM(
        coefficients=pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=["g", "h"], columns=["x", "y"]),
        stdev_unscaled=np.ones((2, 2)),
        sigma=np.ones(2),
        df_residual=np.array([4.0, 4.0]),
        cov_coefficients=np.array([[2.0, 1.0], [1.0, 3.0]]),
        design=np.eye(2),
        df_prior=3.0,
        **more,
    )


def test_one_number_stays_a_number_through_a_subset():
    assert small_fit()["h", :]["df_prior"] == 3.0
    assert isinstance(small_fit()["df_prior"], float)


def test_choosing_coefficients_takes_their_covariance_along():
    part = small_fit()[:, "y"]
    np.testing.assert_array_equal(part["cov_coefficients"], [[3.0]])
    np.testing.assert_array_equal(part["contrasts"], [[0.0], [1.0]])


def test_log_counts_kept_with_a_fit_follow_the_chosen_genes():
    fit = small_fit(EList=EList(E=np.array([[1.0, 2.0], [3.0, 4.0]])))
    np.testing.assert_array_equal(fit["h", "x"]["EList"]["E"], [[3.0, 4.0]])


def test_f_tests_follow_the_chosen_coefficients():
    fit = small_fit(t=np.array([[1.0, 2.0], [3.0, 4.0]]), F=np.zeros(2), F_p_value=np.zeros(2))
    part = fit[:, "x"]
    np.testing.assert_allclose(part["F"], [1.0, 9.0])
    assert (part["F_p_value"] > 0).all()


def test_a_missing_step_is_named():
    with pytest.raises(StageError, match="run `e_bayes` or `treat`"):
        small_fit().require("t", "top_table")


def test_fitted_values_need_the_design_of_the_coefficients():
    fit = small_fit()
    np.testing.assert_array_equal(fit.fitted(), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(fit.residuals(np.ones((2, 2))), [[0, -1], [-2, -3]])
    with pytest.raises(StageError, match="before `contrasts_fit`"):
        fit[:, "x"].fitted()
    with pytest.raises(ShapeError, match="the fit has"):
        fit.residuals(np.ones((3, 2)))
