"""Groups of the samples of some counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import per_sample
from pylimma.containers.sample_tables import as_group
from pylimma.errors import UnknownNameError, nearest, quoted


def parse_group(group: Any, data: Expression) -> pd.Categorical[str]:
    """Groups as a factor in the order of the samples."""
    if isinstance(group, str):
        columns = [] if data.samples is None else list(data.samples.columns)
        if data.samples is None or group not in columns:
            raise UnknownNameError(
                f"`group` is '{group}'; the table of samples has "
                f"{quoted(nearest(group, columns)) or 'no columns'}."
            )
        group = data.samples[group]
    in_order = per_sample(group, data.matrix.shape[1], data.sample_names, "group")
    kind = getattr(group, "dtype", None)
    labels: Any = in_order
    if isinstance(kind, pd.CategoricalDtype):
        labels = pd.Categorical(in_order, categories=kind.categories)
    return as_group(labels, data.sample_names)
