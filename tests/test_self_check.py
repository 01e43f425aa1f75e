import numpy as np
import pytest

from pylimma.self_check import compare_all, compare_case, difference


def test_every_shipped_case_agrees_with_r():
    found = list(compare_all())
    assert len({step.case for step in found}) >= 50
    assert {"voom", "lm_fit", "e_bayes", "top_table"} <= {step.function for step in found}
    assert [step for step in found if not step.agrees] == []


@pytest.mark.parametrize(
    ("found", "recorded", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.002], [1.0, 2.0], 1e-3),
        ([np.nan, np.inf], [np.nan, np.inf], 0.0),
        ([np.nan, 1.0], [1.0, 1.0], np.inf),
        ([np.inf, 1.0], [1.0, 1.0], np.inf),
        ([1.0], [1.0, 1.0], np.inf),
        (2.0, [2.0, 2.0], 0.0),
        ([[1.0], [2.0]], [1.0, 2.0], 0.0),
    ],
)
def test_the_largest_relative_difference_is_found(found, recorded, expected):
    assert difference(found, np.array(recorded)) == pytest.approx(expected, rel=2e-3)


def test_small_probabilities_count_by_their_ratio_and_other_numbers_by_the_largest():
    recorded = np.array([1e-200, 1.0])
    assert difference([2e-200, 1.0], recorded, is_probability=True) == pytest.approx(1.0)
    assert difference([2e-200, 1.0], recorded) < 1e-190


def test_a_wrong_result_is_found_with_its_place():
    step = {
        "label": "a",
        "function": "squeeze_var",
        "arguments": [np.array([1.0, 2.0, 4.0]), 3],
        "options": {},
        "tolerance": 1e-8,
        "expected": [(["var_post"], np.ones(3), False), (["df_prior"], np.array([np.inf]), False)],
    }
    (found,) = compare_case({"name": "made up", "steps": [step]})
    assert not found.agrees
    assert found.where == "var_post"
