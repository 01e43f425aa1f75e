"""Where values are missing: by sample, by group, and features that one group alone shows.

A feature that was measured in one group and never in another has no log fold change, and is often
the clearest of all differences. It is listed here rather than imputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.expression import Expression, parse_expression
from pylimma.adapters.labels import column_of_samples, sample_labels
from pylimma.arguments import sequence, whole
from pylimma.errors import DesignError, InputError, UnknownNameError, nearest, quoted
from pylimma.record import Record
from pylimma.typing import AnyArray, ExpressionLike, FloatArray

_ALL = "all"  # what samples without groups are called


@dataclass(frozen=True, slots=True, eq=False)
class MissingValues(Record):
    """How many values are observed and missing.

    Attributes
    ----------
    samples : DataFrame of samples
        `group`, `n_observed`, `n_missing`, `share_missing` and `mean` of the observed values.
    groups : DataFrame of groups
        `n_samples`, `share_missing`, and numbers of features seen in all samples of the group
        (`complete`), in some (`partial`) and in none (`absent`).
    features : DataFrame of shape (features, groups)
        Number of samples of each group in which each feature was observed.
    patterns : DataFrame of patterns
        In which groups features were seen, and how many features: a row for each pattern, from the
        most frequent one.
    """

    samples: pd.DataFrame
    groups: pd.DataFrame
    features: pd.DataFrame
    patterns: pd.DataFrame


def missing_values(
    object: ExpressionLike, group: Any = None, *, layer: str | None = None
) -> MissingValues:
    """Account of the missing values of log-expression, by sample, group, feature and pattern.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    group : sequence of labels of shape (samples,), or str, optional
        Group of each sample, or the column of the samples' table with it; one group when not given.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    MissingValues

    Raises
    ------
    InputError
        If all values are missing.
    ShapeError
        If `group` has another number of values.

    See Also
    --------
    plot_missing_values : The same as a picture.
    on_off_table : Features that one group alone shows.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.array([[8.0, 8.1, np.nan, np.nan], [9.0, 9.1, 9.2, 9.3]])
    >>> account = pylimma.missing_values(y, group=["a", "a", "b", "b"])
    >>> account.groups["absent"].to_list()
    [0, 1]
    """
    data = parse_expression(object, layer=layer)
    labels = _labels(group, data)
    levels = _levels(group, labels)
    seen = np.isfinite(data.matrix)
    n_features, n_samples = seen.shape
    names = pd.RangeIndex(n_samples) if data.sample_names is None else data.sample_names
    number = seen.sum(axis=0)
    total = np.where(seen, data.matrix, 0).sum(axis=0)
    samples = pd.DataFrame(
        {
            "group": labels,
            "n_observed": number,
            "n_missing": n_features - number,
            "share_missing": 1 - number / n_features,
            "mean": np.divide(total, number, out=np.full(n_samples, np.nan), where=number > 0),
        },
        index=names,
    )
    features = pd.DataFrame(_numbers_seen(seen, labels, levels), _feature_names(data), levels)
    sizes = np.array([int((labels == level).sum()) for level in levels])
    whole_group, absent = (features == sizes).sum(), (features == 0).sum()
    groups = pd.DataFrame(
        {
            "n_samples": sizes,
            "share_missing": 1 - features.sum().to_numpy() / (sizes * n_features),
            "complete": whole_group.to_numpy(),
            "partial": n_features - (whole_group + absent).to_numpy(),
            "absent": absent.to_numpy(),
        },
        index=pd.Index(levels),
    )
    patterns = (features > 0).value_counts().rename("n_features").reset_index()
    return MissingValues(samples, groups, features, patterns)


def on_off_table(
    object: ExpressionLike,
    group: Any,
    comparison: Sequence[str] | None = None,
    *,
    least: int = 2,
    layer: str | None = None,
) -> pd.DataFrame:
    r"""Table of the features that were observed in one group and never in another.

    Parameters
    ----------
    object : array, DataFrame, AnnData, EList or MAList
        Log2 expression, genes × samples (AnnData: samples × genes). NaN is missing.
    group : sequence of labels of shape (samples,), or str
        Group of each sample, or the column of the samples' table with it.
    comparison : two groups, optional
        The groups that are compared; all pairs when not given.
    least : int
        Smallest number of samples in which the one group shows a feature.
    layer : str, optional
        Layer of an AnnData; its `X` when not given.

    Returns
    -------
    DataFrame
        A row for each feature and pair of groups: annotation, `seen_in` and `not_seen_in`, the
        number of samples ``n_`` of each group that show it, and `ave_expr` where it was seen; those
        seen in the largest share of samples first, then the most abundant.

    Raises
    ------
    InputError
        If there are fewer than two groups.
    UnknownNameError
        If there is no such group.

    See Also
    --------
    missing_values : Numbers of missing values.
    top_table : Features with a log fold change.

    Notes
    -----
    These features have no log fold change and no p-value: none is made up by imputation. A feature
    seen in k of n samples and in none of m others is, by chance alone, so divided with probability
    :math:`\binom{n}{k} / \binom{n+m}{k}`.

    Examples
    --------
    >>> import numpy as np
    >>> import pylimma
    >>> y = np.array([[8.0, 8.1, np.nan, np.nan], [9.0, 9.1, 9.2, 9.3]])
    >>> pylimma.on_off_table(y, ["a", "a", "b", "b"])[["seen_in", "not_seen_in"]].to_numpy()
    array([['a', 'b']], dtype=object)
    """
    data = parse_expression(object, layer=layer)
    labels = _labels(group, data)
    levels = _levels(group, labels)
    pairs = _pairs(comparison, levels)
    seen = np.isfinite(data.matrix)
    numbers = _numbers_seen(seen, labels, levels)
    parts = [
        one_sided(data.matrix, labels == one, labels == other, whole(least, "least", 1)).assign(
            seen_in=one, not_seen_in=other
        )
        for pair in pairs
        for one, other in (pair, pair[::-1])
    ]
    found = pd.concat(parts)
    found = found.iloc[np.lexsort((-found["ave_expr"], -found["share"]))]
    place = found["feature"].to_numpy(int)
    counts = pd.DataFrame(numbers[place], columns=[f"n_{level}" for level in levels])
    columns = found[["seen_in", "not_seen_in"]].reset_index(drop=True)
    table = pd.concat([columns, counts, found[["ave_expr"]].reset_index(drop=True)], axis=1)
    if data.genes is not None:
        table = pd.concat([data.genes.iloc[place].reset_index(drop=True), table], axis=1)
    return table.set_axis(_feature_names(data)[place], axis=0)


def one_sided(values: FloatArray, one: AnyArray, other: AnyArray, least: int) -> pd.DataFrame:
    """Rows observed in at least so many of some samples and in none of others."""
    seen = np.isfinite(values)
    number = seen[:, one].sum(axis=1)
    place = np.flatnonzero((number >= least) & ~seen[:, other].any(axis=1))
    total = np.where(seen, values, 0)[place][:, one].sum(axis=1)
    return pd.DataFrame(
        {
            "feature": place,
            "share": number[place] / max(int(np.sum(one)), 1),
            "ave_expr": total / np.maximum(number[place], 1),
        }
    )


def _labels(group: Any, data: Expression) -> AnyArray:
    """Group of each sample as text."""
    n_samples = data.matrix.shape[1]
    if group is None:
        return np.array([_ALL] * n_samples, dtype=object)
    labels = column_of_samples(group, data.samples, "group")
    return np.asarray(sample_labels(labels, n_samples, data.sample_names, "group")).astype(str)


def _levels(group: Any, labels: AnyArray) -> list[str]:
    """Groups in the order of their categories, or sorted."""
    order = getattr(getattr(group, "array", group), "categories", sorted(set(labels)))
    return [str(level) for level in order if str(level) in set(labels)]


def _numbers_seen(seen: AnyArray, labels: AnyArray, levels: Sequence[str]) -> AnyArray:
    """Numbers of samples of each group in which each feature was observed."""
    return np.column_stack([seen[:, labels == level].sum(axis=1) for level in levels])


def _feature_names(data: Expression) -> pd.Index:
    return pd.RangeIndex(len(data.matrix)) if data.gene_names is None else data.gene_names


def _pairs(comparison: Any, levels: list[str]) -> list[tuple[str, str]]:
    """Pairs of groups that are compared."""
    if len(levels) < 2:
        raise DesignError(f"`group` has {len(levels)} group; on and off need two.")
    if comparison is None:
        return list(combinations(levels, 2))
    pair = [str(name) for name in sequence(comparison, "comparison")]
    unknown = [name for name in pair if name not in levels]
    if unknown:
        raise UnknownNameError(
            f"`comparison` has {quoted(unknown)}; the groups are "
            f"{quoted(nearest(unknown[0], levels))}."
        )
    if len(pair) != 2 or pair[0] == pair[1]:
        raise InputError(f"`comparison` must be two groups; got {quoted(pair)}.")
    return [(pair[0], pair[1])]
