"""The base of all containers: named components over declared axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pylimma.arguments import cells, check_keywords, described, mapping, numbers, sequence, text
from pylimma.containers.names import (
    counts_from_one,
    matching_order,
    names_of,
    only_numbers,
    positions,
    take_along,
    unique_names,
)
from pylimma.containers.ownership import Made, private
from pylimma.containers.sample_tables import as_table, keeps_rows, renamed_rows
from pylimma.containers.saved import SavedComponents
from pylimma.containers.summary import HIDDEN, in_html, in_words, unit_of
from pylimma.errors import InputTypeError, ShapeError, UnknownNameError, nearest, quoted
from pylimma.typing import FloatArray

NUMBERED = ("genes", "samples")  # axes without names count from 0; a subset keeps the numbers


class Components(SavedComponents, MutableMapping[str, Any]):
    """Named components that share axes; the table `AXES` says which.

    ``x["E"]`` and ``x.E`` are a component, ``x[genes, samples]`` a subset of everything.
    Arrays are plain; names of an axis are kept once and put back by `frame`.

    Attributes
    ----------
    AXES : dict of str to tuple of str
        Axes of each component that may be present; ``()`` for one that has none. A component
        along one axis may also be a single number.
    FRAMES : set of str
        Components that are tables with a row for each element of their axis.
    NESTED : set of str
        Components that are a dict of arrays, of numbers or text, all along the same axes.
    MAIN : str
        The component that every object has and that gives the shape.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    FRAMES: ClassVar[frozenset[str]] = frozenset()
    NESTED: ClassVar[frozenset[str]] = frozenset()
    MAIN: ClassVar[str] = ""

    def __init__(self, components: Mapping[str, Any] | None = None, **more: Any) -> None:
        if not isinstance(components, Mapping | None):
            raise InputTypeError(
                f"{type(self).__name__} is built of a dict of components, as "
                f"{{'{self.MAIN}': values}}; got {described(components)}."
            )
        given = {**(components or {}), **more}
        object.__setattr__(self, "_components", {})
        object.__setattr__(self, "_names", {})
        for name in sorted(given, key=lambda name: name != self.MAIN):
            if given[name] is not None:
                self[name] = given[name]
        if self.MAIN not in self and (not self or any(map(self.AXES.get, self))):
            raise InputTypeError(
                f"{type(self).__name__} needs a component '{self.MAIN}'; got {quoted(given)}."
            )

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            rows, columns = key if isinstance(key, tuple) else (key, slice(None))
            return self.subset(rows, columns)
        if key in self._components:
            return self._components[key]
        state = "is not there (yet)" if key in self.AXES else "is not a component"
        raise UnknownNameError(
            f"'{key}' {state} of this {type(self).__name__}; it has {quoted(self, 40)}."
        )

    def get(self, key: str, default: Any = None) -> Any:
        """Return a component, or a default where it is absent.

        Parameters
        ----------
        key : str
            Name of the component.
        default : object
            What is returned instead.

        Returns
        -------
        object
        """
        return self._components.get(key, default)

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.AXES:
            raise UnknownNameError(
                f"{type(self).__name__} has no component '{name}'; "
                f"it may have {quoted(nearest(name, self.AXES), 40)}."
            )
        if value is None:
            self._components.pop(name, None)
        elif name in self.FRAMES:
            self._components[name] = self._table(name, value)
        elif name in self.NESTED:
            self._components[name] = {
                key: self._array(name, item, label=f"{name}['{key}']")
                for key, item in mapping(value, name).items()
            }
        else:
            self._components[name] = self._array(name, value) if self.AXES[name] else value

    def __delitem__(self, name: str) -> None:
        self[name]
        del self._components[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)

    def __contains__(self, name: object) -> bool:
        return name in self._components

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.AXES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.AXES:
            self[name] = value
        else:
            object.__setattr__(self, name, value)

    def __dir__(self) -> list[str]:
        return [*set(super().__dir__()).difference(HIDDEN), *self._components]

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return (np.array if copy else np.asarray)(self[self.MAIN], dtype=dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the main component; none where only a layout or source is there."""
        rows, columns = self[self.MAIN].shape if self.MAIN in self else (0, 0)
        return rows, columns

    @property
    def row_names(self) -> pd.Index | None:
        """Names of the genes, or None."""
        return self.names(self.AXES[self.MAIN][0])

    @property
    def col_names(self) -> pd.Index | None:
        """Names of the samples or coefficients, or None."""
        return self.names(self.AXES[self.MAIN][1])

    def names(self, axis: str) -> pd.Index | None:
        """Names along an axis; None where nothing along it was ever named.

        Parameters
        ----------
        axis : str
            One of the axes of the table `AXES`, such as "genes".

        Returns
        -------
        Index or None
        """
        return self._names.get(axis)

    def with_names(self, **names: Any) -> Self:
        """Copy with other names along some axes.

        Parameters
        ----------
        **names : sequence of labels or None
            New names by axis; None takes the names away.

        Returns
        -------
        Components
            A new object, which shares no memory with this one.
        """
        result = self.replace().set_names(**names)
        for name in self.FRAMES & self.keys():
            old, new = (x.names(self.AXES[name][0]) for x in (self, result))
            result._components[name] = renamed_rows(self[name], old, new)
        return result

    def set_names(self, **names: Any) -> Self:
        """Name some axes of the object itself, as `with_names` does with a copy."""
        axes = dict.fromkeys(axis for axes in self.AXES.values() for axis in axes)
        check_keywords(names, axes, f"{type(self).__name__}.with_names")
        for axis, labels in names.items():
            if labels is None:
                self._names.pop(axis, None)
                continue
            index = labels if isinstance(labels, pd.Index) else pd.Index(sequence(labels, axis))
            if (size := self.size_of(axis)) not in (None, len(index)):
                raise ShapeError(f"{len(index)} names given for {size} {unit_of(axis)}.")
            self._names[axis] = index
        return self

    def size_of(self, axis: str) -> int | None:
        """Length of an axis; None where no component has it yet."""
        for name, value in self._components.items():
            if axis not in self.AXES[name] or np.ndim(value) == 0:
                continue
            array = next(iter(value.values()), None) if name in self.NESTED else value
            if array is not None:
                return int(array.shape[self.AXES[name].index(axis)])
        return None

    def replace(self, **components: Any) -> Self:
        """Copy with some components changed.

        Parameters
        ----------
        **components : object
            New values by name; None takes a component away.

        Returns
        -------
        Components
            A new object of the same type, which shares no memory with this one.
        """
        kept = {n: private(v) for n, v in self._components.items() if n not in components}
        same = {n: v for n, v in components.items() if keeps_rows(v, self.get(n))}
        result = self._with(kept | same)
        for name, value in components.items():
            result[name] = value
        return result

    def _with(self, components: dict[str, Any]) -> Self:
        """Object of the same names that takes over some components."""
        result = object.__new__(type(self))
        object.__setattr__(result, "_components", components)
        object.__setattr__(result, "_names", dict(self._names))
        return result

    def subset(self, rows: Any = slice(None), columns: Any = slice(None)) -> Self:
        """Copy with some of the rows and columns, in the order given.

        Parameters
        ----------
        rows, columns : int, slice, mask, positions, name or names
            What to keep; one row or column keeps its dimension.

        Returns
        -------
        Components
            A new object of the same type.
        """
        chosen: dict[str, Any] = {}
        for axis, key in zip(self.AXES[self.MAIN], (rows, columns), strict=True):
            place = positions(key, self.size_of(axis) or 0, self.names(axis), unit_of(axis))
            if not (isinstance(place, slice) and place == slice(None)):
                chosen[axis] = place
        return self._take(chosen)

    def _take(self, chosen: Mapping[str, Any]) -> Self:
        """Copy with the chosen positions along some axes."""
        result = self._with({})
        for name, value in self._components.items():
            axes, part = self.AXES[name], value
            if name in self.NESTED:
                part = {k: take_along(v, axes, chosen) for k, v in value.items()}
            elif name in self.FRAMES:
                part = value.iloc[chosen[axes[0]]] if axes[0] in chosen else value
            else:
                part = take_along(value, axes, chosen)
            result._components[name] = private(part)
        for axis, place in chosen.items():
            kept = self._labels(axis)[place]
            if axis in self._names or (axis in NUMBERED and names_of(kept) is not None):
                result._names[axis] = kept
        return result

    def frame(self, name: str | None = None) -> Any:
        """Component with its names.

        Parameters
        ----------
        name : str, optional
            Which one; the main component when not given.

        Returns
        -------
        DataFrame, Series or scalar
            Rows and columns labelled as far as there are names.
        """
        name = self.MAIN if name is None else text(name, "name")
        value, axes = self[name], self.AXES[name]
        if name in self.FRAMES or name in self.NESTED or np.ndim(value) == 0 or not axes:
            return value
        labels = [self._labels(axis) for axis in axes]
        if len(axes) == 1:
            return pd.Series(value, labels[0], name=name, copy=True)
        return pd.DataFrame(value, labels[0], labels[1], copy=True)

    def to_frame(self) -> pd.DataFrame:
        """Gene annotation and main component side by side.

        Returns
        -------
        DataFrame
            A row for each gene; without annotation just the main component. Names that
            repeat are numbered; columns without names are called 1, 2, …, or V1, V2, … where
            nothing else is there.
        """
        main: pd.DataFrame = self.frame()
        main = main.set_axis(unique_names(main.index), axis=0)
        genes = self.get("genes")
        if self.col_names is None:
            letter = "V" if genes is None else ""
            main.columns = pd.Index([f"{letter}{k + 1}" for k in range(main.shape[1])])
        if genes is None:
            return main
        return pd.concat([genes.set_axis(main.index, axis=0), main], axis=1)

    __repr__ = in_words

    def _repr_html_(self) -> str:
        return in_html(self)

    def _labels(self, axis: str) -> pd.Index:
        names = self.names(axis)
        return pd.RangeIndex(self.size_of(axis) or 0) if names is None else names

    def _array(self, name: str, value: Any, label: str | None = None) -> Any:
        """Values along the axes of a component, put into the order of the names."""
        axes, label = self.AXES[name], label or name
        made, value = (True, value.array) if isinstance(value, Made) else (False, value)
        names: list[pd.Index | None] = [None] * len(axes)
        array = cells(value, label) if name in self.NESTED else self._numbers(label, value)
        if len(axes) == 1 and array.ndim == 0:
            return float(array)
        if isinstance(value, pd.DataFrame | pd.Series):
            names = [names_of(index) for index in value.axes[: len(axes)]]
        if array.ndim != len(axes):
            along = " and ".join(unit_of(axis) for axis in axes)
            raise ShapeError(f"`{label}` has {array.ndim} dimensions; it runs along {along}.")
        for dimension, (axis, labels) in enumerate(zip(axes, names, strict=True)):
            self._check_size(axis, array.shape[dimension], label)
            if name in self.NESTED:
                continue
            place = self._place(axis, labels, label)
            if place is not None:
                array = np.take(array, place, axis=dimension)
            elif labels is not None:
                self._names.setdefault(axis, labels)
        held = array is value or array.base is not None  # by someone else
        return array.copy() if held and not made else array

    def _numbers(self, name: str, value: Any) -> FloatArray:
        """Array of doubles."""
        return numbers(value, name)

    def _table(self, name: str, value: Any) -> pd.DataFrame:
        axis = self.AXES[name][0]
        if keeps_rows(value, self.get(name)):
            return value.copy()
        table = as_table(value, name).copy()
        if not isinstance(value, pd.DataFrame) and table.columns.equals(pd.RangeIndex(1)):
            table = table.set_axis(["ID"], axis=1)
        self._check_size(axis, len(table), name)
        labels, names = names_of(table.index), self.names(axis)
        if names is not None and labels is not None and only_numbers(labels, names):
            return table
        place = self._place(axis, labels, name)
        if place is not None:
            return table.iloc[place]
        if labels is None or counts_from_one(labels):  # as R does rows without names
            return table
        if names is None and name not in self._components:
            self._names[axis] = labels
        return table

    def _check_size(self, axis: str, size: int, label: str) -> None:
        known, kind = self.size_of(axis), type(self).__name__
        if known is not None and known != size and label != self.MAIN:
            raise ShapeError(f"`{label}` has {size} {unit_of(axis)}; this {kind} has {known}.")

    def _place(self, axis: str, labels: pd.Index | None, label: str) -> Any:
        """Positions that bring labelled values into the order of an axis, if they are not."""
        across = self.names("genes") if axis == "samples" else None
        size = self.size_of(axis) or 0
        return matching_order(labels, self.names(axis), size, unit_of(axis), label, across)
