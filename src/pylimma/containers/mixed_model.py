"""The fits of all genes with random effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError
from pylimma.numerics.distributions.tails import f_sf
from pylimma.numerics.regression.gene_covariance import gene_f_statistic, unpacked
from pylimma.numerics.regression.random_effects.contrasts import (
    VarianceComponents,
    contrast_gradients,
    joint_test,
    satterthwaite,
)
from pylimma.typing import FloatArray

_GENES_COEFS = ("genes", "coefs")


class MixedModelFit(MArrayLM):
    """Linear models of all genes with random intercepts, from `lm_fit` on.

    Everything that takes a fit takes it. Beside what `MArrayLM` has:

    Attributes
    ----------
    variance_components : array of shape (genes, components)
        Variances of the random effects and, last, of the residuals for a weight of one; NaN
        where the gene's samples cannot tell a component.
    df_test : array of shape (genes, coefs)
        Degrees of freedom of each coefficient before moderation.
    singular : array of shape (genes,)
        1 where a component is estimated as zero.
    identified : array of shape (genes,)
        1 where the gene's samples can tell all components.
    df_total : array of shape (genes, coefs)
        Degrees of freedom of the moderated t-statistics.
    std_error : array of shape (genes, coefs)
        Moderated standard errors.
    component_gradients, component_covariance : array of shape (genes, k)
        What tests of contrasts need: derivatives of the coefficients' covariance by component, and
        the covariance of the components, as lower triangles.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **MArrayLM.AXES,
        "df_total": _GENES_COEFS,
        "df_test": _GENES_COEFS,
        "std_error": _GENES_COEFS,
        "variance_components": ("genes", "components"),
        "singular": ("genes",),
        "identified": ("genes",),
        "component_gradients": ("genes", "gradient_entries"),
        "component_covariance": ("genes", "covariance_entries"),
        "ddf": (),
        "compat": (),
    }

    variance_components: FloatArray
    df_test: FloatArray
    singular: FloatArray
    identified: FloatArray

    def components(self) -> VarianceComponents:
        """Variance components with their covariance and gradients, for numerics."""
        variances, s2 = np.nan_to_num(self["variance_components"]), self["sigma"][:, None] ** 2
        relative = np.divide(variances, s2, out=np.zeros_like(variances), where=s2 > 0)
        relative[:, -1] = 1.0
        n_components = relative.shape[1]
        gradients = self["component_gradients"].reshape(len(relative), n_components, -1)
        return VarianceComponents(relative, unpacked(self["component_covariance"]), gradients)

    def coefficient_gradients(self) -> FloatArray:
        """Derivatives of the coefficients' variances, of shape (genes, coefs, components)."""
        return contrast_gradients(self.components().gradients, self._directions())

    def test_df(self) -> FloatArray:
        """Satterthwaite's degrees of freedom of the coefficients, before moderation.

        Returns
        -------
        array of shape (genes, coefs)
        """
        return satterthwaite(self.coefficient_gradients(), self.components())[1]

    def f_statistics(self) -> tuple[FloatArray, int]:
        """F-statistics of all coefficients together, and their numerator degrees of freedom.

        Returns
        -------
        array of shape (genes,), int
        """
        f, df1, _ = self._joint()
        return f, df1

    def f_p_values(self) -> FloatArray:
        """P-values of the F-tests, with denominators by Satterthwaite's rule for several contrasts.

        Returns
        -------
        array of shape (genes,)
        """
        return self._f_tests()[1]

    def _f_tests(self) -> tuple[FloatArray, FloatArray]:
        """F-statistics of all coefficients together, and their p-values."""
        f, df1, df2 = self._joint()
        return f, f_sf(f, df1, df2)

    def standard_errors(self) -> FloatArray:
        """Moderated standard errors of the coefficients.

        Returns
        -------
        array of shape (genes, coefs)
        """
        return np.asarray(self["std_error"])

    def degrees_of_freedom(self) -> FloatArray:
        """Degrees of freedom of the moderated t-statistics.

        Returns
        -------
        array of shape (genes, coefs)
        """
        return np.asarray(self["df_total"])

    def variance_fractions(self) -> pd.DataFrame:
        """Share of each variance component in their sum.

        Returns
        -------
        DataFrame of shape (genes, components)
            Rows add up to 1; a component that cannot be told counts as none.
        """
        variances: pd.DataFrame = self.frame("variance_components")
        return variances.div(variances.sum(axis=1).replace(0.0, np.nan), axis=0)

    def _joint(self) -> tuple[FloatArray, int, FloatArray]:
        """F-statistics with their degrees of freedom."""
        s2, contrasts = self["sigma"] ** 2, self._directions()
        if self.get("compat") == "dream":
            f, df1 = gene_f_statistic(
                self["coefficients"], self["cov_by_gene"], contrasts, self["s2_post"]
            )
            return f, df1, self["df_total"][:, self._tested()].mean(axis=1)
        parts = self.components().with_prior(s2, self["s2_prior"], self["df_prior"])
        f, df1, df2 = joint_test(parts, self["cov_by_gene"], self["coefficients"], contrasts)
        return f / s2, df1, np.minimum(df2, np.nansum(self["df_residual"]))

    def _tested(self) -> Any:
        """Coefficients other than an intercept, whose degrees of freedom dream averages."""
        names = self.col_names
        other = np.ones(self.shape[1], dtype=bool)
        if names is not None:
            other = ~names.isin(["(Intercept)", "Intercept"])
        return other if other.any() else slice(None)

    def _directions(self) -> FloatArray:
        """The coefficients as contrasts of those of the design."""
        return self["contrasts"] if "contrasts" in self else np.eye(self.shape[1])


def check_fixed(fit: MArrayLM, function: str, instead: str = "") -> None:
    """Raise if a fit has random effects, and so no covariance that genes share."""
    if isinstance(fit, MixedModelFit):
        raise InputError(
            f"`{function}` takes no fit with random effects, whose genes have covariances and "
            f"degrees of freedom of their own{f'; {instead}' if instead else ''}."
        )
