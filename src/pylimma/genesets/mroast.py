"""Self-contained tests of many sets by random rotations: mroast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pylimma.arguments import flag
from pylimma.containers.fit import MArrayLM
from pylimma.errors import check_choice
from pylimma.genesets.identifiers import Matching
from pylimma.genesets.positions import SetIndex
from pylimma.genesets.rotation_tests import QUESTION, Rotations, Tests, rotation_tests
from pylimma.genesets.tables import (
    contributing_genes,
    directions,
    joined_tables,
    parse_sort,
    set_table,
)
from pylimma.numerics.p_values import adjust_p_values
from pylimma.typing import AdjustMethod, DesignLike, ExpressionLike, FloatArray, RandomLike

_METHODS = ("none", "BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel")


def mroast(  # noqa: PLR0913 - R's and what its dots take
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
    adjust_method: AdjustMethod = "BH",
    midp: bool = True,
    sort: str | bool = "directional",
    *,
    array_weights: Any = None,
    weights: Any = None,
    block: Any = None,
    correlation: float | None = None,
    trend_var: bool = False,
    trend: bool = False,
    robust: bool = False,
    winsor_tail_p: Any = (0.05, 0.1),
    match: Matching = "exact",
    min_size: int | None = None,
    max_size: int | None = None,
    contributing: bool = False,
    samples: Any = None,
    reference: Any = None,
    layer: str | None = None,
    rng: RandomLike = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    r"""Self-contained test of many sets by random rotations: whether their genes change at all.

    Parameters
    ----------
    y : array, DataFrame, sparse matrix, AnnData, EList, MAList or MArrayLM
        Log2 expression, genes × samples (AnnData: samples × genes), without missing values; or
        a fit that keeps its data.
    index : dict of sets, path, table or one set
        Sets as names, positions or masks of genes, in any form that `ids2indices` takes; a table
        of genes and weights is one set with weights of its own. All genes when not given.
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
        How z-scores of a set are summarised: by their mean; by means of those above zero, which
        is for sets that hold few active genes; by the mean of the upper half; by mean squares.
    gene_weights : array of shape (genes,), optional
        Weights of genes within sets, negative for genes that are expected to go the other way.
    var_prior, df_prior : float or array of shape (genes,), optional
        Prior variance and its degrees of freedom; estimated unless both are given.
    nrot : int
        Number of rotations; no p-value is smaller than 1/(2 nrot + 1).
    approx_zscore : bool
        Whether z-scores are by a closed formula, which is faster.
    legacy : bool
        Whether that formula is the one of limma before 3.36.
    adjust_method : {"BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel", "none"}
        How p-values are adjusted for the number of sets.
    midp : bool
        Whether half a rotation is subtracted from p-values before they are adjusted.
    sort : {"directional", "mixed", "none"} or bool
        P-value that sets are sorted by.
    array_weights : array of shape (samples,), optional
        Positive weights of samples.
    weights : array, optional
        Positive inverse variances of shape (genes, samples), (genes,) or (samples,); those
        stored with the data when not given.
    block : sequence of labels of shape (samples,), optional
        Samples with the same label are correlated.
    correlation : float, optional
        Correlation within blocks.
    trend_var, trend : bool
        Whether the prior variance follows average expression, by either name in R.
    robust : bool
        Whether the prior is protected from hypervariable genes.
    winsor_tail_p : (float, float) or float
        Proportions of variances pulled in at the lower and upper end, for `robust`.
    match : {"exact", "ignore_case", "ignore_version"}
        How identifiers are compared; the last ignores a suffix such as ``.12``.
    min_size, max_size : int, optional
        Sets with fewer or more genes in the data are not tested, and are counted in a note.
    contributing : bool
        Whether to list, in a column of this name, the genes of each set that go its way with a
        z-score beyond :math:`\sqrt 2`, the strongest first.
    samples : DataFrame, optional
        Table of samples for a formula; the one stored with the data when not given.
    reference : mapping of str to level, optional
        Reference levels of the factors of a formula, as ``{"group": "control"}``.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.
    rng : Generator, int or None
        Source of randomness, or a seed for it.
    n_jobs : int, optional
        Threads; all processors when not given. Results do not depend on it.

    Returns
    -------
    DataFrame
        A row for each set, with `n_genes` (found among the genes), the proportions `prop_down`
        and `prop_up` of genes with z-scores beyond :math:`\sqrt 2`, `direction`, `p_value`,
        `fdr`, `p_value_mixed`, `fdr_mixed`, `n_given` and log10 of both p-values; for several
        contrasts, which share their rotations, below one another, named in a first column
        `contrast`. What is not known of a set without genes is NaN. ``table.attrs["meaning"]``
        says what was asked.

    Raises
    ------
    InputError
        If values are missing, weights not positive, a choice is unknown, or no gene of the sets
        is in the data.
    DesignError
        If the design is not of full rank, or leaves no residual degrees of freedom.
    StageError
        If a fit is given that does not keep its data.

    See Also
    --------
    roast : One set in more detail.
    fry : The same in closed form, for any number of sets.

    Notes
    -----
    Rotations of the residual space leave the correlation between genes as it is, so that p-values
    are exact, up to their number, under normality [1]_. Memory does not grow with `nrot`.

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
    >>> table = pylimma.mroast(y, {"first": range(10), "last": range(80, 100)}, design, rng=1)
    >>> list(table.index), table.direction.iloc[0]
    (['first', 'last'], 'Up')
    """
    order, listed, half = parse_sort(sort), flag(contributing, "contributing"), flag(midp, "midp")
    check_choice(adjust_method, _METHODS, "adjust_method")
    rotations = Rotations.parse(
        set_statistic, var_prior, df_prior, nrot, approx_zscore, legacy, rng
    )
    options = {
        "weights": weights,
        "array_weights": array_weights,
        "block": block,
        "correlation": correlation,
        "samples": samples,
        "reference": reference,
        "layer": layer,
        "n_jobs": n_jobs,
        "trend_var": trend_var,
        "trend": trend,
        "robust": robust,
        "winsor_tail_p": winsor_tail_p,
        "match": match,
        "min_size": min_size,
        "max_size": max_size,
    }
    found, sets, tested = rotation_tests(
        y, index, design, contrast, geneid, gene_weights, rotations, options
    )
    tables = []
    for tests in tested:
        table = _table(sets, tests, adjust_method, 0.5 / (rotations.n + 1) if half else 0.0)
        if listed:
            way = tests.up >= tests.down
            table["contributing"] = contributing_genes(sets, tests.z, way, found.gene_names)
        tables.append(table if order == "none" else _sorted(table, order))
    return joined_tables(tables, found.labels, QUESTION)


def _table(sets: SetIndex, tests: Tests, method: AdjustMethod, shift: float) -> pd.DataFrame:
    """Table of one contrast in the order of the sets; `shift` is half a rotation."""

    def adjusted(p: FloatArray) -> FloatArray:
        return np.maximum(adjust_p_values(np.maximum(p - shift, 0.0), method), p)

    columns = {
        "prop_down": tests.prop_down,
        "prop_up": tests.prop_up,
        "direction": directions(~(tests.up < tests.down)),
        "p_value": tests.either,
        "fdr": adjusted(tests.either),
        "p_value_mixed": tests.mixed,
        "fdr_mixed": adjusted(tests.mixed),
    }
    further = {
        "log10_p_value": np.log10(tests.either),
        "log10_p_value_mixed": np.log10(tests.mixed),
    }
    return set_table(sets, columns, None, further)


def _sorted(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Rows by a p-value, then larger proportions, larger sets and the other p-value."""
    down, up = table["prop_down"], table["prop_up"]
    share = np.maximum(down, up) if by == "directional" else down + up
    first, last = ("p_value", "p_value_mixed")[:: 1 if by == "directional" else -1]
    return table.iloc[np.lexsort((table[last], -table["n_genes"], -share, table[first]))]
