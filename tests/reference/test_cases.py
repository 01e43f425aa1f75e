"""Every recorded case of R gives the same numbers in Python, to the tolerance kept with it."""

import warnings
from collections import Counter

import pytest
from reference.comparison import difference
from reference.loader import call, read_cases

from pylimma.errors import PylimmaWarning

# Families whose functions are all public, and their numbers of cases: none may be skipped.
FINISHED_FAMILIES = {"containers": 10, "core": 116}

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_recorded_case_is_reproduced(case):
    if missing := case.missing_names():
        pytest.skip(f"not public yet: {', '.join(missing)}")
    results, differences = {}, []
    for number, step in enumerate(case.steps, 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            results[step["label"]] = call(step, results)
        if found := difference(step, results[step["label"]]):
            differences.append(f"step {number}, {found}")
    assert not differences, "\n".join(differences)


def test_no_case_of_a_finished_family_is_skipped():
    runnable = Counter(case.family for case in CASES if not case.missing_names())
    assert {family: runnable[family] for family in FINISHED_FAMILIES} == FINISHED_FAMILIES
