"""Fits in an AnnData: tables of results beside the genes, and the fit to be read back."""

from __future__ import annotations

from typing import Any

import numpy as np

from pylimma.adapters.anndata import writable
from pylimma.adapters.stored import file_key, store, stored
from pylimma.containers.coefficients import coefficient_labels
from pylimma.containers.fit import MArrayLM
from pylimma.containers.mixed_model import MixedModelFit
from pylimma.design.description import DesignDescription
from pylimma.results.exports import coefficient_results, contrast_positions
from pylimma.results.tables import check_fit


def fit_to_anndata(fit: MArrayLM, adata: Any, *, key_added: str = "limma") -> None:
    """Store a fit and its tables of results in an AnnData.

    Parameters
    ----------
    fit : MArrayLM
        From `lm_fit`, `contrasts_fit`, `e_bayes` or `treat`.
    adata : AnnData
        Samples × genes, with the genes of the fit; changed in place.
    key_added : str
        The key. ``varm["limma:treated - control"]`` is the table of a contrast, a row for each
        gene; ``varm["limma_fit"]`` and ``uns["limma"]`` hold the fit. A slash in the name of a
        contrast becomes ``|``, because files take it for a folder.

    Returns
    -------
    None
        `adata` is changed.

    Raises
    ------
    InputTypeError
        If `fit` is not a fit or `adata` not an AnnData.
    InputError
        If genes of the fit are not in `adata`.

    Warns
    -----
    InputWarning
        If `adata` has genes that were not fitted.

    See Also
    --------
    fit_from_anndata : Read it back.

    Notes
    -----
    What is stored per gene is in `varm`, so that it follows when genes are selected; every type
    survives h5ad and zarr files.

    Examples
    --------
    >>> import anndata, numpy as np, pandas as pd
    >>> import pylimma as pl
    >>> x = np.random.default_rng(1).normal(size=(6, 50))
    >>> obs = pd.DataFrame({"group": list("aaabbb")}, index=list("uvwxyz"))
    >>> adata = anndata.AnnData(x, obs=obs)
    >>> fit = pl.e_bayes(pl.lm_fit(adata, "~ group"))
    >>> pl.fit_to_anndata(fit, adata)
    >>> sorted(adata.varm)
    ['limma:groupb', 'limma_fit']
    """
    check_fit(fit, "fit_to_anndata")
    store(fit, adata, key_added)
    if "t" not in fit:
        return
    kept = fit_from_anndata(adata, key=key_added)
    rows = adata.varm[file_key(f"{key_added}_fit")]["fitted"].to_numpy(dtype=bool)
    labels = coefficient_labels(fit)
    for coef in contrast_positions(fit, None):
        table = coefficient_results(kept, coef, "BH").set_axis(np.flatnonzero(rows), axis=0)
        table = table.reindex(range(adata.n_vars)).set_axis(adata.var_names, axis=0)
        with writable(adata):
            adata.varm[file_key(key_added, labels[coef])] = table


def fit_from_anndata(adata: Any, *, key: str = "limma") -> MArrayLM:
    """Read a fit that `fit_to_anndata` or `lm_fit` stored in an AnnData.

    Parameters
    ----------
    adata : AnnData
        Perhaps with fewer genes than were fitted, or read from a file.
    key : str
        The key under which it was stored.

    Returns
    -------
    MArrayLM
        With the genes that are in `adata` now. The moderation is that of all genes; only
        adjusted p-values are recomputed for the genes that are left.

    Raises
    ------
    UnknownNameError
        If there is no fit under this key.

    See Also
    --------
    fit_to_anndata : Stores it.

    Examples
    --------
    >>> import anndata, numpy as np, pandas as pd
    >>> import pylimma as pl
    >>> x = np.random.default_rng(1).normal(size=(6, 50))
    >>> obs = pd.DataFrame({"group": list("aaabbb")}, index=list("uvwxyz"))
    >>> adata = anndata.AnnData(x, obs=obs)
    >>> _ = pl.lm_fit(adata, "~ group", key_added="limma")
    >>> pl.fit_from_anndata(adata[:, :10]).shape
    (10, 2)
    """
    components, names = stored(adata, key)
    components["description"] = DesignDescription.read(components.get("description"))
    kind = MixedModelFit if "variance_components" in components else MArrayLM
    fit = kind({name: value for name, value in components.items() if name in kind.AXES})
    return fit.with_names(**names)
