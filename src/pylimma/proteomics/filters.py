"""Proteins that are kept, by their detections."""

from __future__ import annotations

import numpy as np

from pylimma.arguments import whole
from pylimma.containers.expression import EList
from pylimma.errors import InputTypeError
from pylimma.typing import BoolArray


def filter_by_detection(y: EList, n_samples: int = 3, n_detections: int = 1) -> BoolArray:
    """Which proteins were detected in enough samples.

    Parameters
    ----------
    y : EList
        From `dpc_quant` or `dpc_quant_by_row`.
    n_samples : int
        Fewest samples.
    n_detections : int
        Fewest precursors that count as a detection in a sample.

    Returns
    -------
    array of bool of shape (proteins,)
        For ``y[mask]``.

    Raises
    ------
    InputTypeError
        If `y` is not from `dpc_quant`.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(rng=1)
    >>> proteins = pylimma.dpc_quant(data, "Protein", dpc=(-4, 0.7))
    >>> int(pylimma.filter_by_detection(proteins, 10).sum()) <= 25
    True
    """
    counts = y.get("other", {}).get("n_observations") if isinstance(y, EList) else None
    if counts is None:
        raise InputTypeError(
            '`filter_by_detection` needs other["n_observations"], as `dpc_quant` returns it.'
        )
    enough = np.asarray(counts) >= whole(n_detections, "n_detections", 0)
    return np.asarray(enough.sum(axis=1) >= whole(n_samples, "n_samples", 0))
