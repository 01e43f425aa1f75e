"""Data, samples and design of an analysis, matched by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_counts, parse_expression
from pylimma.adapters.labels import aligned
from pylimma.adapters.tables import as_pandas
from pylimma.analysis.options import Options
from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.containers.names import names_of
from pylimma.containers.sample_tables import as_table, without_sizes
from pylimma.design.description import DesignDescription, saturated
from pylimma.design.formula.random import RandomIntercept, split_random
from pylimma.design.intake import Design, parse_design, sample_table
from pylimma.design.matrices import model_matrix
from pylimma.errors import DesignError, InputError, InputWarning, Note, quoted, warn
from pylimma.preprocessing.counts.checks import check_counts
from pylimma.readers.count_tables import read_counts
from pylimma.readers.sample_tables import read_sample_table
from pylimma.record import Record

_USUAL_FACTORS = ("group", "condition", "treatment", "genotype")
_FEWEST_MATCHES = 0.5  # share of a column's values that must be samples, to be their names
_RAW_INTENSITY = 100  # log2 values do not reach it


@dataclass(frozen=True, slots=True, eq=False)
class Experiment(Record):
    """Data with their samples and design."""

    data: DGEList | EList  # counts or log-expression of all genes
    samples: pd.DataFrame  # in the order of the data
    design: pd.DataFrame  # (samples, coefs)
    model: Design  # the same with its factors
    formula: str  # the formula, or "a design matrix"


def parse_experiment(
    data: Any,
    samples: Any,
    formula: Any,
    options: Options,
    *,
    reference: Any = None,
    layer: str | None = None,
    subset_samples: bool = False,
) -> Experiment:
    """Data of any kind with their samples and design."""
    found = _expression(data, options, layer)
    table = _table(samples)
    if table is not None:
        found = _matched(found, table, subset_samples=subset_samples)
        table = sample_table(table, found)
    elif found.samples is not None:
        table = aligned(found.samples, found.sample_names, "samples", "samples")
    else:
        table = pd.DataFrame(index=found.sample_names)
        if formula is None or isinstance(formula, str):
            raise DesignError(
                "`samples` is needed: a table with a row for each sample, its names as index."
            )
    if options.takes_counts:
        check_counts(found, normalised_hint="voom" if options.filter is False else None)
    model = _usual_formula(table) if formula is None else formula
    return Experiment(
        _container(found, table, options),
        table.copy(),
        *_design(model, found, table, reference),
        model if isinstance(model, str) else "a design matrix",
    )


def _expression(data: Any, options: Options, layer: str | None) -> Expression:
    if isinstance(data, str | Path):
        data, layer = read_counts(data, layer=layer), None
    if options.takes_counts:
        return parse_counts(data, layer=layer)
    if isinstance(data, DGEList):
        data = EList(E=data.frame(), genes=data.get("genes"), targets=data.get("samples"))
    found = parse_expression(data, layer=layer, argument="counts")
    highest = np.nanmax(found.matrix) if np.isfinite(found.matrix).any() else 0.0
    if highest > _RAW_INTENSITY:
        warn(
            f"The largest value is {highest:.4g}: these do not look like logarithms. Use "
            f'`method="voom"` for counts; take the log2 of intensities.',
            InputWarning,
        )
    return found


def _table(samples: Any) -> pd.DataFrame | None:
    if samples is None:
        return None
    if isinstance(samples, str | Path):
        return read_sample_table(samples)
    table = as_pandas(samples)
    return as_table(samples, "samples") if table is None else table


def _matched(found: Expression, table: pd.DataFrame, *, subset_samples: bool) -> Expression:
    """The data with the samples of the table; the names of both must agree."""
    names, known = found.sample_names, _names_in(table, found.sample_names)
    if names is None or known is None:
        return found
    repeated = sorted(set(known[known.duplicated()]))
    if repeated:
        raise InputError(f"`samples` names {quoted(repeated)} more than once.")
    have, rows = set(map(str, names)), set(known)
    missing = [name for name in known if name not in have]
    extra = [str(name) for name in names if str(name) not in rows]
    genes = set() if found.gene_names is None else set(map(str, found.gene_names))
    if missing and set(missing) <= genes:
        raise InputError(
            "The data look transposed: the samples are among their rows. Pass genes × samples, as "
            "with `counts.T`."
        )
    if missing or (extra and not subset_samples):
        parts = [f"`samples` names {quoted(missing)}, which the data lack"] if missing else []
        if extra:
            parts.append(f"the data have {quoted(extra)}, of which `samples` has no row")
        hint = "" if missing else "; `subset_samples=True` excludes these"
        raise InputError(f"Samples do not match: {'; '.join(parts)}{hint}.")
    if extra:
        warn(f"Samples without a row in the table are excluded: {quoted(extra)}.", Note)
        return _subset(found, [k for k, name in enumerate(names) if str(name) in rows])
    return found


def _names_in(table: pd.DataFrame, names: pd.Index | None) -> pd.Index | None:
    """Names of the samples in a table: its index, or the column that best matches the data."""
    if names is None:
        return None
    index = names_of(table.index)
    if index is not None:
        return pd.Index(index.astype(str))
    have = set(map(str, names))
    shared = {name: table[name].astype(str).isin(have).mean() for name in table.columns}
    best = max(shared, key=lambda name: shared[name], default=None)
    if best is None or shared[best] < _FEWEST_MATCHES:
        return None
    return pd.Index(table[best].astype(str).to_numpy())


def _subset(found: Expression, kept: list[int]) -> Expression:
    def columns(values: Any) -> Any:
        return None if values is None else values[:, kept]

    return replace(
        found,
        matrix=found.matrix[:, kept],
        sample_names=None if found.sample_names is None else found.sample_names[kept],
        weights=columns(found.weights),
        averages=columns(found.averages),
        samples=None if found.samples is None else found.samples.iloc[kept],
        design=None,
        source=None,
    )


def _usual_formula(table: pd.DataFrame) -> str:
    for wanted in _USUAL_FACTORS:
        for name in table.columns:
            if str(name).lower() == wanted and len(set(table[name])) > 1:
                text = str(name)
                return f"~ 0 + {text if text.isidentifier() else f'`{text}`'}"
    raise DesignError(
        'Say what is compared by a formula, such as formula="~ 0 + group"; the columns of '
        f"`samples` are {quoted(table.columns) or 'none'}."
    )


def _design(
    model: Any, found: Expression, table: pd.DataFrame, reference: Any
) -> tuple[pd.DataFrame, Design]:
    """The design with its names, and parsed; it must leave residual degrees of freedom."""
    random: tuple[RandomIntercept, ...] = ()
    if isinstance(model, str):
        model, random = split_random(model)
        model = model_matrix(model, table, reference=reference)
        reference = None
    design = replace(parse_design(model, found, table, reference=reference), random=random)
    n_samples = len(design.matrix)
    if n_samples <= design.rank:
        raise DesignError(saturated(n_samples, design.rank, design.description))
    frame = design.frame(found.sample_names)
    if isinstance(model, pd.DataFrame):
        frame.attrs = dict(model.attrs)
    if design.description is None:
        design = replace(design, description=DesignDescription.of_names(design.names))
    return frame, design


def _container(found: Expression, table: pd.DataFrame, options: Options) -> DGEList | EList:
    values = pd.DataFrame(found.matrix, index=found.gene_names, columns=found.sample_names)
    if options.takes_counts:
        source = found.source if isinstance(found.source, DGEList) else None
        table = table if source is not None else without_sizes(table, "samples")
        result = DGEList(values, samples=table, genes=found.genes)
        if source is not None and "offset" in source:
            result["offset"] = source["offset"]
        return result
    return EList(E=values, genes=found.genes, targets=table, weights=found.weights)
