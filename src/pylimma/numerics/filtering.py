"""Which genes have enough counts, in enough samples, to be worth testing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pylimma.numerics.count_rates import PER_MILLION

if TYPE_CHECKING:
    from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

_ROUNDING = 1e-14  # of counts and numbers of samples that reach their limits exactly


def smallest_group_size(group: IntArray) -> float:
    """Size of the smallest group that has samples.

    Parameters
    ----------
    group : int array of shape (samples,)
        Number of each sample's group.

    Returns
    -------
    float
        The size.
    """
    return float(np.unique(group, return_counts=True)[1].min())


def effective_group_size(leverage: FloatArray) -> float:
    """Invert the largest leverage: the number of samples that count as the scarcest one.

    Parameters
    ----------
    leverage : array of shape (samples,)
        Diagonal of the hat matrix of the design. In a one-way layout it is the inverse of
        the group size.

    Returns
    -------
    float
        The size, at least one.
    """
    return float(1 / leverage.max())


def required_samples(group_size: float, large_n: float, min_prop: float) -> float:
    """Relax the number of samples asked for when groups are large.

    Parameters
    ----------
    group_size : float
        Size of the smallest group.
    large_n : float
        Size above which samples count by `min_prop` only.
    min_prop : float
        Share of the samples above `large_n`, between 0 and 1.

    Returns
    -------
    float
        How many samples must express a gene.
    """
    return group_size if group_size <= large_n else large_n + (group_size - large_n) * min_prop


def sufficiently_expressed(
    counts: AnyArray,
    lib_size: FloatArray,
    min_samples: float,
    min_count: float = 10.0,
    min_total_count: float = 15.0,
) -> BoolArray:
    r"""Mark genes counted often enough in enough samples [1]_.

    A gene is kept if its counts per million reach :math:`10^6 c/\mathrm{median}(L)` in
    `min_samples` samples, :math:`c` being `min_count`, and its counts sum to
    `min_total_count`.

    Parameters
    ----------
    counts : array of shape (genes, samples)
        Reads.
    lib_size : array of shape (samples,)
        Library sizes.
    min_samples : float
        How many samples must express a gene.
    min_count : float
        Count required in a sample of median library size.
    min_total_count : float
        Count required over all samples.

    Returns
    -------
    bool array of shape (genes,)
        True for genes to keep.

    References
    ----------
    .. [1] Chen Y, Lun ATL, Smyth GK (2016). F1000Research 5:1438.
       https://doi.org/10.12688/f1000research.8987.2
    """
    cutoff = min_count / np.median(lib_size) * PER_MILLION
    n_expressing = np.zeros(len(counts))
    for column, size in zip(counts.T, lib_size, strict=True):
        n_expressing += column * (PER_MILLION / size) >= cutoff
    total = counts.sum(axis=1, dtype=np.float64)
    enough = n_expressing >= min_samples - _ROUNDING
    return np.asarray(enough & (total >= min_total_count - _ROUNDING))
