"""How pipelines write factors, contrasts and names, and which genes they keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import parse_counts
from pylimma.design.formula.parser import made_name
from pylimma.errors import InputError, UnknownNameError, nearest, quoted

_NAME = re.compile(r"[\w.]+")
_KNOWN = 0.5  # proportion of samples with a value, as the pipeline's default has it
_SIGNS = re.compile(r"([-+*/()])")


def made_columns(samples: pd.DataFrame, texts: Iterable[str]) -> dict[str, str]:
    """Columns to rename: those that the texts call by the names of R's make.names."""
    words = {word for text in texts for word in _NAME.findall(text)}
    made = {str(name): made_name(str(name)) for name in samples.columns}
    every = list(made.values())
    return {
        name: new
        for name, new in made.items()
        if new in words and new not in made and every.count(new) == 1
    }


def parse_factors(texts: Iterable[str], names: pd.Index | None, n_samples: int) -> pd.DataFrame:
    """Table of samples from factors as Galaxy writes them, ``Genotype::Mut,Mut,WT,WT|Batch::…``."""
    found: dict[str, list[str]] = {}
    for text in (part for whole in texts for part in whole.split("|")):
        name, sign, levels = (part.strip() for part in text.partition("::"))
        values = [level.strip() for level in levels.split(",")]
        if not (sign and name) or "" in values:
            raise InputError(
                f"--factor takes NAME::LEVEL,LEVEL,… with a level a sample; got '{text}'."
            )
        if len(values) != n_samples:
            raise InputError(
                f"--factor '{name}' has {len(values)} levels; the data have {n_samples} samples."
            )
        if name in found:
            raise InputError(f"--factor names '{name}' more than once.")
        found[name] = values
    index = pd.RangeIndex(n_samples) if names is None else pd.Index(names.astype(str))
    return pd.DataFrame(found, index=index, dtype=object)


def spelled_contrast(text: str, samples: pd.DataFrame) -> str:
    """A contrast with its levels as R's make.names spells them: '2-1' of levels 1 and 2 is 'X2-X1'.

    A number that divides or multiplies is a number whatever the levels.
    """
    levels = {str(value) for name in samples for value in samples[name].dropna().unique()}
    parts = [part.strip() for part in _SIGNS.split(text)]
    parts = [part for part in parts if part]
    for k, part in enumerate(parts):
        factor = "*" in parts[max(k - 1, 0) : k + 2] or (k > 0 and parts[k - 1] == "/")
        if part in levels and not (factor and _is_number(part)):
            parts[k] = made_name(part)
    return "".join(parts)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d*)?|\.\d+", text) is not None


def abundant_genes(
    data: Any, samples: pd.DataFrame | None, limits: Mapping[str, float], options: Mapping[str, Any]
) -> np.ndarray:
    """Mask of the genes that nf-core's pipeline keeps, by all samples of the table.

    A gene needs `count` in some samples: a number of them, or a proportion, of all or of the
    smallest group; and values that are not missing in a proportion of the samples.
    """
    found = parse_counts(data)
    values = np.asarray(found.matrix, dtype=float)
    if samples is not None and found.sample_names is not None:
        values = values[:, found.sample_names.astype(str).isin(samples.index)]
    n_samples, needed = values.shape[1], limits["samples"]
    base = n_samples
    least = options["min_proportion_not_na"]
    if options["filter_group"] is not None:
        base = needed = _smallest_group(samples, options["filter_group"])
    if options["min_proportion"] is not None:
        needed = options["min_proportion"] * base
    known = np.isfinite(values).sum(axis=1) >= (_KNOWN if least is None else least) * n_samples
    return np.asarray(known & ((values >= limits["count"]).sum(axis=1) >= needed))


def _smallest_group(samples: pd.DataFrame | None, column: str) -> int:
    columns: Sequence[Any] = [] if samples is None else list(samples.columns)
    if samples is None or column not in columns:
        raise UnknownNameError(
            f"--filter-group is '{column}'; the table of samples has "
            f"{quoted(nearest(column, columns)) or 'no columns'}."
        )
    return int(samples[column].value_counts().min())
