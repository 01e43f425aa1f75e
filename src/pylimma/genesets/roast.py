"""Self-contained test of one set by random rotations: roast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import pandas as pd

from pylimma.containers.fit import MArrayLM
from pylimma.errors import check_choice
from pylimma.genesets.mroast import mroast
from pylimma.genesets.rotation_tests import QUESTION, Rotations, rotation_tests, several_sets
from pylimma.record import Record
from pylimma.typing import DesignLike, ExpressionLike, RandomLike


@dataclass(frozen=True, slots=True, eq=False)
class Roast(Record):
    """Rotation test of one set.

    Attributes
    ----------
    p_value : DataFrame
        Proportions of active genes and p-values, in rows Down, Up, UpOrDown and Mixed; below one
        another, with a column `contrast`, for several contrasts.
    ngenes_in_set : int
        Number of genes of the set.
    """

    p_value: pd.DataFrame
    ngenes_in_set: int


def roast(
    y: ExpressionLike | MArrayLM,
    index: Any = None,
    design: DesignLike | None = None,
    contrast: Any = None,
    geneid: Any = None,
    set_statistic: str = "mean",
    gene_weights: Any = None,
    var_prior: Any = None,
    df_prior: Any = None,
    nrot: int = 1999,
    approx_zscore: bool = True,
    legacy: bool = False,
    *,
    rng: RandomLike = None,
    **options: Any,
) -> Roast | pd.DataFrame:
    """Self-contained test of one set by random rotations: whether its genes change at all.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, AnnData, EList, MAList or MArrayLM
        Log2 expression, genes × samples (AnnData: samples × genes), without missing values; or
        a fit that keeps its data.
    index : array of int, bool or str
        The set: positions, a mask, or names of genes; all genes when not given. Several sets are
        handed to `mroast`.
    design : array or DataFrame of shape (samples, coefs), or formula
        Design matrix of full rank, matched to the samples by name where both have names; the
        one stored with the data, or a common mean, when not given.
    contrast : int, str, array, DataFrame or several
        Coefficient by position or name, or contrasts in any form that `contrasts_fit` takes; the
        last coefficient when not given, or all contrasts of a fit of contrasts.
    geneid : str or array of shape (genes,), optional
        Identifiers that sets refer to, or the column of the annotation that holds them; names of
        genes when not given.
    set_statistic : {"mean", "floormean", "mean50", "msq"}
        How z-scores are summarised, as in `mroast`.
    gene_weights : array of shape (genes,) or of the size of the set, optional
        Weights of genes, negative for genes that are expected to go the other way.
    var_prior, df_prior : float or array of shape (genes,), optional
        Prior variance and its degrees of freedom; estimated unless both are given.
    nrot : int
        Number of rotations; no p-value is smaller than 1/(2 nrot + 1).
    approx_zscore : bool
        Whether z-scores are by a closed formula, which is faster.
    legacy : bool
        Whether that formula is the one of limma before 3.36.
    rng : Generator, int or None
        Source of randomness, or a seed for it.
    **options : object
        Weights, blocks, prior, formula, matching of names and threads, as in `mroast`.

    Returns
    -------
    Roast
        Components `p_value`, a table, and `ngenes_in_set`; of several sets the table of `mroast`.

    Raises
    ------
    InputError
        If values are missing, weights not positive, a choice is unknown, or no gene of the set
        is in the data.
    DesignError
        If the design is not of full rank, or leaves no residual degrees of freedom.
    StageError
        If a fit is given that does not keep its data.

    See Also
    --------
    mroast : Many sets, and what is done.

    References
    ----------
    .. [1] Wu D et al. (2010). Bioinformatics 26:2176-2182.
       https://doi.org/10.1093/bioinformatics/btq401

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.random.default_rng(1).normal(size=(100, 6))
    >>> y[:10, 3:] += 1
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> test = pylimma.roast(y, range(10), design, nrot=9999, rng=1)
    >>> bool(test.p_value.p_value["Up"] < 0.1)
    True
    """
    _check_options(options)
    arguments = (geneid, set_statistic, gene_weights, var_prior, df_prior, nrot, approx_zscore)
    if several_sets(index):
        return mroast(y, index, design, contrast, *arguments, legacy, rng=rng, **options)
    rotations = Rotations.parse(*arguments[1:2], *arguments[3:], legacy, rng)
    found, sets, tested = rotation_tests(
        y,
        {"set1": index} if index is not None else None,
        design,
        contrast,
        geneid,
        gene_weights,
        rotations,
        options,
    )
    parts = []
    for tests, label in zip(tested, found.labels, strict=True):
        down, up = float(tests.prop_down[0]), float(tests.prop_up[0])
        part = pd.DataFrame(
            {
                "active_prop": [down, up, max(down, up), down + up],
                "p_value": [float(p[0]) for p in (tests.down, tests.up, tests.either, tests.mixed)],
            },
            index=["Down", "Up", "UpOrDown", "Mixed"],
        )
        if len(tested) > 1:
            part.insert(0, "contrast", label)
        parts.append(part)
    table = pd.concat(parts)
    table.attrs["meaning"] = QUESTION
    return Roast(table, int(sets.n_genes[0]))


def _check_options(options: Mapping[str, Any]) -> None:
    known = {name for name, p in signature(mroast).parameters.items() if p.kind is p.KEYWORD_ONLY}
    for name in options:
        check_choice(name, sorted(known - {"rng", "contributing"}), "option of `roast`")
