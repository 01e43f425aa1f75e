"""F-tests of a model against a smaller one nested in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from pylimma.adapters.labels import aligned
from pylimma.adapters.tables import as_pandas
from pylimma.arguments import check_keywords, numbers
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.design.description import DesignDescription
from pylimma.design.formula.parser import Name
from pylimma.design.formula.terms import formula_terms
from pylimma.design.matrices import model_matrix
from pylimma.errors import DesignError, ShapeError, StageError, quoted
from pylimma.fit.contrasts import fit_of_contrasts
from pylimma.moderation.components import moderate_components
from pylimma.numerics.distributions.tails import t_two_sided
from pylimma.numerics.powers import binary_exponent
from pylimma.results.tables import check_moderated
from pylimma.results.top_table import joint_table, table_options
from pylimma.typing import DesignLike, FloatArray, IntArray, Table

_NEGLIGIBLE = 1e-8  # of the size of a column: what is left by rounding


def nested_f_test(
    fit: MArrayLM, reduced: DesignLike, *, samples: Table | None = None, **options: Any
) -> pd.DataFrame:
    r"""Table of moderated F-tests of a model against a smaller one.

    Parameters
    ----------
    fit : MArrayLM
        The full model, from `e_bayes`.
    reduced : formula, array or DataFrame of shape (samples, coefs)
        The smaller model, such as ``"~ batch"``, whose columns must be combinations of those of
        the full one.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored in the fit when not given.
    **options : object
        Passed to `top_table`: `number`, `adjust_method`, `sort_by`, `p_value` and others.

    Returns
    -------
    DataFrame
        As `top_table` for several coefficients: those that the smaller model lacks, then
        `ave_expr`, `F`, `p_value` and `adj_p_value`.

    Raises
    ------
    StageError
        If the fit is not moderated, or its coefficients are contrasts.
    DesignError
        If the smaller model is not part of the full one, or equals it.

    See Also
    --------
    top_table : With ``coef="group"`` the same for a term of the formula.

    Notes
    -----
    If the columns of the smaller design are :math:`X_0 = XA`, it holds when
    :math:`C^T\beta = 0` for any basis :math:`C` of what is orthogonal to :math:`A`. The F-statistic
    is that of these contrasts, with the moderated variances of the full model [1]_. Without
    weights by gene and missing values it is exact.

    References
    ----------
    .. [1] Smyth GK (2004). Stat Appl Genet Mol Biol 3:3. https://doi.org/10.2202/1544-6115.1027

    Examples
    --------
    >>> import numpy as np, pandas as pd, pylimma as pl
    >>> y = np.random.default_rng(1).normal(size=(100, 8))
    >>> samples = pd.DataFrame({"group": list("aabbccdd"), "batch": list("xyxyxyxy")})
    >>> fit = pl.e_bayes(pl.lm_fit(y, "~ batch + group", samples=samples))
    >>> list(pl.nested_f_test(fit, "~ batch", number=5).columns)[:3]
    ['groupb', 'groupc', 'groupd']
    """
    check_keywords(options, table_options, "nested_f_test")
    check_moderated(fit, "nested_f_test")
    if "contrasts" in fit or "treat_lfc" in fit:
        raise StageError(
            "A nested F-test needs the fit of the design, from `lm_fit` and `e_bayes`."
        )
    smaller = _reduced_design(fit, reduced, samples)
    kept = np.sort(fit.estimable)
    share = _shares(fit["design"][:, kept], smaller, fit)
    used = np.abs(share).max(axis=1) > _NEGLIGIBLE
    if used.sum() == np.linalg.matrix_rank(share):
        tested = fit.subset(columns=kept[~used])
    else:
        tested = _of_contrasts(fit, kept, null_space(share.T))
    table = joint_table(tested, np.arange(tested.shape[1]), table_options(**options))
    full = _formula(fit) or "the full model"
    table.attrs["meaning"] = f"F-test of {full} against {_named(reduced)}"
    return table


def _reduced_design(fit: MArrayLM, reduced: Any, samples: Any) -> FloatArray:
    """The smaller design, its rows in the order of the samples of the fit."""
    table = as_pandas(reduced)
    if isinstance(reduced, str):
        known = fit.get("targets") if samples is None else as_pandas(samples)
        if known is None:
            raise DesignError("A formula needs the table of samples: pass `samples=`.")
        known = aligned(known, fit.names("samples"), "samples", "samples")
        table = model_matrix(reduced, known, reference=_references(fit, reduced))
    if table is not None:
        table = aligned(table, fit.names("samples"), "samples", "reduced")
    matrix = numbers(reduced if table is None else table, "reduced")
    if matrix.ndim != 2 or len(matrix) != len(fit["design"]) or not matrix.size:
        raise ShapeError(
            f"`reduced` has shape {matrix.shape}; the fit has {len(fit['design'])} samples."
        )
    if not np.isfinite(matrix).all():
        raise DesignError(
            f"`reduced` has {(~np.isfinite(matrix)).sum()} missing or infinite values; give it a "
            "value for each sample of the fit."
        )
    return matrix


def _references(fit: MArrayLM, formula: str) -> dict[str, str]:
    """Reference levels of the full model for the factors of a smaller one."""
    description: DesignDescription | None = fit.get("description")
    if description is None:
        return {}
    variables = [v.name for v in formula_terms(formula).variables if isinstance(v, Name)]
    about = description.columns
    return {
        name: about[name]["levels"][0]
        for name in variables
        if name in about and about[name]["kind"] == "factor" and not about[name]["ordered"]
    }


def _shares(full: FloatArray, smaller: FloatArray, fit: MArrayLM) -> FloatArray:
    """The :math:`A` of :math:`X_0 = XA`, the largest entry of each column scaled to size 1."""
    smaller = np.ldexp(smaller, -binary_exponent(smaller, axis=0))  # squares neither over nor under
    share = np.linalg.lstsq(full, smaller, rcond=None)[0]
    size = np.linalg.norm(smaller, axis=0)
    beyond = np.linalg.norm(smaller - full @ share, axis=0) > _NEGLIGIBLE * size
    if beyond.any():
        raise DesignError(
            f"`reduced` is not part of the full model, which has {quoted(fit.frame().columns)}: "
            f"{beyond.sum()} of its {len(beyond)} columns are not combinations of these."
        )
    scaled: FloatArray = np.asarray(share / np.maximum(np.abs(share).max(axis=0), 1e-300))
    if np.linalg.matrix_rank(scaled) == full.shape[1]:
        raise DesignError("`reduced` is the full model in other words: there is nothing to test.")
    return scaled


def _of_contrasts(fit: MArrayLM, kept: IntArray, basis: FloatArray) -> MArrayLM:
    """Moderated fit of the contrasts that vanish under the smaller model."""
    matrix = np.zeros((fit.shape[1], basis.shape[1]))
    matrix[kept] = basis
    names = pd.Index([f"contrast{k + 1}" for k in range(basis.shape[1])])
    tested = fit_of_contrasts(fit, matrix, names)
    tested["s2_post"] = fit["s2_post"]
    if isinstance(tested, MixedModelFit):
        moderate_components(tested, fit.get("compat"))
    tested["t"] = tested["coefficients"] / tested.standard_errors()
    tested["p_value"] = t_two_sided(tested["t"], tested.degrees_of_freedom())
    return tested.replace(F=tested.f_statistics()[0], F_p_value=tested.f_p_values())


def _formula(fit: MArrayLM) -> str:
    description: DesignDescription | None = fit.get("description")
    return "" if description is None else description.formula


def _named(reduced: Any) -> str:
    return reduced if isinstance(reduced, str) else "the smaller model"
