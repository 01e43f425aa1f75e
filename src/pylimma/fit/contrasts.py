"""Contrasts of the coefficients of a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import described, numbers, parse_compat
from pylimma.containers.coefficients import chosen_coefficients
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.design.contrasts.balance import unbalanced
from pylimma.design.contrasts.forms import contrast_columns, in_order
from pylimma.design.intake import Design
from pylimma.errors import (
    DesignError,
    EstimationWarning,
    InputError,
    InputTypeError,
    InputWarning,
    Note,
    ShapeError,
    quoted,
    warn,
)
from pylimma.numerics.moderated_tests import correlation_of
from pylimma.numerics.regression.gene_covariance import contrast_stdev, not_estimable
from pylimma.typing import BoolArray, FloatArray

_ROUNDING = 1e-9  # relative differences of standard errors below it are rounding errors
_LARGEST = 1e100  # of a weight: squares of larger ones may be no numbers
_ORTHOGONAL = 1e-14  # smaller correlations are rounding errors
_LATER_STEPS = ("t", "p_value", "lods", "F", "F_p_value", "treat_lfc", "upshot")


def contrasts_fit(
    fit: MArrayLM,
    contrasts: Any = None,
    coefficients: Any = None,
    *,
    compat: str | None = None,
) -> MArrayLM:
    r"""Fit whose coefficients are contrasts of those of a fit.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit`.
    contrasts : array or DataFrame of shape (coefs, contrasts), or a contrast, or several
        Columns are contrasts; rows are matched to coefficients by name where they have
        names. A vector is one contrast. Otherwise a contrast is text such as
        ``"treated - control"``, a triple ``("group", "treated", "control")``, or a Series such
        as ``fit.cond(group="treated") - fit.cond(group="control")``; several are a list, or a
        dict that names them.
    coefficients : int, slice, name or sequence of these, optional
        Columns to keep, in place of contrasts.
    compat : {"3.68"}, optional
        Standard errors as limma before 4.0 approximated them.

    Returns
    -------
    MArrayLM
        With `coefficients`, `stdev_unscaled` and `cov_coefficients` of the contrasts, and
        `contrasts`. Moderated statistics of an earlier step are removed for contrasts, and
        chosen along with the coefficients otherwise.

    Raises
    ------
    InputError
        If both or neither of contrasts and coefficients are given.
    ShapeError
        If the contrasts have another number of rows than there are coefficients.
    DesignError
        If a contrast needs a coefficient that cannot be estimated, is zero or has missing
        entries.

    Warns
    -----
    InputWarning
        If row names of the contrasts are not those of the coefficients, or a contrast of means
        has weights that do not add up to zero, unless it is one coefficient, named exactly, or
        the data are log-ratios (of an MAList, or under a two-colour design).
    EstimationWarning
        If standard errors are approximate because the fit keeps no `cov_by_gene`.
    Note
        If limma before 4.0 gave other standard errors.

    See Also
    --------
    make_contrasts : Contrast matrices from text.

    Notes
    -----
    For a contrast :math:`c` the estimate is :math:`c^T\hat\beta_g` and its unscaled standard
    error :math:`\sqrt{c^T V_g c}`, with :math:`V_g` the gene's own covariance of the
    coefficients: the same as from a design that has the contrast as a coefficient, whatever
    weights, missing values and blocks. A gene has an estimate of every contrast that its
    observations can tell, and only of those.

    limma before 4.0 used :math:`\sqrt{c^T D_g R D_g c}`, with :math:`D_g` the gene's
    `stdev_unscaled` and :math:`R` the correlation of the coefficients without weights, an
    approximation where genes differ in weights or missing values and the design is not
    orthogonal: ``compat="3.68"``.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> design = pd.DataFrame({"a": [1, 1, 1, 0, 0, 0], "b": [0, 0, 0, 1, 1, 1]})
    >>> fit = pylimma.contrasts_fit(pylimma.lm_fit(y, design), "b - a")
    >>> list(fit.col_names)
    ['b - a']
    """
    older = parse_compat(compat)
    if not isinstance(fit, MArrayLM):
        raise InputTypeError(f"`contrasts_fit` needs a fit from `lm_fit`; got {described(fit)}.")
    if (contrasts is None) == (coefficients is None):
        raise InputError("Give exactly one of `contrasts` and `coefficients`.")
    if contrasts is None:
        return fit.subset(columns=chosen_coefficients(coefficients, fit, "coefficients"))
    return fit_of_contrasts(fit, *_comparisons(contrasts, fit), exact=not older)


def parse_contrasts(contrasts: Any, design: Design) -> tuple[FloatArray, pd.Index | None]:
    """Contrasts of any kind for a fit that is still to be made, as a matrix and their names."""
    return _comparisons(contrasts, planned_fit(design))


def planned_fit(design: Design) -> MArrayLM:
    """What contrasts need of a fit, known from its design."""
    fit = MArrayLM(
        coefficients=np.zeros((1, design.n_coefs)),
        cov_coefficients=design.factors.covariance,
        pivot=design.pivot,
        rank=design.rank,
        design=design.matrix,
        description=design.description,
        log_ratios=True if design.log_ratios else None,
    )
    return fit.set_names(coefs=design.names, design_columns=design.names)


def _comparisons(contrasts: Any, fit: MArrayLM) -> tuple[FloatArray, pd.Index | None]:
    """Contrasts that a user gave, as a matrix and their names; warns of what compares nothing."""
    matrix, names = contrast_matrix(contrasts, fit)
    _check_estimable(fit, matrix, names)
    for message in unbalanced(contrasts, matrix, fit):
        warn(message, InputWarning)
    return matrix, names


def fit_of_contrasts(
    fit: MArrayLM, matrix: FloatArray, names: pd.Index | None, *, exact: bool = True
) -> MArrayLM:
    """Fit of contrasts, of shape (coefs, contrasts)."""
    _check_estimable(fit, matrix, names)
    return _contrasted(fit, matrix, names, _estimable_covariance(fit), exact=exact)


def contrast_matrix(contrasts: Any, fit: MArrayLM) -> tuple[FloatArray, pd.Index | None]:
    """Contrasts of any kind as a matrix with a row for each coefficient of a fit."""
    coefs = fit.names("coefs")
    contrasts = contrast_columns(contrasts, fit)
    names = None
    if isinstance(contrasts, pd.DataFrame):
        names = pd.Index(contrasts.columns)
        contrasts = _matched(contrasts, fit)
    matrix = numbers(contrasts, "contrasts")
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.ndim != 2:
        raise ShapeError(f"`contrasts` must be a matrix; it has {matrix.ndim} dimensions.")
    if len(matrix) != fit.shape[1]:
        raise ShapeError(
            f"`contrasts` have {len(matrix)} rows; the fit has {fit.shape[1]} coefficients"
            f"{'' if coefs is None else f' ({quoted(coefs)})'}."
        )
    if not np.isfinite(matrix).all():
        raise DesignError("`contrasts` hold missing or infinite values.")
    if (largest := np.abs(matrix).max(initial=0.0)) > _LARGEST:
        raise DesignError(f"`contrasts` have weights of size {largest:.1g}, too extreme to use.")
    zero = np.flatnonzero(~matrix.any(axis=0))
    if zero.size:
        which = zero[0] if names is None or not names[zero[0]] else f"'{names[zero[0]]}'"
        raise DesignError(f"Contrast {which} is zero for every coefficient, so it tests nothing.")
    return matrix, names


def _matched(contrasts: pd.DataFrame, fit: MArrayLM) -> pd.DataFrame:
    """Rows in the order of the coefficients; names that differ only warn, as in R."""
    ordered = in_order(contrasts, fit)
    if ordered is not None:
        return ordered
    warn(
        f"Row names of `contrasts` ({quoted(contrasts.index)}) are not the coefficients of the "
        f"fit ({quoted(fit.frame().columns)}); rows are used in their order.",
        InputWarning,
    )
    return contrasts


def _check_estimable(fit: MArrayLM, matrix: FloatArray, names: pd.Index | None) -> None:
    """Raise if a contrast needs a coefficient that the whole design cannot estimate."""
    covered = fit.estimable if "cov_coefficients" in fit else np.arange(fit.shape[1])
    others = np.setdiff1d(np.arange(fit.shape[1]), covered)
    if matrix[others].any():
        coefs = fit.names("coefs")
        used = others[matrix[others].any(axis=1)]
        which = np.flatnonzero(matrix[used].any(axis=0))[0]
        label = which if names is None else f"'{names[which]}'"
        missing = used if coefs is None else coefs[used]
        kept = covered if coefs is None else coefs[np.sort(covered)]
        raise DesignError(
            f"Contrast {label} needs {quoted(missing)}, which the design cannot estimate; "
            f"estimable are {quoted(kept)}."
        )


def _estimable_covariance(fit: MArrayLM) -> FloatArray | None:
    """Covariance for all coefficients, zero for those that no contrast may use."""
    if "cov_coefficients" not in fit:
        warn(
            "The fit has no `cov_coefficients`; coefficients are taken to be uncorrelated.",
            EstimationWarning,
        )
        return None
    covered = fit.estimable
    covariance = np.zeros((fit.shape[1], fit.shape[1]))
    covariance[np.ix_(covered, covered)] = fit["cov_coefficients"]
    return covariance


def _contrasted(
    fit: MArrayLM,
    matrix: FloatArray,
    names: pd.Index | None,
    covariance: FloatArray | None,
    *,
    exact: bool,
) -> MArrayLM:
    """Fit with everything that runs along coefficients replaced, before later steps."""
    fit = fit.replace(**dict.fromkeys(_LATER_STEPS))
    used: BoolArray = np.any(matrix, axis=1)
    c = matrix[used]
    whole = fit["contrasts"] @ matrix if "contrasts" in fit else matrix
    beta, spread = fit["coefficients"][:, used], fit["stdev_unscaled"][:, used]
    missing = (np.isnan(beta) @ (c != 0)).astype(bool)
    exact = exact or isinstance(fit, MixedModelFit)
    if exact and "null_pattern" in fit:
        outside = not_estimable(fit["null_space"], whole)[fit["null_pattern"].astype(int)]
        missing = outside | (missing if "contrasts" in fit else False)
    estimates = np.where(missing, np.nan, np.nan_to_num(beta) @ c)
    stdev = _standard_errors(np.nan_to_num(spread), c, covariance, used)
    if isinstance(fit, MixedModelFit):
        stdev = contrast_stdev(fit["cov_by_gene"], whole)
    elif exact and "cov_by_gene" in fit:
        older, stdev = stdev, contrast_stdev(fit["cov_by_gene"], whole)
        _note_difference(np.where(missing, np.nan, older), stdev)
    elif exact:
        _warn_of_approximation(fit, covariance)
    stdev = np.where(missing, np.nan, stdev)
    columns = fit.names("design_columns" if "contrasts" in fit else "coefs")
    along_coefs = [
        name for name, axes in fit.AXES.items() if "coefs" in axes or "estimable" in axes
    ]
    result = fit.replace(**dict.fromkeys(along_coefs)).with_names(
        coefs=None, estimable=None, design_columns=columns
    )
    result["coefficients"], result["stdev_unscaled"] = estimates, stdev
    result["contrasts"] = whole
    if covariance is not None:
        result["cov_coefficients"] = c.T @ covariance[np.ix_(used, used)] @ c
    if isinstance(result, MixedModelFit):
        result["df_test"] = np.where(missing, np.nan, result.test_df())
    return result.with_names(coefs=names, estimable=names)


def _note_difference(older: FloatArray, exact: FloatArray) -> None:
    """Tell how far the approximation of limma before 4.0 is from exact standard errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.abs(older / exact - 1)
    known = difference[np.isfinite(difference)]
    if known.size and known.max() > _ROUNDING:
        warn(
            "Standard errors of contrasts are exact, as in limma 4.0. limma before 4.0 "
            f"approximated them: they differ by {np.median(known):.2g} of their size in the "
            f'median and by at most {known.max():.2g}; compat="3.68" gives the older ones.',
            Note,
        )


def _warn_of_approximation(fit: MArrayLM, covariance: FloatArray | None) -> None:
    """Warn where genes have covariances of their own that the fit does not keep."""
    if covariance is None:
        return
    used = np.flatnonzero(np.diag(covariance) > 0)
    correlation = correlation_of(covariance[np.ix_(used, used)])
    if np.abs(np.tril(correlation, -1)).max(initial=0.0) < _ORTHOGONAL:
        return
    spread = fit["stdev_unscaled"][:, used]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = spread / spread[:, :1]
    known = shares[np.isfinite(shares).all(axis=1)]
    if len(known) and np.ptp(known, axis=0).max(initial=0.0) > _ROUNDING * np.abs(known).max():
        warn(
            "Standard errors of these contrasts are approximate: weights or missing values give "
            "genes covariances of their own, and the fit does not keep them. Fit with "
            'keep=("cov_by_gene",), or give `contrasts` to `lm_fit`.',
            EstimationWarning,
        )


def _standard_errors(
    spread: FloatArray, c: FloatArray, covariance: FloatArray | None, used: BoolArray
) -> FloatArray:
    r"""Unscaled standard errors :math:`\sqrt{c^T D R D c}` for each gene."""
    if covariance is not None:
        correlation = correlation_of(covariance[np.ix_(used, used)])
        if np.abs(np.tril(correlation, -1)).max(initial=0.0) >= _ORTHOGONAL:
            root = _square_root(correlation)
            if (spread == spread[:1]).all():  # genes that share one fit share its standard errors
                one = np.linalg.norm((spread[0] * c.T) @ root, axis=1)
                return np.broadcast_to(one, (len(spread), c.shape[1]))
            columns = [np.linalg.norm((spread * column) @ root, axis=1) for column in c.T]
            return np.column_stack(columns)
    return np.sqrt(spread**2 @ c**2)


def _square_root(correlation: FloatArray) -> FloatArray:
    """Matrix S with S Sᵀ the correlation, also where that is singular."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
