"""Recorded calls of R, read as the calls of pylimma that must give the same.

A case is a pipeline of steps; each step is one call with its arguments and its result. Names
become snake_case, R's positions begin at zero, named vectors and matrices become Series and
DataFrames, factors Categoricals, and R's list classes the pylimma class of the same name. Where
an argument refers to an earlier step, it is Python's own result of that step.
"""

import gzip
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pylimma

FOLDER = Path(__file__).parent / "cases"

# Names that the rule of snake_case would spoil, or that Python gives to something else.
NAMES = {
    "DGEList": "DGEList",
    "calcNormFactors": "norm_lib_sizes",
    "keep.EList": "keep_elist",
    "modelMatrix": "two_color_design",
    "plotMDS": "mds",
    "plotMDS.DGEList": "mds",
    "plotRLDF": "rldf",
    "predFCm": "pred_fcm",
    "readFragPipe": "read_fragpipe",
    "readMaxQuant": "read_maxquant",
    "readImaGeneHeader": "read_imagene_header",
    "RGhigh": "rg_high",
    "RGlow": "rg_low",
}
COMPONENTS = {"E", "M", "A", "R", "G", "F", "Rb", "Gb", "Eb", "Amean"}

# What Python, NumPy or pandas already have: these steps are not run.
UNNEEDED = {
    *("strsplit2", "trimWhiteSpace", "removeExt", "protectMetachar", "makeUnique", "show"),
    *("blockDiag", "logsumexp", "rowsum", "topTableF", "dimnames<-", "getNormLibSizes"),
}
PICTURES = re.compile(
    r"plot(?!MDS|RLDF)|barcodeplot|volcanoplot|mdplot|imageplot|coolmap|heat[dD]iagram|vennDiagram"
)

# R generics that are operations on a container rather than functions of the package.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "getitem": lambda object, i=slice(None), j=slice(None): object[i, j],
    "dim": lambda x: x.shape,
    "nrow": lambda x: x.shape[0],
    "ncol": lambda x: x.shape[1],
    "dimnames": lambda x: [x.row_names, x.col_names],
    "head": lambda x, n=6: x[:n, :],
    "tail": lambda x, n=6: x[-n:, :],
    "as.matrix": lambda x: np.asarray(x),  # noqa: PLW0108 - older NumPy tells no signature
    "as.data.frame": lambda x: x.to_frame(),
    "fitted": lambda object: object.fitted(),
    "residuals": lambda object, y: object.residuals(y),
    "summary": lambda object: object.summary(),
}
ANY_NUMBER_OF_OBJECTS = {"cbind", "rbind", "merge"}

# Arguments that hold positions, which begin at one in R.
POSITIONS = {
    *("coef", "coefficients", "index", "index2", "array", "column", "columns", "dim_plot"),
    *("show_dimensions", "iset", "geneset", "ref_column"),
}

NOT_FINITE = {"NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf, None: np.nan}
UNNAMED = {"index": None, "columns": None}
DTYPES = {"bool": bool, "int": int}  # unless a value is missing


@dataclass(frozen=True)
class Case:
    """One recorded pipeline."""

    family: str
    name: str
    steps: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.family}/{self.name}"

    def missing_names(self) -> list[str]:
        """Public names that the case needs and pylimma does not have (yet)."""
        functions = {python_name(s["fun"]) for s in self.steps if s["fun"] not in OPERATIONS}
        classes = {name for step in self.steps for name in _classes(step["args"])}
        return sorted((functions | classes) - set(pylimma.__all__))


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """Return every case that has a step to run, in alphabetical order."""
    cases = []
    for path in sorted(folder.glob("*/*.json.gz")):
        content = json.loads(gzip.decompress(path.read_bytes()))
        steps = [s for s in content["steps"] if not is_left_out(s["fun"])]
        if steps:
            cases.append(Case(path.parent.name, path.name.removesuffix(".json.gz"), steps))
    return cases


def is_left_out(function: str) -> bool:
    """Whether R's function has no counterpart to compare: needless in Python, or a picture."""
    return function in UNNEEDED or PICTURES.match(function) is not None


def python_name(name: str) -> str:
    """R's name of a function, argument or component in pylimma's spelling."""
    if name in NAMES:
        return NAMES[name]
    name = name.replace(".", "_")
    if name in COMPONENTS or name.startswith(("F_", "Amean")):
        return name
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"__+", "_", name).lower()


