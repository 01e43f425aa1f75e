"""Linear models of an AnnData with the interface of pertpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import pandas as pd

from pylimma.adapters.anndata import is_anndata
from pylimma.adapters.expression import Expression, parse_expression
from pylimma.arguments import flag, passed_on
from pylimma.containers.fit import MArrayLM
from pylimma.design.contrasts.balance import check_comparisons
from pylimma.design.intake import Design, parse_design
from pylimma.draw import draw
from pylimma.errors import DesignError, InputTypeError, StageError
from pylimma.fit.contrasts import contrasts_fit
from pylimma.fit.linear_model import lm_fit
from pylimma.models.inputs import (
    are_counts,
    column_of,
    group_design,
    group_list,
    mask_of,
    named,
    scaled_libraries,
)
from pylimma.moderation.e_bayes import e_bayes
from pylimma.moderation.treat import treat
from pylimma.results.exports import tidy
from pylimma.results.nested_f import nested_f_test
from pylimma.results.stored import fit_to_anndata
from pylimma.typing import AdjustMethod, DesignLike
from pylimma.weights.voom import voom


class Limma:
    """Linear models of all genes of an AnnData, with pertpy's interface.

    Parameters
    ----------
    adata : AnnData
        Samples × genes: counts, or log-expression, which may have missing values. Only changed
        where `key_added` asks for it.
    design : formula, or array or DataFrame of shape (samples, coefs)
        Variables of a formula are columns of ``adata.obs``.
    mask : str, optional
        Boolean column of ``adata.var``: the genes to analyse.
    layer : str, optional
        Layer with the values; `X` when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula.

    Attributes
    ----------
    adata : AnnData
        The data, without the genes that are masked.
    layer : str or None
        The layer with the values.
    result : MArrayLM or None
        Fit of the contrasts tested last.

    Raises
    ------
    InputTypeError
        If `adata` is not an AnnData.
    UnknownNameError
        If there is no such layer or mask.
    DesignError
        If the formula cannot be used.

    Examples
    --------
    >>> import anndata, numpy as np, pandas as pd, pylimma as pl
    >>> x = np.random.default_rng(1).normal(size=(6, 50))
    >>> obs = pd.DataFrame({"group": list("aaabbb")}, index=list("uvwxyz"))
    >>> model = pl.Limma(anndata.AnnData(x, obs=obs), "~ group").fit()
    >>> contrast = model.cond(group="b") - model.cond(group="a")
    >>> list(model.test_contrasts(contrast).columns)[:5]
    ['variable', 'log_fc', 'p_value', 'adj_p_value', 'contrast']
    """

    def __init__(
        self,
        adata: Any,
        design: DesignLike,
        *,
        mask: str | None = None,
        layer: str | None = None,
        reference: Mapping[str, object] | None = None,
    ) -> None:
        if not is_anndata(adata):
            raise InputTypeError(f"`adata` must be an AnnData; got {type(adata).__name__}.")
        self.adata = adata if mask is None else adata[:, mask_of(adata, mask)]
        self._given, self.layer = adata, layer
        self.result: MArrayLM | None = None
        self._data: Expression = parse_expression(self.adata, layer=layer, argument="adata")
        self._design: Design = parse_design(design, self._data, reference=reference)
        self._fit: MArrayLM | None = None
        self._moderation: dict[str, Any] = {}

    @property
    def design(self) -> pd.DataFrame:
        """Design matrix, with the names of samples and coefficients."""
        return self._design.frame(self._data.sample_names)

    @property
    def variables(self) -> list[str]:
        """Variables of the formula."""
        description = self._design.description
        return [] if description is None else list(description.columns)

    @property
    def is_fitted(self) -> bool:
        """Whether `fit` was called."""
        return self._fit is not None

    def __repr__(self) -> str:
        n_samples, n_genes = self.adata.shape
        start = f"Limma model of {n_genes:,} genes × {n_samples:,} samples"
        if self._fit is None:
            return f"{start}, not fitted; design: {', '.join(map(str, self._design.names))}"
        return f"{start}\n{self._fit.describe()}"

    def fit(
        self,
        *,
        counts: bool | None = None,
        normalization: str = "TMM",
        trend: bool = False,
        robust: bool = False,
        block: Any = None,
        correlation: float | None = None,
        weights: Any = None,
        key_added: str | None = None,
    ) -> Self:
        """Fit linear models to all genes.

        Parameters
        ----------
        counts : bool, optional
            Whether the values are counts, to be weighted by `voom`. Default: if they are whole
            numbers, none negative and some above 20.
        normalization : {"TMM", "TMMwsp", "RLE", "upperquartile", "none"}
            How the library sizes of counts are normalised, as in `norm_lib_sizes`.
        trend, robust : bool
            Options of `e_bayes`.
        block : str or sequence of shape (samples,), optional
            Samples with the same label are correlated: labels, or a column of ``adata.obs``.
        correlation : float, optional
            Correlation within blocks, from `duplicate_correlation`.
        weights : array, optional
            Weights for `lm_fit`.
        key_added : str, optional
            Key under which the fit is stored in the AnnData.

        Returns
        -------
        Limma
            The model itself.

        Raises
        ------
        InputError
            If a block is given without its correlation.
        """
        if isinstance(block, str):
            block = column_of(self.adata, block)
        blocks = {"block": block, "correlation": correlation}
        data, layer = self.adata, self.layer
        design: Any = self._design  # parsed once
        if are_counts(self._data) if counts is None else flag(counts, "counts"):
            size = scaled_libraries(data, layer, normalization)
            data, layer = voom(data, design, lib_size=size, layer=layer, **blocks), None
        fit = lm_fit(data, design, layer=layer, weights=weights, **blocks)
        self._moderation = {"trend": trend, "robust": robust}
        self._fit = e_bayes(fit, **self._moderation)
        if key_added is not None:
            fit_to_anndata(self._fit, self._given, key_added=key_added)
        return self

    def cond(self, **levels: object) -> pd.Series:
        """Weights of the coefficients in the mean of a condition.

        Parameters
        ----------
        **levels : object
            A level for each factor and a number for each covariate. Default: the reference level
            and 0.

        Returns
        -------
        Series of shape (coefs,)
            Differences of two are contrasts.

        Raises
        ------
        DesignError
            If there is no such variable or level, or the design was not a formula.
        """
        return self._description().cond(**levels)

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

        Raises
        ------
        DesignError
            If there is no such variable or level, or the design was not a formula.
        """
        return self._description().contrast(column, baseline, group_to_compare)

    def test_contrasts(
        self,
        contrasts: Any,
        *,
        adjust_method: AdjustMethod = "BH",
        lfc: float | None = None,
        key_added: str | None = None,
    ) -> pd.DataFrame:
        """Test one or several contrasts; returns a long table.

        Parameters
        ----------
        contrasts : Series, array, str, (factor, level, level), or list or dict of these
            As for `contrasts_fit`; a dict names them.
        adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel", "none"}
            How the p-values of each contrast are adjusted.
        lfc : float, optional
            Threshold of the log2 fold changes, tested against by `treat`.
        key_added : str, optional
            Key under which tables and fit of the contrasts are stored in the AnnData.

        Returns
        -------
        DataFrame
            `variable`, `log_fc`, `p_value`, `adj_p_value`, `contrast` and more, as `tidy`.

        Raises
        ------
        StageError
            If the model is not fitted.
        DesignError
            If a contrast is zero, needs a coefficient that cannot be estimated, or is of means
            with weights that do not add up to zero.
        """
        fit = self._fitted("test_contrasts")
        contrasted = contrasts_fit(fit, check_comparisons(named(contrasts, self._design), fit))
        self.result = (
            e_bayes(contrasted, **self._moderation)
            if lfc is None
            else treat(contrasted, lfc=lfc, **self._moderation)
        )
        if key_added is not None:
            fit_to_anndata(self.result, self._given, key_added=key_added)
        every = list(range(self.result.shape[1]))
        return tidy(self.result, every, adjust_method=adjust_method)

    def test_reduced(self, reduced: Any, **options: Any) -> pd.DataFrame:
        """Test the model against a smaller one by F-tests.

        Parameters
        ----------
        reduced : formula, array, DataFrame, or Limma
            The smaller model.
        **options : object
            Passed to `top_table`.

        Returns
        -------
        DataFrame
            As `nested_f_test`.

        Raises
        ------
        StageError
            If the model is not fitted.
        DesignError
            If the smaller model is not part of this one, or equals it.
        """
        smaller = reduced.design if isinstance(reduced, Limma) else reduced
        return nested_f_test(
            self._fitted("test_reduced"), smaller, samples=self._data.samples, **options
        )

    @classmethod
    def compare_groups(
        cls,
        adata: Any,
        column: str,
        baseline: object,
        groups_to_compare: Any,
        *,
        paired_by: str | None = None,
        mask: str | None = None,
        layer: str | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
        test_kwargs: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Compare one or several groups with a baseline; returns a long table.

        Parameters
        ----------
        adata : AnnData
            Samples × genes.
        column : str
            Column of ``adata.obs`` with the groups.
        baseline : str, number or bool
            The group to compare with, as it stands in the column.
        groups_to_compare : str, number or bool, or sequence of these
            The other groups.
        paired_by : str, optional
            Column of ``adata.obs`` with the pairs or blocks of samples, such as the donor.
        mask : str, optional
            Boolean column of ``adata.var``: the genes to analyse.
        layer : str, optional
            Layer with the values.
        fit_kwargs, test_kwargs : mapping, optional
            Options of `fit` and `test_contrasts`.

        Returns
        -------
        DataFrame
            As `test_contrasts`, with the groups as contrasts.

        Raises
        ------
        UnknownNameError
            If `adata` has no such column.
        DesignError
            If there is no such group.
        """
        groups = group_list(groups_to_compare)
        design = group_design(adata, column, baseline, paired_by)
        model = cls(adata, design, mask=mask, layer=layer)
        model.fit(**passed_on(fit_kwargs, cls.fit, "fit_kwargs"))
        contrasts = {str(group): model.contrast(column, baseline, group) for group in groups}
        options = passed_on(test_kwargs, cls.test_contrasts, "test_kwargs")
        return model.test_contrasts(contrasts, **options)

    def _fitted(self, function: str) -> MArrayLM:
        if self._fit is None:
            raise StageError(f"`{function}` needs a fitted model: call `fit()` first.")
        return self._fit

    def _description(self) -> Any:
        description = self._design.description
        if description is None or not description.columns:
            raise DesignError("Conditions need a model with a formula, such as '~ group'.")
        return description

    def plot_volcano(self, contrast: Any = 0, **options: Any) -> Any:
        """Draw a volcano plot of a contrast tested last.

        Parameters
        ----------
        contrast : int or str
            Its position or name.
        **options : object
            Passed to `volcanoplot`.

        Returns
        -------
        Axes
        """
        return draw("volcano", options, fit=self._tested("plot_volcano"), coef=contrast)

    def plot_ma(self, contrast: Any = 0, **options: Any) -> Any:
        """Draw log fold changes over average expression for a contrast tested last.

        Parameters
        ----------
        contrast : int or str
            Its position or name.
        **options : object
            Passed to `plot_md`.

        Returns
        -------
        Axes
        """
        return draw("mean_difference", options, object=self._tested("plot_ma"), column=contrast)

    def _tested(self, function: str) -> MArrayLM:
        if self.result is None:
            raise StageError(f"`{function}` shows a contrast: call `test_contrasts` first.")
        return self.result
