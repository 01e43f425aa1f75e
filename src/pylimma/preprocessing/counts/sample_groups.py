"""Groups of the samples of some counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import per_sample
from pylimma.containers.sample_tables import as_group
from pylimma.errors import UnknownNameError, nearest, quoted


def take_group(group: Any, data: Expression) -> pd.Categorical[str]:
    """Groups as a factor in the order of the samples.

    Parameters
    ----------
    group : str or sequence of shape (samples,)
        Labels, matched by name where they have names; or the column of the table of samples
        that holds them.
    data : Expression
        The counts.

    Returns
    -------
    Categorical
        Without levels that have no samples.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    ShapeError
        If there are more or fewer labels than samples.
    InputError
        If a label is missing.
    """
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