def call(step: dict[str, Any], results: dict[str, Any]) -> Any:
    """Run a step in Python.

    Parameters
    ----------
    step : dict
        The recorded call.
    results : dict
        Python's results of the earlier steps, by label.
    """
    function = OPERATIONS.get(step["fun"]) or getattr(pylimma, python_name(step["fun"]))
    values = {name: decode(node, results) for name, node in step["args"].items()}
    if step["fun"] in ANY_NUMBER_OF_OBJECTS:
        return function(*values.values())
    parameters = inspect.signature(function).parameters
    first, by_name = [], {}
    for position, (r_name, value) in enumerate(values.items()):
        name = python_name(r_name)
        if name in POSITIONS or (name == "contrast" and np.ndim(value) == 0):
            value = from_zero(value)  # noqa: PLW2901 - the same argument
        if position == 0 and not _is_named(parameters, name):
            first.append(value)
        else:
            by_name[name] = value
    return function(*first, **by_name)


def unrounded(step: dict[str, Any], results: dict[str, Any]) -> Any:
    """The printed lines of a step with all digits, or None where its result is no such text."""
    if "digits" not in step["args"] or step["expected"].get("kind") != "str":
        return None
    arguments = {name: node for name, node in step["args"].items() if name != "digits"}
    return call({**step, "args": arguments}, results)


def _is_named(parameters: Any, name: str) -> bool:
    return name in parameters and parameters[name].kind is not inspect.Parameter.VAR_POSITIONAL


def decode(node: dict[str, Any], results: dict[str, Any]) -> Any:
    """An encoded value of R as an object of NumPy, pandas or pylimma."""
    match node["t"]:
        case "ref":
            return results[node["name"]]
        case "null" | "omitted":
            return None
        case "vector":
            return _vector(node)
        case "matrix" | "array3":
            values = flat_values(node).reshape(node["dim"])
            names = {"index": node.get("rows"), "columns": node.get("cols")}
            return values if names == UNNAMED else pd.DataFrame(values, **names)
        case "factor":
            return pd.Categorical(node["v"], categories=node["levels"])
        case "frame":
            columns = {c["name"]: _column(c["value"], results) for c in node["cols"]}
            return pd.DataFrame(columns, index=node["rows"])
        case "list":
            return _list(node, results)
    raise ValueError(f"unknown kind of value: {node['t']}")


def flat_values(node: dict[str, Any]) -> np.ndarray:
    """The values of a vector or matrix in one row, of the dtype that its kind asks for."""
    values, kind = node["v"], node.get("kind", "num")
    if kind == "str":
        return np.array(values, dtype=object)
    if kind in DTYPES and None not in values:
        return np.array(values, dtype=DTYPES[kind])
    return np.array([NOT_FINITE.get(v, v) for v in values], dtype=float)


def _vector(node: dict[str, Any]) -> Any:
    values = flat_values(node)
    if node.get("names") is not None:
        return pd.Series(values, index=node["names"])
    if values.size != 1:
        return values
    value = values.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _column(node: dict[str, Any], results: dict[str, Any]) -> Any:
    value = decode(node, results)
    return value if node["t"] == "factor" else np.atleast_1d(value)


def _list(node: dict[str, Any], results: dict[str, Any]) -> Any:
    items = {name: decode(value, results) for name, value in node["v"].items()}
    if node["class"] in pylimma.__all__:
        components = {python_name(k): v for k, v in items.items() if v is not None}
        return getattr(pylimma, node["class"])(components)
    if list(items) == [str(k + 1) for k in range(len(items))]:
        return list(items.values())
    return items


def from_zero(value: Any) -> Any:
    """Positions that begin at one as positions that begin at zero; anything else unchanged."""
    if value is None or isinstance(value, str | bool | pd.DataFrame):
        return value
    if isinstance(value, dict):
        return {name: from_zero(item) for name, item in value.items()}
    if isinstance(value, list):
        return [from_zero(item) for item in value]
    values = np.asarray(value)
    if values.dtype.kind not in "if":
        return values
    return values.astype(int) - 1 if values.ndim else int(values) - 1


def _classes(nodes: dict[str, Any]) -> set[str]:
    """Names of the list classes among some arguments, also inside lists."""
    names: set[str] = set()
    for node in nodes.values():
        if node["t"] == "list":
            names |= {node["class"]} - {"list"} | _classes(node["v"])
    return names
