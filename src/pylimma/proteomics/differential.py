"""Differential expression of proteins by their levels and standard errors."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np

from pylimma.adapters.anndata import is_anndata
from pylimma.arguments import check_keywords
from pylimma.containers.expression import EList
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, InputTypeError
from pylimma.typing import DesignLike
from pylimma.weights.vooma_imputed import vooma_lm_fit_with_imputation

_LEAST_ERROR = 1e-6  # added to standard errors before their logarithm is taken


def dpc_de(
    y: EList, design: DesignLike | None = None, plot: bool = False, **options: Any
) -> MArrayLM:
    r"""Linear models of proteins whose levels have standard errors.

    Parameters
    ----------
    y : EList
        From `dpc_quant` or `dpc_quant_by_row`.
    design : array or DataFrame of shape (samples, coefs), or formula, optional
        Design matrix; the one stored with the data, or a common mean, when not given.
    plot : bool
        Whether to draw the variance trend.
    **options : object
        Passed to `vooma_lm_fit_with_imputation`, such as `samples`, `block` and `sample_weights`.

    Returns
    -------
    MArrayLM
        For `contrasts_fit`, `e_bayes` and `top_table`.

    Raises
    ------
    InputTypeError
        If `y` has no standard errors.
    InputError
        If `imputed` or `predictor` are given, which come from `y` here.

    See Also
    --------
    dpc_quant : Levels with standard errors.
    vooma_lm_fit_with_imputation : The fit.

    Notes
    -----
    Standard errors enter as a second covariate of the variance trend, by their logarithm [1]_;
    levels without any detected precursor in a sample count as imputed.

    References
    ----------
    .. [1] Li M, Cobbold SA, Smyth GK (2025). bioRxiv 2025.04.28.651125.
       https://doi.org/10.1101/2025.04.28.651125

    Examples
    --------
    >>> import pylimma
    >>> data = pylimma.sim_protein_data_set(n_peptides=400, rng=1)
    >>> proteins = pylimma.dpc_quant(data, "Protein", dpc=data.dpc)
    >>> fit = pylimma.e_bayes(pylimma.dpc_de(proteins, "~ group"))
    >>> fit.shape
    (100, 2)
    """
    other = y.get("other", {}) if isinstance(y, EList) else {}
    if not {"standard_error", "n_observations"} <= set(other):
        layers = " (levels of an AnnData: pass the EList that it was made of)" * is_anndata(y)
        raise InputTypeError(
            f"`dpc_de` needs levels with standard errors, as `dpc_quant` returns them{layers}."
        )
    for name in ("imputed", "predictor"):
        if name in options:
            raise InputError(f"`dpc_de` takes no `{name}`: it comes from the levels.")
    check_keywords(options, signature(vooma_lm_fit_with_imputation).parameters, "dpc_de")
    predictor = np.log(np.asarray(other["standard_error"]) + _LEAST_ERROR)
    imputed = np.asarray(other["n_observations"]) == 0
    return vooma_lm_fit_with_imputation(
        y, design, imputed=imputed, predictor=predictor, plot=plot, **options
    )
