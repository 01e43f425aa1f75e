r"""Distances between samples by their leading log fold changes, and classical scaling.

The distance of two samples is the root mean square of the fold changes of the `top` genes,
chosen for each pair anew, or once for all pairs [1]_. Classical scaling [2]_ then finds the
coordinates whose inner products are :math:`-\tfrac12 J D J`, where :math:`D` holds the squared
distances and :math:`J` centres.

References
----------
.. [1] Ritchie ME, Phipson B, Wu D, Hu Y, Law CW, Shi W, Smyth GK (2015). Nucleic Acids Res
   43:e47. https://doi.org/10.1093/nar/gkv007
.. [2] Torgerson WS (1952). Psychometrika 17:401-419. https://doi.org/10.1007/BF02288916
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pylimma.record import Record
from pylimma.typing import FloatArray

_PAIRS_AT_ONCE = 16  # differences of so many pairs of samples stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Scaling(Record):
    """Principal coordinates of samples.

    Attributes
    ----------
    eigen_values : array of shape (samples,)
        In decreasing order; below zero where the distances are not Euclidean.
    eigen_vectors : array of shape (samples, samples)
        A column for each value, the largest entry of each positive.
    var_explained : array of shape (samples,)
        Share of each value in the sum of the positive ones.
    centred : array of shape (samples, samples)
        The squared distances, centred by rows and columns.
    """

    eigen_values: FloatArray
    eigen_vectors: FloatArray
    var_explained: FloatArray
    centred: FloatArray


def pairwise_leading_distances(values: FloatArray, top: int) -> FloatArray:
    """Mean of the largest squared differences of each pair of samples.

    Parameters
    ----------
    values : array of shape (genes, samples)
        Log-expression without missing values.
    top : int
        How many genes count for each pair; at most all.

    Returns
    -------
    array of shape (samples, samples)
        Squared distances.
    """
    samples = np.ascontiguousarray(values.T)
    n_samples = samples.shape[0]
    squared = np.zeros((n_samples, n_samples))
    for one in range(n_samples - 1):
        for start in range(one + 1, n_samples, _PAIRS_AT_ONCE):
            others = slice(start, min(start + _PAIRS_AT_ONCE, n_samples))
            squared[one, others] = _leading_mean_square(samples[others] - samples[one], top)
    return squared + squared.T


def common_leading_distances(values: FloatArray, top: int) -> FloatArray:
    """Mean squared differences of samples over the genes that vary most.

    Parameters
    ----------
    values : array of shape (genes, samples)
        Log-expression without missing values.
    top : int
        How many genes count; of equally variable ones the first.

    Returns
    -------
    array of shape (samples, samples)
        Squared distances.
    """
    chosen = np.argsort(-values.var(axis=1), kind="stable")[:top]
    return pairwise_leading_distances(values[chosen], len(chosen))


def classical_scaling(squared: FloatArray) -> Scaling:
    """Principal coordinates of squared distances.

    Parameters
    ----------
    squared : array of shape (samples, samples)
        Squared distances.

    Returns
    -------
    Scaling
        Coordinates are eigenvectors times the roots of their (positive) eigenvalues.
    """
    by_row = squared.mean(axis=1, keepdims=True)
    centred = squared - by_row - squared.mean(axis=0, keepdims=True) + by_row.mean()
    rising, vectors = np.linalg.eigh(-0.5 * centred)
    eigen_values, eigen_vectors = rising[::-1], vectors[:, ::-1]
    largest = np.argmax(np.abs(eigen_vectors), axis=0)
    eigen_vectors = eigen_vectors * np.sign(eigen_vectors[largest, np.arange(largest.size)])
    positive = np.maximum(eigen_values, 0.0)
    total = positive.sum()
    share = np.divide(positive, total, out=np.zeros_like(positive), where=total > 0)
    return Scaling(eigen_values, eigen_vectors, share, centred)


def _leading_mean_square(differences: FloatArray, top: int) -> FloatArray:
    """Mean of the `top` largest squares in each row; overwrites its argument."""
    squares = np.square(differences, out=differences)
    n_genes = squares.shape[1]
    if top < n_genes:
        squares.partition(n_genes - top, axis=1)
    return np.asarray(squares[:, n_genes - top :].mean(axis=1))
