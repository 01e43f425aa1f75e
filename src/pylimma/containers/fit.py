"""The fitted linear models of all genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pylimma.arguments import numbers
from pylimma.containers.coefficients import coefficient_positions, in_words
from pylimma.containers.components import Components
from pylimma.containers.names import matching_order, names_of
from pylimma.containers.summary import in_html
from pylimma.containers.whitening import shared_whitening
from pylimma.errors import DesignError, ShapeError, StageError
from pylimma.numerics.blocks import map_genes
from pylimma.numerics.distributions.tails import f_sf
from pylimma.numerics.moderated_tests import f_statistic
from pylimma.numerics.regression.gene_covariance import gene_f_statistic
from pylimma.typing import FloatArray

_GENES_COEFS = ("genes", "coefs")


class MArrayLM(Components):
    """Linear models of all genes, from `lm_fit` on through every later step.

    Attributes
    ----------
    coefficients : array of shape (genes, coefs)
        Estimated effects, in the unit of the data (log2).
    stdev_unscaled : array of shape (genes, coefs)
        Standard errors for a residual standard deviation of one.
    sigma : array of shape (genes,)
        Residual standard deviations.
    df_residual : array of shape (genes,)
        Residual degrees of freedom.
    n_observed : array of shape (genes,)
        Number of samples each gene was seen in, where values are missing.
    cov_coefficients : array of shape (coefs, coefs)
        Covariance of the estimable coefficients for a unit variance.
    cov_by_gene : array of shape (genes, pairs)
        Lower triangles of each gene's covariance of the design's coefficients, for a unit
        variance, where weights or missing values make genes differ.
    null_pattern : array of int of shape (genes,)
        Which of the projections in `null_space`, of shape (patterns, coefs, coefs), is on what
        the gene's observations cannot tell.
    Amean : array of shape (genes,)
        Average expression.
    design : array of shape (samples, design_columns)
        Design matrix.
    contrasts : array of shape (design_columns, coefs)
        Contrasts, after `contrasts_fit`.
    t, p_value, lods : array of shape (genes, coefs)
        Moderated t-statistics, p-values and log odds, after `e_bayes`.
    s2_post, df_total : array of shape (genes,)
        Moderated variances and their degrees of freedom.
    s2_prior, df_prior : float or array of shape (genes,)
        Prior variance and its degrees of freedom.
    F, F_p_value : array of shape (genes,)
        F-test of all coefficients together.
    log_ratios : bool
        True where the data were log-ratios, of which means are comparisons already.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "coefficients": _GENES_COEFS,
        "stdev_unscaled": _GENES_COEFS,
        "sigma": ("genes",),
        "df_residual": ("genes",),
        "n_observed": ("genes",),
        "cov_coefficients": ("estimable", "estimable"),
        "cov_by_gene": ("genes", "pairs"),
        "null_pattern": ("genes",),
        "null_space": (),
        "pivot": (),
        "rank": (),
        "genes": ("genes",),
        "Amean": ("genes",),
        "method": (),
        "design": ("samples", "design_columns"),
        "contrasts": ("design_columns", "coefs"),
        "targets": ("samples",),
        "weights": ("genes", "samples"),
        "ndups": (),
        "spacing": (),
        "block": (),
        "correlation": (),
        "df_prior": ("genes",),
        "s2_prior": ("genes",),
        "var_prior": ("coefs",),
        "proportion": (),
        "s2_post": ("genes",),
        "t": _GENES_COEFS,
        "df_total": ("genes",),
        "p_value": _GENES_COEFS,
        "lods": _GENES_COEFS,
        "F": ("genes",),
        "F_p_value": ("genes",),
        "treat_lfc": (),
        "upshot": (),
        "span": (),
        "voom_xy": (),
        "voom_line": (),
        "EList": (),
        "description": (),
        "log_ratios": (),
    }
    FRAMES = frozenset({"genes", "targets"})
    MAIN = "coefficients"

    coefficients: FloatArray
    stdev_unscaled: FloatArray
    sigma: FloatArray
    df_residual: FloatArray
    cov_coefficients: FloatArray
    Amean: FloatArray
    design: FloatArray
    t: FloatArray
    p_value: FloatArray
    lods: FloatArray
    genes: pd.DataFrame

    @property
    def estimable(self) -> Any:
        """Positions of the coefficients that `cov_coefficients` covers, in its order."""
        pivot, rank = self.get("pivot"), self.get("rank")
        n_covered = self.size_of("estimable") or 0
        if "contrasts" in self or pivot is None or rank is None or n_covered == self.shape[1]:
            return np.arange(n_covered)
        return np.asarray(pivot)[: int(rank)]

    def require(self, component: str, function: str) -> Any:
        """Return a component that an earlier step makes.

        Parameters
        ----------
        component : str
            Name of the component.
        function : str
            The function that needs it, for the message.

        Returns
        -------
        object
            The component.

        Raises
        ------
        StageError
            If the step has not been taken.
        """
        if component not in self:
            raise StageError(
                f"`{function}` needs moderated statistics: run `e_bayes` or `treat` on the fit "
                f"first."
            )
        return self[component]

    def cond(self, **levels: object) -> pd.Series:
        """The coefficients' weights in the mean of a condition; differences are contrasts.

        Parameters
        ----------
        **levels : object
            A level for each factor of the formula, a number for each covariate. Factors that
            are not mentioned stand at their reference level, covariates at 0.

        Returns
        -------
        Series of shape (coefs,)
            ``fit.cond(group="B") - fit.cond(group="A")`` is a contrast for `contrasts_fit`.

        Raises
        ------
        StageError
            If the design was no formula, or the coefficients are contrasts already.
        DesignError
            If there is no such variable or level.
        """
        weights: pd.Series = self._formula("cond").cond(**levels)
        return weights

    def contrast(self, column: str, baseline: object, group_to_compare: object) -> pd.Series:
        """The contrast between two levels of a factor.

        Parameters
        ----------
        column : str
            The factor.
        baseline, group_to_compare : object
            Levels; the contrast is the second minus the first.

        Returns
        -------
        Series of shape (coefs,)
            For `contrasts_fit`.

        Raises
        ------
        StageError
            If the design was no formula, or the coefficients are contrasts already.
        DesignError
            If there is no such variable or level.
        """
        weights: pd.Series = self._formula("contrast").contrast(column, baseline, group_to_compare)
        return weights

    def describe(self) -> str:
        """The model in words: formula, reference levels, and what each coefficient means.

        Returns
        -------
        str
            One line each.
        """
        return "\n".join(in_words(self, self.shape[1])) or "A design without names."

    def _formula(self, function: str) -> Any:
        """The description of the design, where it has factors."""
        description = self.get("description")
        if "contrasts" in self:
            raise StageError(
                f"`{function}` combines the coefficients of a design, and those of this fit are "
                "contrasts; take the fit before `contrasts_fit`."
            )
        if description is None or not description.formula:
            raise StageError(
                f"`{function}` needs a fit of a formula: lm_fit(data, '~ group', samples=table)."
            )
        return description

    def subset(self, rows: Any = slice(None), columns: Any = slice(None)) -> Self:
        """Copy with some of the genes and coefficients, in the order given.

        Parameters
        ----------
        rows : int, slice, mask, positions, name or names
            Genes to keep.
        columns : int, slice, mask, positions, name, term or several of these
            Coefficients to keep, a term standing for all of its columns.

        Returns
        -------
        MArrayLM
            A new fit.
        """
        return super().subset(rows, coefficient_positions(columns, self))

    def __repr__(self) -> str:
        words = in_words(self)
        return "\n".join([super().__repr__(), *(f"  {line}" for line in words)])

    def _repr_html_(self) -> str:
        return in_html(self, *(f"  {line}" for line in in_words(self)))

    def _take(self, chosen: Mapping[str, Any]) -> Self:
        """Choose genes and coefficients along with what depends on which are there."""
        chosen = dict(chosen)
        result = self._take_coefs(chosen) if "coefs" in chosen else super()._take(chosen)
        if "genes" in chosen and isinstance(result.get("EList"), Components):
            result._components["EList"] = result["EList"].subset(chosen["genes"])
        return result

    def _take_coefs(self, chosen: dict[str, Any]) -> Self:
        """Choose coefficients, with their covariance, contrasts and F-tests."""
        place = np.arange(self.shape[1])[chosen["coefs"]]
        if "cov_coefficients" in self:
            order = {int(coef): at for at, coef in enumerate(self.estimable)}
            if not set(place) <= set(order):
                raise DesignError("Coefficients that are not estimable cannot be chosen.")
            chosen["estimable"] = np.array([order[int(coef)] for coef in place], dtype=np.intp)
        result = super()._take(chosen)
        if "contrasts" not in result:
            labels = self.names("coefs")
            if labels is not None and "design_columns" not in result._names:
                result._names["design_columns"] = labels
            result._components["contrasts"] = np.eye(self.shape[1])[:, place]
        if "F" in result:
            add_f_tests(result)
        return result

    def f_statistics(self) -> tuple[FloatArray, int]:
        """F-statistics of all coefficients together, by each gene's own covariance.

        Returns
        -------
        array of shape (genes,), int
            The statistics and their degrees of freedom.
        """
        if "cov_by_gene" in self:
            contrasts = self["contrasts"] if "contrasts" in self else np.eye(self.shape[1])
            own = self["coefficients"], self["cov_by_gene"], self["s2_post"][:, None]
            found = map_genes(_f_by_own_covariance, own, contrasts)
        else:
            found = map_genes(f_statistic, (self["t"],), shared_whitening(self))
        return np.concatenate([f for f, _ in found]), found[0][1]

    def f_p_values(self) -> FloatArray:
        """P-values of the F-tests of all coefficients together.

        Returns
        -------
        array of shape (genes,)
        """
        return self._f_tests()[1]

    def _f_tests(self) -> tuple[FloatArray, FloatArray]:
        """F-statistics of all coefficients together, and their p-values."""
        f, df1 = self.f_statistics()
        return f, f_sf(f, df1, self["df_residual"] + self["df_prior"])

    def standard_errors(self) -> FloatArray:
        """Moderated standard errors of the coefficients.

        Returns
        -------
        array of shape (genes, coefs)
        """
        return np.asarray(self["stdev_unscaled"] * np.sqrt(self["s2_post"])[:, None])

    def degrees_of_freedom(self) -> FloatArray:
        """Degrees of freedom of the moderated t-statistics.

        Returns
        -------
        array of shape (genes, coefs)
        """
        return np.broadcast_to(self["df_total"][:, None], self.shape)

    def fitted(self) -> Any:
        """Fitted values of the linear models.

        Returns
        -------
        array or DataFrame of shape (genes, samples)
            Labelled where genes or samples have names; NaN where a coefficient is missing.

        Raises
        ------
        StageError
            After `contrasts_fit`, when the design no longer belongs to the coefficients.
        """
        if "contrasts" in self:
            raise StageError("Fitted values need the fit before `contrasts_fit`.")
        if "design" not in self:
            raise StageError("Fitted values need a fit with its `design`.")
        values = self["coefficients"] @ self["design"].T
        genes, samples = self.names("genes"), self.names("samples")
        if genes is None and samples is None:
            return values
        return pd.DataFrame(values, index=genes, columns=samples)

    def residuals(self, y: Any) -> Any:
        """Observed minus fitted values.

        Parameters
        ----------
        y : array, DataFrame or EList of shape (genes, samples)
            The data that were fitted.

        Returns
        -------
        array or DataFrame of shape (genes, samples)
            Labelled like the fitted values.

        Raises
        ------
        ShapeError
            If `y` has another shape.
        UnknownNameError
            If genes or samples of `y` have other names than those of the fit.
        """
        fitted = self.fitted()
        observed = numbers(y, "y")
        labels: list[pd.Index | None] = list(y.axes) if isinstance(y, pd.DataFrame) else []
        if isinstance(y, Components):
            labels = [y.row_names, y.col_names]
        for axis, (unit, index) in enumerate(zip(("genes", "samples"), labels, strict=False)):
            names, size = self.names(unit), fitted.shape[axis]
            order = matching_order(names_of(index), names, size, unit, "y")
            if order is not None:
                observed = np.take(observed, order, axis=axis)
        if observed.shape != fitted.shape:
            raise ShapeError(f"`y` has shape {observed.shape}; the fit has {fitted.shape}.")
        return observed - fitted


def add_f_tests(fit: MArrayLM) -> None:
    """Add F-tests of all coefficients that are there."""
    fit._components["F"], fit._components["F_p_value"] = fit._f_tests()


def _f_by_own_covariance(
    estimates: FloatArray, covariance: FloatArray, variance: FloatArray, contrasts: FloatArray
) -> tuple[FloatArray, int]:
    return gene_f_statistic(estimates, covariance, contrasts, variance[:, 0])
