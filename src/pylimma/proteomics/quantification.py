"""Quantification of proteins with standard errors, from precursors with missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.arguments import flag, number, whole
from pylimma.containers.expression import EList
from pylimma.errors import Note, warn
from pylimma.proteomics.detection_curve import parse_curve
from pylimma.proteomics.hyperparameters import (
    Groups,
    hyperparameters,
    parse_groups,
    priors_of,
)
from pylimma.proteomics.intercept import intercept_of
from pylimma.proteomics.protein_levels import LevelPrior, protein_levels
from pylimma.proteomics.tilting import impute_tilted, parse_log_intensities
from pylimma.typing import BoolArray, ExpressionLike, FloatArray

LEAST_SD = 1.0  # of the priors: a fit may always move by a factor of two
ROW_SIGMA = 0.01  # noise of a row that stands for itself


def dpc_quant(
    y: ExpressionLike,
    protein_id: Any = "Protein.Group",
    dpc: Any = None,
    dpc_slope: float = 0.8,
    verbose: bool = True,
    chunk: int = 1000,
    *,
    sd_quantile_for_logfc: float = 0.9,
    robust: bool = False,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> EList:
    r"""Log-levels of proteins with standard errors, from precursors with missing values.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, precursors × samples, missing where nothing was detected; not ratios.
    protein_id : str or sequence of shape (rows,)
        Column of the annotation, or the protein of each row.
    dpc : (float, float) or DetectionCurve, optional
        Detection probability curve, as of `dpc_on`. Default: `dpc_slope` with the intercept that
        fits.
    dpc_slope : float
        Slope of the curve where `dpc` is not given.
    verbose : bool
        Whether a note says how many proteins were quantified from how many rows.
    chunk : int
        Not used: proteins are worked on in blocks that fit the cache.
    sd_quantile_for_logfc : float
        Quantile of row variances that gives the prior standard deviation between samples.
    robust : bool
        Whether the prior of the residual variances is protected from outlying proteins.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    EList
        `E` of shape (proteins, samples), complete; ``other["standard_error"]`` in log2 and
        ``other["n_observations"]``, the number of detected precursors; `genes` with the columns
        that are constant within proteins, `NPrec`, the number of precursors, and `PropObs`, the
        proportion of values detected. Proteins are sorted by identifier.

    Raises
    ------
    InputError
        If identifiers are missing, or no curve can be estimated.
    UnknownNameError
        If the annotation has no such column.

    See Also
    --------
    dpc_de : Tests that use the standard errors.
    dpc_quant_by_row : Each row by itself.

    Notes
    -----
    Precursor j of a protein has the log-intensity :math:`\gamma_i + \delta_j` in sample i. Detected
    values are normal about it, missing ones have the probability that the curve gives. Levels
    maximise the posterior, with normal priors of their mean and of their differences between
    samples [1]_; standard errors are from its curvature. limpa stops before the maximum, up to
    0.01 away; here Newton's method goes on to it.

    References
    ----------
    .. [1] Li M, Cobbold SA, Smyth GK (2025). bioRxiv 2025.04.28.651125.
       https://doi.org/10.1101/2025.04.28.651125

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(rng=1)
    >>> proteins = pylimma.dpc_quant(data, "Protein", dpc=(-4, 0.7))
    >>> proteins.shape, proteins.other["standard_error"].shape
    ((25, 10), (25, 10))
    """
    data = parse_log_intensities(y, layer)
    whole(chunk, "chunk", 1)
    groups = parse_groups(protein_id, data)
    if (groups.size == 1).all():
        if flag(verbose, "verbose"):
            warn("Every protein has one row: each is quantified by itself.", Note)
        return _by_row(data, dpc, dpc_slope, n_jobs)
    quantile = number(sd_quantile_for_logfc, "sd_quantile_for_logfc", 0, 1)
    curve = _curve(data, dpc, dpc_slope)
    found = hyperparameters(
        data.matrix, groups, float(curve[1]), quantile, robust=flag(robust, "robust")
    )
    prior = LevelPrior(
        found.prior_mean, max(found.prior_sd, LEAST_SD), max(found.prior_log_fc, LEAST_SD)
    )
    levels, errors, counts = _quantify(
        data.matrix, groups, found.sigma.to_numpy(), curve, prior, n_jobs
    )
    genes = _protein_columns(data, groups)
    if isinstance(protein_id, str):
        genes = genes.drop(columns=protein_id, errors="ignore")
    seen = counts.sum(axis=1)
    genes["NPrec"] = groups.size
    genes["PropObs"] = seen / (groups.size * data.matrix.shape[1])
    return _result(data, levels, errors, counts, genes, curve, prior, groups.names)


def dpc_quant_by_row(
    y: ExpressionLike,
    dpc: Any = None,
    dpc_slope: float = 0.8,
    verbose: bool = True,
    chunk: int = 1000,
    *,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> EList:
    """Log-levels of rows with standard errors, where each row stands for itself.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, rows × samples: proteins, modified peptides or precursors; not ratios.
    dpc : (float, float) or DetectionCurve, optional
        Detection probability curve, as of `dpc_on`. Default: `dpc_slope` with the intercept that
        fits.
    dpc_slope : float
        Slope of the curve where `dpc` is not given.
    verbose : bool
        Not used.
    chunk : int
        Not used: rows are worked on in blocks that fit the cache.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    EList
        As of `dpc_quant`, in the order of the rows; detected values hardly move.

    Raises
    ------
    InputError
        If no curve can be estimated.

    See Also
    --------
    dpc_quant : Several rows to a protein.
    diff_splice : Peptide usage.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(rng=1)
    >>> pylimma.dpc_quant_by_row(data, dpc=(-4, 0.7)).shape
    (100, 10)
    """
    flag(verbose, "verbose"), whole(chunk, "chunk", 1)
    return _by_row(parse_log_intensities(y, layer), dpc, dpc_slope, n_jobs)


def _by_row(data: Expression, dpc: Any, dpc_slope: Any, n_jobs: int | None) -> EList:
    """Every row as a protein of one precursor with little noise."""
    y, curve = data.matrix, _curve(data, dpc, dpc_slope)
    found = priors_of(impute_tilted(y, float(curve[1])))
    sd, log_fc = max(found.prior_sd, ROW_SIGMA), max(found.prior_log_fc, ROW_SIGMA)
    prior = LevelPrior(found.prior_mean, sd, log_fc)
    start = impute_tilted(y, float(curve[1]), prior.log_fc)[:, None]
    sigma = np.full((len(y), 1), ROW_SIGMA)
    levels, errors = protein_levels(y[:, None], sigma, start, curve, prior, n_jobs)
    counts = np.isfinite(y).astype(int)
    genes = pd.DataFrame(index=data.gene_names) if data.genes is None else data.genes.copy()
    genes = genes.reindex(range(len(y))) if data.gene_names is None and genes.empty else genes
    genes["PropObs"] = counts.mean(axis=1)
    return _result(data, levels, errors, counts, genes, curve, None, data.gene_names)


def _curve(data: Expression, dpc: Any, slope: Any) -> FloatArray:
    """Intercept and slope as given, or the slope with the intercept that fits."""
    given = parse_curve(dpc)
    if given is not None:
        return given
    slope = number(slope, "dpc_slope", 0, finite=True)
    return np.array([intercept_of(data.matrix, slope), slope])


def _quantify(
    y: FloatArray,
    groups: Groups,
    sigma: FloatArray,
    curve: FloatArray,
    prior: LevelPrior,
    n_jobs: int | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Levels, standard errors and numbers of detected precursors, (proteins, samples).

    Precursors that were never detected are one whose noise is that of their mean; it stands last.
    """
    seen = np.isfinite(y)
    start = impute_tilted(y, float(curve[1]), prior.log_fc)[groups.order]
    rows, detected = y[groups.order], seen[groups.order]
    counts = np.add.reduceat(detected.astype(int), groups.start, axis=0)
    known: BoolArray = np.asarray(detected.any(axis=1))
    n_known = np.add.reduceat(known.astype(int), groups.start)
    n_never = groups.size - n_known
    width = n_known + (n_never > 0)
    levels = np.empty((len(groups.start), y.shape[1]))
    errors = np.empty_like(levels)
    # rows of a protein that were detected come before those that never were
    protein = np.repeat(np.arange(len(groups.size)), groups.size)
    order = np.lexsort((~known, protein))
    for size in np.unique(width):
        chosen = np.flatnonzero(width == size)
        place = order[groups.start[chosen][:, None] + np.arange(size)]
        spread = np.repeat(sigma[chosen][:, None], size, axis=1)
        never = n_never[chosen]
        spread[never > 0, -1] /= np.sqrt(never[never > 0])
        levels[chosen], errors[chosen] = protein_levels(
            rows[place], spread, start[place], curve, prior, n_jobs
        )
    return levels, errors, counts


