"""Batch effects removed, and hidden ones found."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import aligned, sample_labels
from pylimma.adapters.tables import as_pandas
from pylimma.adapters.weights import parse_weights
from pylimma.arguments import check_keywords, flag, numbers, whole
from pylimma.containers.fit import MArrayLM
from pylimma.design.intake import parse_design
from pylimma.draw import draw
from pylimma.errors import InputError, InputWarning, Note, ShapeError, check_choice, warn
from pylimma.fit.linear_model import check_correlation, fit_expression
from pylimma.fit.model import parse_blocks
from pylimma.fit.scale import check_scale
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.missing_values import all_finite
from pylimma.numerics.powers import binary_exponent
from pylimma.numerics.regression.correlated_blocks import Correlation
from pylimma.numerics.regression.effects import effects, residual_effects
from pylimma.numerics.regression.linalg import (
    FactoredDesign,
    factor_design,
    pivoted_qr,
    triangular_inverse,
)
from pylimma.typing import AnyArray, BoolArray, DesignLike, ExpressionLike, FloatArray


def remove_batch_effect(
    x: ExpressionLike,
    batch: Any = None,
    batch2: Any = None,
    covariates: Any = None,
    design: DesignLike | None = None,
    group: Any = None,
    *,
    samples: Any = None,
    layer: str | None = None,
    **options: Any,
) -> Any:
    r"""Expression without the effects of batches or covariates, for plots and clustering.

    For tests, put the batches into the design instead.

    Parameters
    ----------
    x : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples.
    batch, batch2 : sequence of labels of shape (samples,), optional
        Batches, and a second independent set of batches.
    covariates : array or DataFrame of shape (samples, k), optional
        Numeric variables whose linear effects are removed.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        What is to be kept; a common mean when not given.
    group : sequence of labels of shape (samples,), optional
        Groups to be kept, in place of `design`.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    **options : object
        Passed to `lm_fit`, such as `weights` or `block` and `correlation`.

    Returns
    -------
    array, DataFrame, EList, MAList or AnnData
        The kind that was given, gene means unchanged.

    Raises
    ------
    ShapeError
        If batches or covariates do not fit the samples.

    Warns
    -----
    InputWarning
        If a batch is confounded with what the design keeps, with a table of both. What cannot
        be told apart is kept.
    Note
        If neither `design` nor `group` is given.

    See Also
    --------
    lm_fit : Batches as part of the design.

    Notes
    -----
    The model :math:`E(y_g) = X\beta_g + B\gamma_g` is fitted, with B the batches in
    sum-to-zero coding and the covariates centred, and :math:`B\hat\gamma_g` subtracted.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.array([[1.0, 2.0, 3.0, 4.0]])
    >>> pylimma.remove_batch_effect(y, batch=["a", "b", "a", "b"], group=["x", "x", "y", "y"])
    array([[1.5, 1.5, 3.5, 3.5]])
    """
    data = parse_expression(x, layer=layer)
    effects = _effects(data, batch, batch2, covariates)
    if effects is None:
        return data.like_source(np.array(data.matrix))
    if design is None and group is None:
        warn(
            "Neither `design` nor `group` is given, so all samples are taken for one group; what "
            "differs between conditions is not protected.",
            Note,
        )
    kept = _kept(data, design, group, samples)
    both = factor_design(np.column_stack([kept.matrix, effects]))
    if both.rank < kept.rank + pivoted_qr(effects).rank:
        _warn_of_confounding(data, kept, group, {"batch": batch, "batch2": batch2})
    columns = np.sort(both.independent)
    told_apart = both
    if len(columns) < len(both.pivot):
        told_apart = factor_design(both.matrix[:, columns])
    removed = columns >= len(kept.pivot)
    return data.like_source(_without_columns(data, told_apart, removed, options))


def _without_columns(
    data: Expression, design: FactoredDesign, removed: BoolArray, options: dict[str, Any]
) -> FloatArray:
    """Expression less what some columns of a design explain."""
    y, columns = data.matrix, design.matrix[:, removed]
    if options or not all_finite(y):
        fit = _fit_with_options(data, design, options)
        return y - np.nan_to_num(fit["coefficients"][:, removed]) @ columns.T
    check_scale(data, "lm_fit")
    to_coefficients = design.basis @ triangular_inverse(design.triangle)[removed].T
    result = np.empty(y.shape)
    map_genes(_subtract_explained, (y, result), to_coefficients, columns)
    return result


def _subtract_explained(
    y: FloatArray, result: FloatArray, to_coefficients: FloatArray, columns: FloatArray
) -> None:
    """Write genes without what their least squares coefficients of some columns explain."""
    np.matmul(y @ to_coefficients, columns.T, out=result)
    np.subtract(y, result, out=result)


def _fit_with_options(
    data: Expression, design: FactoredDesign, options: dict[str, Any]
) -> MArrayLM:
    """Fit by the options of `lm_fit`; weights stored with the data are not used."""
    names = data.gene_names, data.sample_names
    weights = parse_weights(options.pop("weights", None), data.matrix.shape, *names)
    method = options.pop("method", "ls")
    check_choice(method, ("ls", "robust"), "method")
    named = {name: options.pop(name, None) for name in ("block", "correlation", "n_jobs")}
    if method == "ls":
        check_keywords(options, ("weights", "method", *named), "remove_batch_effect")
    return fit_expression(data, design, weights, method=method, options=options, **named)


def wsva(
    y: ExpressionLike,
    design: DesignLike,
    n_sv: int = 1,
    weight_by_sd: bool = False,
    plot: bool = False,
    *,
    weights: Any = None,
    block: Any = None,
    correlation: float | None = None,
    samples: Any = None,
    layer: str | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    r"""Surrogate variables: directions of variation that the design does not explain.

    Parameters
    ----------
    y : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples, without missing values.
    design : array or DataFrame of shape (samples, coefs), or formula
        What is known.
    n_sv : int
        Number of surrogate variables, at most the residual degrees of freedom.
    weight_by_sd : bool
        Whether genes count by their residual standard deviation.
    plot : bool
        Whether to draw the proportions of residual variance.
    weights : array, optional
        Inverse variances, of shape (genes, samples), (genes,) or (samples,), all positive; those
        stored with the data are not used.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    DataFrame of shape (samples, n_sv)
        Columns SV1, SV2, …, each with mean square 1 and arbitrary sign.

    Raises
    ------
    InputError
        If values or weights are missing, blocks come without their correlation, or nothing is
        left over by the design.

    Notes
    -----
    With :math:`Q_2` a basis of the residual space, the left singular vectors u of
    :math:`Y Q_2` give the surrogate variables :math:`u^T Y`. Under weights and correlated blocks
    :math:`Y` and the design are first brought to equal variances, gene by gene where weights
    differ between genes, and to no correlation.
    """
    data = parse_expression(y, layer=layer)
    model = parse_design(design, data, samples)
    values = np.asarray(data.matrix, dtype=float)
    if not np.isfinite(values).all():
        raise InputError("`wsva` needs complete data: there are missing values.")
    values = np.ldexp(values, -binary_exponent(values))  # surrogates have no unit
    residuals = _Residuals(values, *_precision(data, weights, block, correlation), n_jobs)
    leftover = residuals.effects(model.factors)
    df = leftover.shape[1]
    if df == 0:
        raise InputError("The design leaves no residual degrees of freedom for surrogates.")
    n, weight_by_sd = min(whole(n_sv, "n_sv", 1), df), flag(weight_by_sd, "weight_by_sd")
    spectrum = np.linalg.svd(leftover, compute_uv=False)
    if not spectrum.any():
        raise InputError("The design explains `y` entirely, so nothing is left for surrogates.")
    found = (
        _one_at_a_time(residuals, model.factors, n)
        if weight_by_sd
        else _together(values, leftover, n)
    )
    if flag(plot, "plot"):
        draw("surrogate_variance", proportion=spectrum**2 / (spectrum**2).sum())
    names = [f"SV{k + 1}" for k in range(n)]
    return pd.DataFrame(found, index=data.sample_names, columns=names)


class _Residuals(NamedTuple):
    """Log-expression with the precision of its observations and the correlation of samples."""

    values: FloatArray  # (genes, samples)
    weights: FloatArray | None  # (samples,) or (genes, samples)
    correlation: Correlation | None
    n_jobs: int | None

    def effects(self, design: FactoredDesign) -> FloatArray:
        """Effects outside a design, of equal variances for each gene, and uncorrelated."""
        y, weights = self.values, self.weights
        if weights is not None and weights.ndim > 1:
            return effects(y, design, weights, self.n_jobs, self.correlation)[:, design.rank :]
        x = design.matrix
        if weights is not None:
            root = np.sqrt(weights)
            y, x = y * root, x * root[:, None]
        if self.correlation is not None:
            y, x = self.correlation.removed(y), self.correlation.removed(x.T).T
        return residual_effects(y, design if x is design.matrix else factor_design(x))


def _precision(
    data: Expression, weights: Any, block: Any, correlation: float | None
) -> tuple[FloatArray | None, Correlation | None]:
    """Weights, known to be positive, and the correlation of samples."""
    shape, genes, samples = data.matrix.shape, data.gene_names, data.sample_names
    found = parse_weights(weights, shape, genes, samples)
    if found is not None:
        if not (found > 0).all():
            raise InputError("`wsva` needs complete data: some `weights` are zero or missing.")
        found = found if found.ndim == 1 else np.broadcast_to(found, shape)
    if block is None:
        if correlation is not None:
            raise InputError("`correlation` goes with `block`.")
        return found, None
    check_correlation(correlation)
    blocks = parse_blocks(block, shape[1], samples, correlation)
    return found, None if blocks is None else blocks.within


def _together(values: FloatArray, leftover: FloatArray, n: int) -> FloatArray:
    """Surrogates from the first left singular vectors of the residual effects."""
    u = np.linalg.svd(leftover, full_matrices=False)[0][:, :n]
    return _unit_mean_square(values.T @ u)


def _one_at_a_time(residuals: _Residuals, design: FactoredDesign, n: int) -> FloatArray:
    """Surrogates one by one, each added to the design, genes weighted by their deviation."""
    values = residuals.values
    found = np.empty((values.shape[1], 0))
    both = design
    for number in range(n):
        if number:
            both = factor_design(np.column_stack([design.matrix, found]))
        leftover = residuals.effects(both)
        deviation = np.sqrt((leftover**2).mean(axis=1, keepdims=True))
        u = np.linalg.svd(leftover * deviation, full_matrices=False)[0][:, :1]
        found = np.column_stack([found, _unit_mean_square(values.T @ (u * deviation))])
    return found


def _unit_mean_square(columns: FloatArray) -> FloatArray:
    return np.asarray(columns / np.sqrt((columns**2).mean(axis=0)))


def _effects(data: Expression, batch: Any, batch2: Any, covariates: Any) -> FloatArray | None:
    """Columns to be removed, sum-to-zero coded or centred."""
    n, names = data.matrix.shape[1], data.sample_names
    columns = [
        sum_to_zero(sample_labels(labels, n, names, argument, data.gene_names), argument)
        for labels, argument in ((batch, "batch"), (batch2, "batch2"))
        if labels is not None
    ]
    if covariates is not None:
        table = as_pandas(covariates)
        given = covariates if table is None else table
        given = aligned(given, names, "samples", "covariates")
        values = numbers(given, "covariates")
        values = values[:, None] if values.ndim == 1 else values
        if values.ndim != 2 or len(values) != n:
            raise ShapeError(f"`covariates` has shape {values.shape}; there are {n} samples.")
        if not np.isfinite(values).all():
            raise InputError("`covariates` have missing or infinite values.")
        columns.append(values - values.mean(axis=0))
    return np.column_stack(columns) if columns else None


def sum_to_zero(labels: AnyArray, argument: str) -> FloatArray:
    """Indicators of the levels of a factor, less that of the last level."""
    codes, levels = pd.factorize(labels, sort=True)
    if len(levels) < 2:
        raise InputError(f"`{argument}` has a single level, '{levels[0]}'; there is no effect.")
    coding = np.vstack([np.eye(len(levels) - 1), -np.ones(len(levels) - 1)])
    return coding[codes]


def _kept(data: Expression, design: Any, group: Any, samples: Any) -> FactoredDesign:
    """The design of what stays."""
    n = data.matrix.shape[1]
    if group is not None:
        if design is not None:
            warn("Both `design` and `group` are given; `group` is used.", InputWarning)
        codes, levels = pd.factorize(sample_labels(group, n, data.sample_names, "group"), sort=True)
        indicators = np.equal.outer(codes, np.arange(1, len(levels))).astype(float)
        return factor_design(np.column_stack([np.ones(n), indicators]))
    if design is None:
        return factor_design(np.ones((n, 1)))
    return parse_design(design, data, samples).factors


def _warn_of_confounding(
    data: Expression, kept: FactoredDesign, group: Any, batches: dict[str, Any]
) -> None:
    """Warn that part of what is to be removed is part of what is to be kept."""
    n, names = data.matrix.shape[1], data.sample_names
    rows = (
        _patterns(kept.matrix)
        if group is None
        else [str(label) for label in sample_labels(group, n, names, "group")]
    )
    found = []
    for argument, batch in batches.items():
        if batch is None:
            continue
        labels = sample_labels(batch, n, names, argument)
        effects = sum_to_zero(labels, argument)
        both = pivoted_qr(np.column_stack([kept.matrix, effects]))
        if both.rank < kept.rank + effects.shape[1]:
            crossed = pd.crosstab(
                pd.Series(rows, name="design"), pd.Series(labels.astype(str), name=argument)
            )
            found.append(f"; samples by design and `{argument}`:\n{crossed}")
    what = "The batches are" if found else "Batches or covariates are"
    warn(
        f"{what} confounded with what `design` keeps, or with one another, so these effects cannot "
        f"be told apart and are not removed{''.join(found)}",
        InputWarning,
    )


def _patterns(design: FloatArray) -> list[str]:
    return [" ".join(f"{value:g}" for value in row) for row in design]
