"""Files of comparisons: nf-core's tables and YAML, or a header and one expression a line."""

from __future__ import annotations

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


def read_comparisons(path: Path) -> list[Comparison]:
    """Comparisons of a file."""
    if path.suffix.lower() in _YAML:
        rows = _yaml_rows(path)
    else:
        frame = read_delimited(path).frame
        if frame.shape[1] == 1:
            return [Comparison(str(text), str(text)) for text in frame.iloc[:, 0]]
        missing = [name for name in _COLUMNS[1:] if name not in frame.columns]
        if missing and "formula" not in frame.columns:
            raise InputError(
                f"'{path.name}' has no column {quoted(missing)}; a table of contrasts has "
                f"{quoted(_COLUMNS)}."
            )
        rows = [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
    found = [_comparison(row, path.name, number) for number, row in enumerate(rows, 1)]
    names = [comparison.name for comparison in found]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"'{path.name}' uses the id {quoted(repeated)} more than once.")
    if not found:
        raise InputError(f"'{path.name}' has no contrasts.")
    return found


def _yaml_rows(path: Path) -> list[dict[str, Any]]:
    try:
        import yaml  # noqa: PLC0415 - optional library
    except ImportError:
        raise InputError("Contrasts in YAML need PyYAML: pip install 'pylimma[yaml]'.") from None
    try:
        content = yaml.safe_load(read_text(path))
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


def _comparison(row: Mapping[str, Any], file: str, number: int) -> Comparison:
    def text(name: str) -> str:
        value = row.get(name)
        return "" if _is_missing(value) else str(value).strip()

    formula, expression = text("formula") or None, text("make_contrasts_str")
    variable, reference, target = text("variable"), text("reference"), text("target")
    common: dict[str, Any] = {
        "exclude_column": text("exclude_samples_col") or None,
        "exclude_values": _several(row.get("exclude_samples_values")),
    }
    if expression:
        return Comparison(text("id") or expression, expression, formula, (), **common)
    if not (variable and reference and target):
        raise InputError(
            f"Contrast {number} of '{file}' needs variable, reference and target, or a formula "
            f"with make_contrasts_str."
        )
    blocking = _several(row.get("blocking_factors", row.get("blocking")))
    name = text("id") or f"{variable}_{target}_vs_{reference}"
    variables = () if formula else (variable, *blocking)
    return Comparison(name, (variable, target, reference), formula, variables, **common)


def _is_missing(value: Any) -> bool:
    return not isinstance(value, list) and bool(pd.isna(value))


def _several(value: Any) -> tuple[str, ...]:
    if _is_missing(value):
        return ()
    parts: Sequence[Any] = value if isinstance(value, list) else str(value).split(_SPLIT)
    return tuple(text for part in parts if (text := str(part).strip()))
