"""Files of comparisons: nf-core's tables and YAML, or a header and one expression a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.errors import InputError, quoted
from pylimma.readers.delimited import read_delimited
from pylimma.readers.files import read_text
from pylimma.record import Record

_COLUMNS = ("id", "variable", "reference", "target")
_YAML = (".yaml", ".yml")
_SPLIT = ";"
_SEPARATOR = re.compile(r"[\t,;]")
_SIGN = re.compile(r"[-+*/()]")  # of an expression; the header has none
_NOTHING = ("", "NA", "null", "~")


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Record):
    """One comparison and the model it belongs to."""

    name: str
    contrast: Any  # an expression, or variable, target and reference
    formula: str | None = None  # None: that of the run, or one made of `variables`
    variables: tuple[str, ...] = ()  # the one compared, then those adjusted for
    exclude_column: str | None = None  # column by which samples are excluded
    exclude_values: tuple[str, ...] = field(default=())  # values of the samples to exclude

    @property
    def model(self) -> tuple[Any, ...]:
        """What comparisons of the same fit share."""
        return self.formula, self.variables, self.exclude_column, self.exclude_values


def read_comparisons(path: Path, style: str = "pylimma") -> list[Comparison]:
    """Comparisons of a file; those without an id are named as the tool of the style does."""
    if path.suffix.lower() in _YAML:
        rows = _yaml_rows(path)
    else:
        listed = _listed(read_text(path))
        if listed is not None:
            return [Comparison(text, text) for text in listed]
        rows = _table_rows(path)
    if style == "nf-core":
        rows = [row | {"id": _text(row, "id") or _values_joined(row)} for row in rows]
    found = [_comparison(row, path.name, number) for number, row in enumerate(rows, 1)]
    names = [comparison.name for comparison in found]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"'{path.name}' uses the id {quoted(repeated)} more than once.")
    if not found:
        raise InputError(f"'{path.name}' has no contrasts.")
    return found


def _listed(text: str) -> list[str] | None:
    """Expressions of a file with one on each line, below a header or not; None for a table."""
    lines = [line.strip().strip('"') for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or _SEPARATOR.search(lines[0]):
        return None
    expressions = lines if _SIGN.search(lines[0]) else lines[1:]
    return list(dict.fromkeys(expressions)) or None


def _table_rows(path: Path) -> list[dict[str, Any]]:
    frame = read_delimited(path).texts()
    missing = [name for name in _COLUMNS[1:] if name not in frame.columns]
    if missing and "formula" not in frame.columns:
        raise InputError(
            f"'{path.name}' has no column {quoted(missing)}; a table of contrasts has "
            f"{quoted(_COLUMNS)}."
        )
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _yaml_rows(path: Path) -> list[dict[str, Any]]:
    try:
        import yaml  # noqa: PLC0415 - optional library
    except ImportError:
        raise InputError("Contrasts in YAML need PyYAML: pip install pyyaml.") from None
    try:
        # every scalar as its text: `no` and 007 are levels
        content = yaml.load(read_text(path), Loader=yaml.BaseLoader)  # noqa: S506 - text alone
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1} of '{path.name}'" if mark else f"'{path.name}'"
        raise InputError(f"{where} is not valid YAML.") from None
    rows = content.get("contrasts") if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputError(f"'{path.name}' needs a list `contrasts` of entries with an id.")
    result = []
    for row in rows:
        entry = dict(row)
        compared = entry.get("comparison")
        if compared is not None:
            if not isinstance(compared, list) or len(compared) != 3:
                raise InputError(
                    f"`comparison` in '{path.name}' must be [variable, reference, target]; got "
                    f"{compared!r}."
                )
            entry |= dict(zip(("variable", "reference", "target"), compared, strict=True))
        result.append(entry)
    return result


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if _is_missing(value) else str(value).strip()


def _values_joined(row: Mapping[str, Any]) -> str:
    """The id that nf-core gives to a contrast without one: all that its row says."""
    if _text(row, "make_contrasts_str"):
        return _text(row, "make_contrasts_str")
    skipped = ("id", "comparison")
    parts = [_SPLIT.join(_several(value)) for name, value in row.items() if name not in skipped]
    return "_".join(parts)


def _comparison(row: Mapping[str, Any], file: str, number: int) -> Comparison:
    formula, expression = _text(row, "formula") or None, _text(row, "make_contrasts_str")
    variable, reference, target = (_text(row, name) for name in _COLUMNS[1:])
    common: dict[str, Any] = {
        "exclude_column": _text(row, "exclude_samples_col") or None,
        "exclude_values": _several(row.get("exclude_samples_values")),
    }
    if expression:
        name = _text(row, "id") or expression
        return Comparison(name, expression, formula, (), **common)
    if not (variable and reference and target):
        raise InputError(
            f"Contrast {number} of '{file}' needs variable, reference and target, or a formula "
            f"with make_contrasts_str."
        )
    blocking = _several(row.get("blocking_factors", row.get("blocking")))
    name = _text(row, "id") or f"{variable}_{target}_vs_{reference}"
    variables = () if formula else (variable, *blocking)
    return Comparison(name, (variable, target, reference), formula, variables, **common)


def _is_missing(value: Any) -> bool:
    if isinstance(value, list):
        return False
    return bool(pd.isna(value)) or (isinstance(value, str) and value.strip() in _NOTHING)


def _several(value: Any) -> tuple[str, ...]:
    if _is_missing(value):
        return ()
    parts: Sequence[Any] = value if isinstance(value, list) else str(value).split(_SPLIT)
    return tuple(text for part in parts if (text := str(part).strip()) not in _NOTHING)
