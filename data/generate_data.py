"""The example data in the form that the tutorials use."""

from __future__ import annotations

import numpy as np

import pylimma


def load_yoruba() -> dict[str, object]:
    """Counts and targets of the Yoruba cell lines.

    Returns
    -------
    dict
        ``counts``, a DataFrame of shape (38415 genes, 69 samples), and ``targets``, a DataFrame
        of shape (69 samples, 4) with the columns ``num.tech.reps``, ``population``, ``study``
        and ``gender``.
    """
    data = pylimma.yoruba()
    return {"counts": data.counts, "targets": data.samples}


def build_two_group_design(labels: object) -> tuple[np.ndarray, np.ndarray]:
    """Cell-means design of two groups and the contrast between them.

    Parameters
    ----------
    labels : sequence of shape (samples,)
        The group of each sample.

    Returns
    -------
    design : array of shape (samples, 2)
        An indicator of each group, the groups in alphabetical order.
    contrast : array of shape (2, 1)
        The second group less the first.

    Raises
    ------
    ValueError
        If there are not two groups.
    """
    levels, group = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    if len(levels) != 2:
        raise ValueError(f"`labels` must name two groups; got {list(levels)}.")
    return np.eye(2)[group], np.array([[-1.0], [1.0]])
