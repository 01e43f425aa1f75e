"""What belongs to samples or genes, put into the order of the data by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import plain_array
from pylimma.containers.names import names_of, order_by_names, same_names
from pylimma.errors import InputError, InputTypeError, ShapeError
from pylimma.typing import AnyArray


def aligned(value: Any, names: pd.Index | None, what: str, argument: str) -> Any:
    """Series or DataFrame with its rows in the order of the data."""
    if not isinstance(value, pd.DataFrame | pd.Series):
        return value
    labels = names_of(value.index)
    if labels is None or names is None or same_names(labels, names):
        return value
    if len(labels) != len(names) and not set(map(str, names)) <= set(map(str, labels)):
        return value
    return value.iloc[order_by_names(labels, names, what, argument)]


def per_sample(value: Any, n_samples: int, names: pd.Index | None, argument: str) -> AnyArray:
    """One value for each sample, such as blocks or library sizes."""
    return _per(value, n_samples, names, "samples", argument)


def per_gene(value: Any, n_genes: int, names: pd.Index | None, argument: str) -> AnyArray:
    """One value for each gene, such as a covariate of the trend."""
    return _per(value, n_genes, names, "genes", argument)


def block_labels(block: Any, n_samples: int, names: pd.Index | None) -> AnyArray | None:
    """Labels of blocks in the order of the samples."""
    if block is None:
        return None
    parse_block(block, n_samples, names)
    return per_sample(block, n_samples, names, "block")


def parse_block(block: Any, n_samples: int, names: pd.Index | None) -> AnyArray:
    """Blocks as numbers from 0, one for each sample."""
    labels = per_sample(block, n_samples, names, "block")
    missing = np.flatnonzero(pd.isna(labels))
    if missing.size:
        raise InputError(f"`block` is missing for {missing.size} samples, first at {missing[0]}.")
    return pd.factorize(labels)[0]


def _per(value: Any, size: int, names: pd.Index | None, what: str, argument: str) -> AnyArray:
    array = plain_array(aligned(value, names, what, argument), argument)
    if array.dtype.kind == "V":
        raise InputTypeError(f"`{argument}` is an array of records; give one value for each.")
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.shape != (size,):
        raise ShapeError(
            f"`{argument}` has {len(array) if array.ndim else 1} values; there are {size} {what}."
        )
    return array
