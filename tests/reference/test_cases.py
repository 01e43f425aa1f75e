"""Every recorded case of R gives the same numbers in Python, to the tolerance kept with it."""

import warnings
from collections import Counter
from pathlib import Path

import pytest
from reference.comparison import difference
from reference.last_bits import moved
from reference.loader import call, read_cases, unrounded

from pylimma.errors import InputError, PylimmaWarning

# Families whose functions are public, and their numbers of cases: none may be skipped.
FINISHED_FAMILIES = {
    "containers": 10,
    "core": 116,
    "genesets": 75,
    "limma4": 32,
    "mixed": 14,
    "preprocess": 109,
    "proteomics": 17,
    "weights": 80,
}

COMMON_F = "R's F takes one correlation of the coefficients for all genes; ours is the gene's own"

# Steps whose recorded result is an accident of R that is not copied, and what is right instead.
ACCIDENTS = {
    "containers/rglist_cbind_rbind": {2: "row names of a table that repeat stay as they are"},
    "containers/rglist_subset": {2: "row names of a table that repeat stay as they are"},
    "core/contrasts_fit_coefficients": {5: "R keeps `var.prior` of coefficients that are gone"},
    "core/e_bayes_missing": {2: COMMON_F},
    "core/e_bayes_robust_regression": {2: COMMON_F},
    "core/e_bayes_unequal_df": {2: COMMON_F, 3: COMMON_F, 4: COMMON_F, 5: COMMON_F},
    "core/e_bayes_unequal_df_robust": {2: COMMON_F, 3: COMMON_F, 4: COMMON_F},
    "core/pipeline_time_course": {2: COMMON_F, 3: COMMON_F},
    "genesets/camera_edge_sets": {2: "R gives an empty set P = 2 by ranks; ours has none"},
    "genesets/fry_edge_sets": {1: "R gives an empty set a mixed P of 0; ours has none"},
    "mixed/singular": {
        9: "the recorded optimum is 2e-8 from a stationary point, ours 1e-13",
    },
    "proteomics/differential_expression": {
        6: "R counts proteins without variation as uncorrelated; ours have no correlation",
    },
    "proteomics/quantify_stock_optimiser": {
        1: "R's optimiser stops early; standard errors here are those of the optimum",
    },
    "limma4/camera_directional": {4: "R's P of both sides by ranks exceeds 1; ours does not"},
    "limma4/treat_upshot": {11: "R gives a missing estimate t = 0"},
    "limma4/adaptive_span_defaults": {2: "R ignores a span that is given; ours obeys"},
    "weights/edger_voom_lm_fit_basic": {4: COMMON_F},
    "weights/edger_voom_lm_fit_structural_zeros": {2: COMMON_F},
    "weights/voom_design_and_save_plot": {3: COMMON_F},
    "weights/vooma_lm_fit_basic": {3: COMMON_F},
    "core/fit_f_dist_unequal_df1": {
        6: "R stops at its smallest df2, 2, in the first fit; the likelihood is largest at 1.7",
        7: "R stops at its smallest df2, 2, in the first fit, as in step 6",
    },
    "core/treat": {6: "a negative `lfc` is refused"},
    "core/treat_missing_contrasts": {
        3: "R gives a missing estimate t = 0",
        6: "R gives a missing estimate t = 0",
    },
    "core/zscore_t": {17: "R's normal quantile loses digits below log p = -1e5; ours has them"},
}

# Those of them that `compat="3.68"` gives.
OLDER = {"core/fit_f_dist_unequal_df1": (6, 7)}

CASES = read_cases()


@pytest.fixture(autouse=True)
def _beside_the_files(monkeypatch):
    """Readers name their files relative to the folder of the recorded ones."""
    monkeypatch.chdir(Path(__file__).parent / "files")


def differences(case, sign=0):
    """Steps that differ from R, and where; each result's last bits have moved before the next."""
    results, found = {}, {}
    for number, step in enumerate(case.steps, 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            try:
                result = results[step["label"]] = call(step, results)
            except InputError as error:
                found[number] = f"refused: {error}"
                continue
            exact = unrounded(step, results)
        if where := difference(step, result, exact):
            found[number] = where
        if sign:
            results[step["label"]] = moved(result, sign)
    return found


def unexpected(case, found):
    accidents = ACCIDENTS.get(str(case), {})
    return "\n".join(f"step {k}, {where}" for k, where in found.items() if k not in accidents)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_recorded_case_is_reproduced(case):
    if missing := case.missing_names():
        pytest.skip(f"not public yet: {', '.join(missing)}")
    found = differences(case)
    assert not unexpected(case, found)
    assert found.keys() == ACCIDENTS.get(str(case), {}).keys()


@pytest.mark.parametrize("case", [case for case in CASES if str(case) in OLDER], ids=str)
def test_older_number_is_given_on_request(case):
    compat = {"t": "vector", "kind": "str", "v": ["3.68"], "names": None}
    for number in OLDER[str(case)]:
        step = case.steps[number - 1]
        result = call(step | {"args": step["args"] | {"compat": compat}}, {})
        assert difference(step, result, None) is None


def without(step, components):
    """A step that expects nothing of some components of a fit."""
    expected = step["expected"]
    kept = {name: value for name, value in expected["v"].items() if name not in components}
    return step | {"expected": expected | {"v": kept}}


@pytest.mark.parametrize(
    "case", [c for c in CASES if COMMON_F in ACCIDENTS.get(str(c), {}).values()], ids=str
)
def test_nothing_but_f_differs_where_f_does(case):
    results = {}
    for number, step in enumerate(case.steps, 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            result = results[step["label"]] = call(step, results)
        if ACCIDENTS[str(case)].get(number) == COMMON_F and step["fun"] == "eBayes":
            assert difference(without(step, {"F", "F.p.value"}), result) is None


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("case", [case for case in CASES if not case.missing_names()], ids=str)
def test_recorded_case_does_not_hang_on_last_bits(case, sign):
    assert not unexpected(case, differences(case, sign))


def test_no_case_of_a_finished_family_is_skipped():
    runnable = Counter(case.family for case in CASES if not case.missing_names())
    assert {family: runnable[family] for family in FINISHED_FAMILIES} == FINISHED_FAMILIES


@pytest.mark.parametrize(
    ("ours", "value", "same"),
    [
        ("gene\t0.171\t3", "gene\t0.170500000000001\t3", True),
        ("gene\t0.171\t3", "gene\t0.1706\t3", False),
        ("gene\t0.169\t3", "gene\t0.1695\t3", True),
        ("gene\t0.172\t3", "gene\t0.171\t3", False),
        ("other\t0.17\t3", "other\t0.17\t3", False),
        ("gene\t0.17\t4", "gene\t0.17\t3.5", True),
        ("gene\t0.17", "gene\t0.17", False),
    ],
)
def test_a_printed_number_may_differ_where_its_value_is_half_way(ours, value, same):
    expected = {"t": "vector", "kind": "str", "v": ["gene\t0.17\t3"]}
    step = {"fun": "write.fit", "rtol": 1e-8, "note": None, "expected": expected}
    assert (difference(step, [ours], [value]) is None) == same
