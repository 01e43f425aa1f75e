"""Containers side by side, one below the other, and matched by gene."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from pylimma.containers.components import Components
from pylimma.containers.names import matching_order
from pylimma.containers.summary import unit_of
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    ShapeError,
    UnknownNameError,
    quoted,
    warn,
)

Container = TypeVar("Container", bound=Components)


def cbind(*objects: Container) -> Container:
    """Samples of several objects side by side, for the same genes.

    Parameters
    ----------
    *objects : EList, MAList, RGList, EListRaw, DGEList or MArrayLM
        Of one type, with the same genes, matched by name where they have names.

    Returns
    -------
    Container
        Of the same type; what belongs to genes alone comes from the first object.

    Raises
    ------
    InputTypeError
        If the objects are of different types.
    ShapeError
        If they have different numbers of genes.
    UnknownNameError
        If they have different genes.
    """
    return _bind(objects, axis=1)


def rbind(*objects: Container) -> Container:
    """Genes of several objects one below the other, for the same samples.

    Parameters
    ----------
    *objects : EList, MAList, RGList, EListRaw, DGEList or MArrayLM
        Of one type, with the same samples, matched by name where they have names.

    Returns
    -------
    Container
        Of the same type; what belongs to samples alone comes from the first object.

    Raises
    ------
    InputTypeError
        If the objects are of different types.
    ShapeError
        If they have different numbers of samples.
    UnknownNameError
        If they have different samples.
    """
    return _bind(objects, axis=0)


def merge(x: Container, y: Container) -> Container:
    """Samples of two objects side by side, with the genes of `y` matched to those of `x`.

    Genes are matched by name, or else by a column `ID` of the annotation. A name that repeats in
    both objects matches in its order; one that repeats in one of them alone matches nothing.

    Parameters
    ----------
    x, y : EList, MAList, RGList or EListRaw
        Of one type.

    Returns
    -------
    Container
        Genes as in `x`; values of genes that `y` lacks are NaN.

    Raises
    ------
    InputError
        If genes have neither names nor IDs.
    UnknownNameError
        If no gene is in both, or counts lack genes of `x`.

    Warns
    -----
    InputWarning
        If names repeat in one of the objects alone.
    """
    _check_one_type((x, y))
    wanted, have = _identifiers(x, "x"), _identifiers(y, "y")
    place = have.get_indexer(wanted)
    names = have.get_level_values(0)
    vague = wanted.get_level_values(0)[place < 0].intersection(names)
    if len(vague):
        warn(
            f"{len(vague)} genes repeat in one of the objects and not as often in the other, so "
            f"that they do not match: {quoted(vague)}. `avereps` averages them before.",
            InputWarning,
        )
    missing = wanted.get_level_values(0)[place < 0]
    if len(missing) == len(wanted) or (len(missing) and x.MAIN == "counts"):
        raise UnknownNameError(
            f"Genes of `y` do not match those of `x`; missing: {quoted(missing)}. Objects are "
            f"merged by genes in common, and counts only where `y` has all genes of `x`."
        )
    aligned = y.subset(np.where(place < 0, 0, place))
    for name in aligned:
        if len(aligned.AXES[name]) > 1 and aligned.AXES[name][0] == "genes":
            aligned._components[name] = _blank(aligned[name], place < 0)
    aligned = aligned.with_names(genes=x.row_names)
    return cbind(x, aligned)


def _blank(value: Any, rows: Any) -> Any:
    """Copy of an array, or of each in a dict, with some rows missing."""
    if isinstance(value, dict):
        return {key: _blank(item, rows) for key, item in value.items()}
    text = np.asarray(value).dtype.kind == "U"
    result = np.array(value, dtype=None if text else float)
    result[rows] = "" if text else np.nan
    return result


def _identifiers(x: Components, argument: str) -> pd.MultiIndex:
    """Names of genes, each with the number of its occurrence, or 0 where it occurs once."""
    names, genes = x.row_names, x.get("genes")
    if names is None and genes is not None and "ID" in genes.columns:
        names = pd.Index(genes["ID"])
    if names is None:
        raise InputError(f"Genes of `{argument}` have neither names nor a column 'ID'.")
    text = pd.Series(names.astype(str))
    groups = text.groupby(text)
    number = (groups.cumcount() + 1).where(groups.transform("size") > 1, 0)
    return pd.MultiIndex.from_arrays([text, number])


def _check_one_type(objects: tuple[Components, ...]) -> None:
    if not objects:
        raise InputError("Nothing to bind: give at least one object.")
    kinds = {type(x).__name__ for x in objects}
    if len(kinds) > 1 or not isinstance(objects[0], Components):
        raise InputTypeError(
            f"Objects to bind must be containers of one type; got {', '.join(sorted(kinds))}."
        )


def _bind(objects: tuple[Container, ...], axis: int) -> Container:
    """Join everything along one axis of the main component."""
    _check_one_type(objects)
    first = objects[0]
    joined_axis, shared_axis = first.AXES[first.MAIN][axis], first.AXES[first.MAIN][1 - axis]
    sizes = [x.shape[1 - axis] for x in objects]
    if len(set(sizes)) > 1:
        raise ShapeError(f"Objects to bind have {sizes} {shared_axis}; these must be the same.")
    if axis == 1:
        _warn_of_other_genes(objects)
    objects = (first, *(_like_first(x, first, shared_axis) for x in objects[1:]))
    result = first.replace()
    for name in first:
        along = first.AXES[name]
        if joined_axis not in along:
            continue
        _check_in_all(name, objects)
        join = _joiner(name, first, along.index(joined_axis))
        parts = [x[name] for x in objects]
        if any(_is_number(part) for part in parts):
            if all(_is_number(part) and part == parts[0] for part in parts):
                continue  # one number for all stays one
            parts = [
                np.full(x.shape[axis], part) if _is_number(part) else part
                for x, part in zip(objects, parts, strict=True)
            ]
        result._components[name] = join(parts)
    labels = [index for x in objects if (index := x.names(joined_axis)) is not None]
    if len(labels) == len(objects):
        result._names[joined_axis] = labels[0].append(labels[1:])
    else:
        result._names.pop(joined_axis, None)
    return result


def _check_in_all(name: str, objects: tuple[Components, ...]) -> None:
    """Raise where an object lacks a component of the first, or a part of it."""
    for part in objects[0][name] if name in objects[0].NESTED else [None]:
        if any(name not in x or (part is not None and part not in x[name]) for x in objects):
            what = f"'{name}'" if part is None else f"'{part}' of `{name}`"
            raise UnknownNameError(f"{what} is in some of the objects to bind but not in all.")


def _warn_of_other_genes(objects: tuple[Container, ...]) -> None:
    """Warn where rows without names have other IDs than those of the first object."""
    first, *others = (x.get("genes") if x.row_names is None else None for x in objects)
    for number, genes in enumerate(others, 1):
        if first is None or genes is None or "ID" not in first or "ID" not in genes:
            continue
        if (differ := ~_same(first["ID"], genes["ID"])).any():
            warn(
                f"Rows of object {number} have other IDs than those of the first in "
                f"{int(differ.sum())} places, and are bound by position; `merge` matches by ID.",
                InputWarning,
            )


def _same(one: pd.Series, other: pd.Series) -> Any:
    """Which labels agree, missing ones among them."""
    a, b = one.to_numpy(dtype=object), other.to_numpy(dtype=object)
    return (a == b) | (pd.isna(a) & pd.isna(b))


def _like_first(x: Container, first: Container, axis: str) -> Container:
    """Object with the genes or samples in the order of the first one, where both have names."""
    labels, names = x.names(axis), first.names(axis)
    if labels is None or names is None:
        return x
    order = matching_order(labels, names, len(names), unit_of(axis), "objects")
    if order is None:
        return x
    return x.subset(order) if axis == x.AXES[x.MAIN][0] else x.subset(columns=order)


def _is_number(value: Any) -> bool:
    """Whether a component is one number, which holds for every gene or sample."""
    return np.ndim(value) == 0 and not isinstance(value, dict)


def _joiner(name: str, container: Components, dimension: int) -> Callable[[list[Any]], Any]:
    """Return how the values of a component are joined: tables, dicts of arrays, or arrays."""
    if name in container.FRAMES:
        return _stacked
    if name in container.NESTED:
        return lambda dicts: {
            key: np.concatenate([item[key] for item in dicts], axis=dimension) for key in dicts[0]
        }
    return lambda arrays: np.concatenate(arrays, axis=dimension)


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other, with the levels of all where a column is a factor in each."""
    result = pd.concat(tables, axis=0)
    for name in result.columns:
        parts = [table[name].array for table in tables if name in table]
        factors = [p for p in parts if isinstance(p, pd.Categorical) and not p.ordered]
        if len(factors) == len(tables):
            result[name] = union_categoricals(factors)
    return result
