r"""Average abundance of genes by the negative binomial likelihood.

In a group of samples the expected counts are :math:`\mu_{gj} = e^{\beta_g} L_j` with variance
:math:`\mu + \phi_g \mu^2`. The maximum likelihood estimate of :math:`\beta_g` is an average of
the rates :math:`y_{gj}/L_j` that goes from the pooled rate to the plain mean as the dispersion
:math:`\phi_g` grows. Its score and expected information are

.. math:: u = \sum_j w_j \frac{y_j - \mu_j}{1 + \phi\mu_j}, \qquad
          I = \sum_j w_j \frac{\mu_j}{1 + \phi\mu_j} ,

and Fisher scoring by steps :math:`u/I` starts from the logarithm of the mean of :math:`y_j/L_j`.
Library sizes have shape (samples,) or (genes, samples); dispersions are one number, or of shape
(genes,) or (genes, samples).
"""

from __future__ import annotations

import numpy as np

from pylimma.numerics.blocks import gene_blocks, map_blocks
from pylimma.numerics.counts.rates import LOG2_PER_MILLION, PER_MILLION, add_prior_count
from pylimma.typing import AnyArray, FloatArray, IntArray

MAX_STEPS = 50
SMALLEST_STEP = 1e-10  # on the natural logarithmic scale
DEFAULT_DISPERSION = 0.05


def log_rate(
    counts: AnyArray,
    lib_size: FloatArray,
    dispersion: FloatArray | float = DEFAULT_DISPERSION,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Natural logarithm of the most likely rate of each gene; minus infinity without counts."""
    phi = _by_gene(dispersion)

    def estimate(block: slice) -> FloatArray:
        return _score(
            counts[block].astype(np.float64),
            _rows(lib_size, block),
            _rows(phi, block),
            None if weights is None else weights[block],
        )

    return np.concatenate(map_blocks(estimate, gene_blocks(*counts.shape)))


def ave_log_cpm(
    counts: AnyArray,
    lib_size: FloatArray,
    prior_count: FloatArray | float = 2.0,
    dispersion: FloatArray | float = DEFAULT_DISPERSION,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Average log2 counts per million of each gene, with prior counts.

    A missing dispersion is replaced by the mean of the others. Without any reads all genes have the
    same value.
    """
    n_genes = len(counts)
    if not lib_size.any():
        return np.full(n_genes, LOG2_PER_MILLION - np.log2(n_genes))
    prior, phi = np.asarray(prior_count, dtype=np.float64), _by_gene(dispersion)
    known = phi[~np.isnan(phi)]
    if known.size < phi.size:
        phi = np.where(np.isnan(phi), known.mean() if known.size else DEFAULT_DISPERSION, phi)

    def estimate(block: slice) -> FloatArray:
        augmented = add_prior_count(
            counts[block], _rows(lib_size, block), prior[block] if prior.ndim else prior
        )
        return _score(
            augmented.y,
            np.exp(augmented.offset),
            _rows(phi, block),
            None if weights is None else weights[block],
        )

    beta = np.concatenate(map_blocks(estimate, gene_blocks(*counts.shape)))
    return np.asarray(beta / np.log(2) + LOG2_PER_MILLION)


def cpm_by_group(
    counts: AnyArray,
    lib_size: FloatArray,
    group: IntArray,
    dispersion: FloatArray | float = DEFAULT_DISPERSION,
    *,
    log: bool = False,
    prior_count: float = 2.0,
) -> FloatArray:
    """Counts per million of each gene in each group of samples, numbered from 0 without gaps.

    Zero where a group has no counts; only `log` values use the prior count.
    """
    phi, size = _by_gene(dispersion), lib_size
    if log:
        augmented = add_prior_count(counts, lib_size, prior_count)
        counts, size = augmented.y, np.exp(augmented.offset)
    rates = np.empty((len(counts), int(group.max()) + 1))
    for number in range(rates.shape[1]):
        members = np.flatnonzero(group == number)
        common = phi.shape[-1:] != group.shape
        rates[:, number] = log_rate(
            counts[:, members], size[..., members], phi if common else phi[:, members]
        )
    if log:
        return np.asarray(rates / np.log(2) + LOG2_PER_MILLION)
    return np.exp(rates) * PER_MILLION


def _score(
    y: FloatArray, lib_size: FloatArray, dispersion: FloatArray, weights: FloatArray | None
) -> FloatArray:
    """Log rates of a block of genes; arguments as for `log_rate`, dispersions as a column."""
    size = np.broadcast_to(lib_size, y.shape)
    rate = np.divide(y, size, out=np.zeros(y.shape), where=size > 0)
    mean = rate.mean(axis=1) if weights is None else _weighted_mean(rate, weights)
    counted = mean > 0
    beta = np.log(mean, out=np.full(len(y), -np.inf), where=counted)
    active = np.flatnonzero(counted)
    for _ in range(MAX_STEPS):
        if active.size == 0:
            break
        rows = slice(None) if active.size == len(y) else active
        expected = np.exp(beta[rows])[:, None] * _rows(lib_size, rows)
        precision = expected * _rows(dispersion, rows)
        precision += 1
        np.divide(1 if weights is None else weights[rows], precision, out=precision)
        information = np.einsum("gs,gs->g", precision, expected)
        step = np.einsum("gs,gs->g", precision, y[rows]) / information - 1  # u / I
        beta[rows] += step
        active = active[np.abs(step) >= SMALLEST_STEP]
    return beta


def _weighted_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=1)
    sums = np.einsum("gs,gs->g", values, weights)
    return np.asarray(np.divide(sums, total, out=np.zeros(len(total)), where=total > 0))


def _by_gene(values: FloatArray | float) -> FloatArray:
    """Shape one value per gene as a column."""
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values


def _rows(values: AnyArray, rows: slice | IntArray) -> AnyArray:
    """Pick the genes' rows of values that differ by gene; leave common ones as they are."""
    return values[rows] if values.ndim > 1 else values