def _protein_columns(data: Expression, groups: Groups) -> pd.DataFrame:
    """Columns of the annotation that are constant within proteins, a row for each of these."""
    if data.genes is None:
        return pd.DataFrame({"Protein": groups.names}, index=groups.names)
    table = data.genes.iloc[groups.order]
    first = table.iloc[groups.start]
    protein = np.repeat(np.arange(len(groups.size)), groups.size)
    kept = []
    for k in range(table.shape[1]):
        codes = pd.factorize(table.iloc[:, k])[0]
        if (codes == codes[groups.start][protein]).all():
            kept.append(k)
    return first.iloc[:, kept].set_axis(groups.names, axis=0)


def _result(
    data: Expression,
    levels: FloatArray,
    errors: FloatArray,
    counts: FloatArray,
    genes: pd.DataFrame,
    curve: FloatArray,
    prior: LevelPrior | None,
    names: pd.Index | None,
) -> EList:
    targets = data.samples
    found = EList({"E": levels}, genes=genes, targets=targets, dpc=curve)
    found["other"] = {"n_observations": counts, "standard_error": errors}
    if prior is not None:
        found.update(prior_mean=prior.mean, prior_sd=prior.sd, prior_log_fc=prior.log_fc)
    return found.set_names(genes=names, samples=data.sample_names)
