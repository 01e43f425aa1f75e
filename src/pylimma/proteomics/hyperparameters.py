"""What quantification takes from all proteins together: priors and the noise of precursors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression
from pylimma.adapters.labels import per_gene
from pylimma.arguments import flag, number, plain_array
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.moderation.squeeze_var import squeeze_var
from pylimma.proteomics.tilting import impute_tilted, parse_log_intensities
from pylimma.record import Record
from pylimma.typing import ExpressionLike, FloatArray, IntArray

FEWEST_SAMPLES = 2
_QUANTILE = 0.9  # of the row variances: most proteins change less between samples


@dataclass(frozen=True, slots=True, eq=False)
class QuantHyperparameters(Record):
    """Priors of protein levels.

    Attributes
    ----------
    prior_mean, prior_sd : float
        Mean and standard deviation over proteins of the mean level, log2.
    prior_log_fc : float
        Standard deviation of a protein's levels between samples, log2.
    sigma : Series of shape (proteins,)
        Residual standard deviation of the precursors of each protein; None by row.
    """

    prior_mean: float
    prior_sd: float
    prior_log_fc: float
    sigma: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Groups(Record):
    """Rows by protein, proteins sorted by identifier."""

    names: pd.Index  # (proteins,)
    order: IntArray  # (rows,) rows so that those of a protein follow each other
    start: IntArray  # (proteins,) first of them
    size: IntArray  # (proteins,)


def parse_groups(protein_id: Any, data: Expression) -> Groups:
    """Rows by protein, from a column of the annotation or a vector."""
    labels = protein_id
    if isinstance(protein_id, str):
        columns = [] if data.genes is None else list(map(str, data.genes.columns))
        if data.genes is None or protein_id not in columns:
            raise UnknownNameError(
                f"`protein_id` is '{protein_id}', which is no column of the annotation; it has "
                f"{quoted(nearest(protein_id, columns)) or 'none'}. A vector with the protein of "
                "each row does as well."
            )
        labels = data.genes[protein_id].to_numpy()
    labels = per_gene(labels, len(data.matrix), data.gene_names, "protein_id")
    missing = np.flatnonzero(pd.isna(plain_array(labels, "protein_id")))
    if missing.size:
        which = missing if data.gene_names is None else data.gene_names[missing]
        raise InputError(f"`protein_id` is missing for rows {quoted(which)}.")
    text = np.asarray([str(label) for label in labels], dtype=object)
    names, codes = np.unique(text, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    size = np.bincount(codes)
    return Groups(pd.Index(names), order, np.cumsum(size) - size, size)


def residual_variances(y: FloatArray, groups: Groups) -> tuple[FloatArray, FloatArray]:
    """Residual variances of additive models of rows and samples in each protein, and their df."""
    rows = y[groups.order]
    centred = rows - rows.mean(axis=1, keepdims=True)
    total = np.add.reduceat((centred**2).sum(axis=1), groups.start)
    columns = np.add.reduceat(centred, groups.start, axis=0)
    squares = np.maximum(total - (columns**2).sum(axis=1) / groups.size, 0.0)
    df = (y.shape[1] - 1.0) * (groups.size - 1)
    return np.divide(squares, df, out=np.zeros_like(squares), where=df > 0), df


def priors_of(complete: FloatArray, quantile: float = _QUANTILE) -> QuantHyperparameters:
    """Priors of the levels, from imputed rows."""
    if complete.shape[1] < FEWEST_SAMPLES:
        raise InputError("`y` has a single sample, and priors of changes between samples need two.")
    means = complete.mean(axis=1)
    spread = np.quantile(complete.var(axis=1, ddof=1), quantile)
    sd = float(means.std(ddof=1)) if len(means) > 1 else 0.0
    return QuantHyperparameters(float(means.mean()), sd, float(np.sqrt(spread)))


def hyperparameters(
    y: FloatArray, groups: Groups, slope: float, quantile: float, *, robust: bool
) -> QuantHyperparameters:
    """Priors of the levels, and moderated standard deviations of precursors."""
    complete = impute_tilted(y, slope)
    priors = priors_of(complete, quantile)
    s2, df = residual_variances(complete, groups)
    if not (df > 0).any():
        raise InputError("Every protein has a single row: quantify by `dpc_quant_by_row`.")
    squeezed = squeeze_var(s2, df, robust=robust)
    prior = np.broadcast_to(squeezed.var_prior, s2.shape)
    sigma = np.sqrt(np.where(df > 0, squeezed.var_post, prior))
    return QuantHyperparameters(
        priors.prior_mean, priors.prior_sd, priors.prior_log_fc, pd.Series(sigma, groups.names)
    )


def dpc_quant_hyperparam(
    y: ExpressionLike,
    protein_id: Any,
    dpc_slope: float = 0.8,
    sd_quantile_for_log_fc: float = 0.9,
    robust: bool = False,
    *,
    layer: str | None = None,
) -> QuantHyperparameters:
    """Priors and residual standard deviations that `dpc_quant` uses.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, precursors × samples.
    protein_id : str or sequence of shape (rows,)
        Column of the annotation, or the protein of each row.
    dpc_slope : float
        Slope of the detection probability curve.
    sd_quantile_for_log_fc : float
        Quantile of row variances that gives the standard deviation between samples.
    robust : bool
        Whether the prior of the residual variances is protected from outlying proteins.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    QuantHyperparameters
        `prior_mean`, `prior_sd`, `prior_log_fc` and `sigma`, of shape (proteins,).

    Raises
    ------
    InputError
        If identifiers are missing, or every protein has a single row.

    See Also
    --------
    dpc_quant : Uses them.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(rng=1)
    >>> pylimma.dpc_quant_hyperparam(data, "Protein").sigma.shape
    (25,)
    """
    data = parse_log_intensities(y, layer)
    quantile = number(sd_quantile_for_log_fc, "sd_quantile_for_log_fc", 0, 1)
    slope = number(dpc_slope, "dpc_slope", 0, finite=True)
    groups = parse_groups(protein_id, data)
    return hyperparameters(data.matrix, groups, slope, quantile, robust=flag(robust, "robust"))


def dpc_impute_hyperparam(
    y: ExpressionLike,
    dpc_slope: float = 0.8,
    sd_quantile_for_log_fc: float = 0.9,
    *,
    layer: str | None = None,
) -> QuantHyperparameters:
    """Priors that `dpc_quant_by_row` uses.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities, rows × samples.
    dpc_slope : float
        Slope of the detection probability curve.
    sd_quantile_for_log_fc : float
        Quantile of row variances that gives the standard deviation between samples.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    QuantHyperparameters
        `prior_mean`, `prior_sd` and `prior_log_fc`.

    Raises
    ------
    InputError
        If `dpc_slope` is negative.

    See Also
    --------
    dpc_quant_by_row : Uses them.

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(rng=1)
    >>> pylimma.dpc_impute_hyperparam(data).prior_sd > 1
    True
    """
    data = parse_log_intensities(y, layer)
    quantile = number(sd_quantile_for_log_fc, "sd_quantile_for_log_fc", 0, 1)
    slope = number(dpc_slope, "dpc_slope", 0, finite=True)
    return priors_of(impute_tilted(data.matrix, slope), quantile)


def protein_res_var_from_complete_peptide_data(
    y: ExpressionLike, protein_id: Any, *, layer: str | None = None
) -> pd.DataFrame:
    """Residual variance of each protein, of the additive model of its rows and samples.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or EListRaw
        Log2 intensities without missing values, precursors × samples.
    protein_id : str or sequence of shape (rows,)
        Column of the annotation, or the protein of each row.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DataFrame of shape (proteins, 2)
        Columns `s2` and `df_residual`; no variance, on 0 degrees of freedom, for single rows.

    Raises
    ------
    InputError
        If values or identifiers are missing.

    See Also
    --------
    dpc_quant_hyperparam : The same for data with missing values, moderated.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> y = np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 5.0], [1.0, 1.0, 1.0]])
    >>> pylimma.protein_res_var_from_complete_peptide_data(y, ["a", "a", "b"])["df_residual"]
    a    2.0
    b    0.0
    Name: df_residual, dtype: float64
    """
    data = parse_log_intensities(y, layer)
    if not np.isfinite(data.matrix).all():
        raise InputError("`y` has missing values; `dpc_quant_hyperparam` takes them.")
    groups = parse_groups(protein_id, data)
    s2, df = residual_variances(data.matrix, groups)
    return pd.DataFrame({"s2": np.where(df > 0, s2, np.nan), "df_residual": df}, groups.names)
