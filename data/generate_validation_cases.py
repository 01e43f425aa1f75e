"""Write the recorded results of R that are shipped with the package.

Run as ``python data/generate_validation_cases.py`` in the repository. The cases are those of
``tests/reference`` on the main road from counts to tables, with names and positions as pylimma
has them.
"""

import functools
import re
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from reference import comparison, loader  # noqa: E402 - after the path is known
from reference.test_cases import ACCIDENTS  # noqa: E402 - likewise

import pylimma  # noqa: E402 - likewise
from pylimma.archive import write_archive  # noqa: E402 - likewise
from pylimma.errors import InputError, PylimmaWarning  # noqa: E402 - likewise
from pylimma.self_check import compare_case  # noqa: E402 - likewise

TARGET = ROOT / "src" / "pylimma" / "self_check.pylimma"
SHIPPED = re.compile(
    "voom|lm_fit|contrasts_fit|e_bayes|treat|top_t|decide_tests|duplicate_corr|squeeze_var|"
    "edger|array_weights|remove_batch|plot_mds|make_contrasts|fit_f_dist|zscore|pipeline|lowess|"
    "prop_true_null|genas"
)
LARGEST = 10_000  # bytes of a case, so that many fit into the package
ALWAYS = {
    *("edger_pipeline_voom", "edger_voom_lm_fit_basic", "e_bayes_robust", "treat", "voom_dgelist"),
    *("top_table_single", "decide_tests", "voom_quality_weights_genebygene", "pipeline_blocked"),
}


def main() -> None:
    """Convert and write all cases that agree."""
    shipped = []
    for case in loader.read_cases():
        if not SHIPPED.match(case.name) or case.missing_names():
            continue
        if any(step["fun"] in loader.OPERATIONS for step in case.steps):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PylimmaWarning)
            converted = convert(case)
        found = list(compare_case(converted))
        if not (found and all(step.agrees for step in found)):
            sys.stderr.write(f"left out, as it differs: {case}\n")
        elif case.name in ALWAYS or size_of(converted) <= LARGEST:
            shipped.append(converted)
    write_archive(TARGET, shipped)
    sys.stderr.write(f"{len(shipped)} cases, {TARGET.stat().st_size / 1e3:.0f} kB\n")


def size_of(content: object) -> int:
    """Bytes that something takes in an archive."""
    with tempfile.TemporaryDirectory() as folder:
        return write_archive(Path(folder) / "one", content).stat().st_size


def convert(case: loader.Case) -> dict:
    """One case in the form that the package reads."""
    results, steps = {}, []
    accidents = ACCIDENTS.get(str(case), {})
    for number, step in enumerate(case.steps, 1):
        name = loader.python_name(step["fun"])
        try:
            first, options, result = recorded_call(name, step, results)
        except InputError:
            if number in accidents:
                continue
            raise
        expected = []
        if step["rtol"] is not None and number not in accidents:
            leaves(step["expected"], result, (), name, expected)
        steps.append(
            {
                "label": step["label"],
                "function": name,
                "arguments": [reference(value, results) for value in first],
                "options": {key: reference(value, results) for key, value in options.items()},
                "tolerance": step["rtol"] or 0.0,
                "expected": expected,
            }
        )
        results[step["label"]] = result
    return {"name": case.name, "steps": steps}


def recorded_call(name: str, step: dict, results: dict) -> tuple:
    """Arguments with which the loader calls a function, and its result."""
    real, seen = getattr(pylimma, name), []

    @functools.wraps(real, updated=())
    def spy(*first: object, **options: object) -> object:
        seen.append((list(first), options))
        return real(*first, **options)

    setattr(pylimma, name, spy)
    try:
        result = loader.call(step, results)
    finally:
        setattr(pylimma, name, real)
    return *seen[0], result


def reference(value: object, results: dict) -> object:
    """A mark in place of the result of an earlier step."""
    for label, result in results.items():
        if value is result:
            return {"result of": label}
    return value


def leaves(node: dict, actual: object, path: tuple, where: str, found: list) -> None:
    """Collect the numbers of a recorded result with the way to them in ours."""
    if actual is None or node["t"] in {"omitted", "null", "factor"} or node.get("kind") == "str":
        return
    if node["t"] in {"list", "frame"}:
        for key, value in children(node, actual):
            leaves(value, step_into(actual, key), (*path, key), f"{where}.{key}", found)
        return
    values = loader.flat_values(node).astype(float).reshape(node.get("dim", -1))
    if node.get("names") and isinstance(actual, Mapping):
        return
    found.append((list(path), values, bool(comparison.PROBABILITY.search(where))))


def children(node: dict, actual: object) -> list:
    """Components of a list or table by the names that ours have."""
    if node["t"] == "frame":
        spelled = {spelling(c): c for c in actual.columns}
        pairs = []
        for column in node["cols"]:
            name = comparison.COLUMNS.get(column["name"], loader.python_name(column["name"]))
            known = spelled.get(spelling(name)) or spelled.get(spelling(column["name"]))
            if known is not None and column["value"]["t"] != "factor":
                pairs.append((known, column["value"]))
        return pairs
    result = []
    for r_name, value in node["v"].items():
        name = loader.python_name(r_name)
        if name in comparison.NOT_COMPARED:
            continue
        key = int(r_name) - 1 if r_name.isdigit() else name
        if step_into(actual, key) is None and step_into(actual, r_name) is not None:
            key = r_name
        result.append((key, value))
    return result


def spelling(column: object) -> str:
    """A column's name whatever its dots, blanks and capitals."""
    return re.sub(r"[ .]", "_", str(column)).lower()


def step_into(actual: object, key: object) -> object:
    """A component, or None."""
    try:
        if isinstance(actual, pd.DataFrame | list | tuple | dict | np.ndarray):
            return actual[key]
        return actual.get(key) if hasattr(actual, "get") else getattr(actual, key, None)
    except (KeyError, IndexError, TypeError):
        return None


if __name__ == "__main__":
    main()
