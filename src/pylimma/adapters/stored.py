"""Containers in an AnnData: per gene in `varm`, all else in `uns` as types that files can hold."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from pylimma.adapters.anndata import is_anndata, layer_names, writable, write_layer
from pylimma.arguments import text
from pylimma.containers.components import Components
from pylimma.containers.names import names_of
from pylimma.errors import (
    InputError,
    InputTypeError,
    InputWarning,
    ShapeError,
    UnknownNameError,
    quoted,
    warn,
)
from pylimma.typing import IntArray

_FITTED = "fitted"
_MATRICES = ("E", "weights", "offset_prior")


def check_anndata(adata: Any) -> None:
    """Raise unless an object is an AnnData."""
    if not is_anndata(adata):
        raise InputTypeError(
            f"`key_added` stores results in an AnnData; got {type(adata).__name__}. Keep what the "
            "function returns instead."
        )


def file_key(*parts: str) -> str:
    """A key under which files can store something; a slash would make a folder."""
    return ":".join(parts).replace("/", "|")


def store(container: Components, adata: Any, key: str) -> None:
    """Put a fit or expression into an AnnData."""
    check_anndata(adata)
    key = text(key, "key_added")
    place = _places(container, adata)
    per_gene: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, value in container.items():
        axes = container.AXES[name]
        if name in container.FRAMES or isinstance(value, Components):
            continue
        if name == "description":
            values[name] = asdict(value)
        elif np.ndim(value) == 0:
            values[name] = value.item() if isinstance(value, np.generic) else value
        elif axes == ("genes", "samples"):
            write_layer(adata, file_key(f"{key}_{name}"), _at(value, place, adata.n_vars))
        elif axes[:1] == ("genes",):
            per_gene |= _columns(name, np.asarray(value))
        elif not isinstance(value, dict):
            arrays[name] = np.asarray(value)
    names = {
        axis: np.asarray(found.astype(str))
        for axis in ("coefs", "design_columns", "samples", "estimable")
        if (found := container.names(axis)) is not None
    }
    frame = pd.DataFrame(per_gene, index=_rows(adata, place))
    frame = frame.assign(**{_FITTED: True}).reindex(range(adata.n_vars))
    frame[_FITTED] = frame[_FITTED].notna()
    with writable(adata):
        adata.varm[file_key(f"{key}_fit")] = frame.set_axis(adata.var_names, axis=0)
        adata.uns[key] = {
            "kind": type(container).__name__,
            "values": json.dumps(values, default=_plain),
            "arrays": arrays,
            "names": names,
        }


def stored(adata: Any, key: str) -> tuple[dict[str, Any], dict[str, pd.Index]]:
    """Components and names of what `store` put into an AnnData."""
    check_anndata(adata)
    held = adata.uns.get(text(key, "key"))
    if held is None or "kind" not in held or file_key(f"{key}_fit") not in adata.varm:
        keys = [name for name in adata.uns if file_key(f"{name}_fit") in adata.varm]
        raise UnknownNameError(
            f"Nothing of pylimma under '{key}'; there is {quoted(keys) or 'no'}."
        )
    frame = adata.varm[file_key(f"{key}_fit")]
    rows = np.flatnonzero(frame[_FITTED].to_numpy(dtype=bool))
    components: dict[str, Any] = {**json.loads(str(held["values"])), **dict(held["arrays"])}
    components |= _gene_components(frame.iloc[rows])
    names = {
        axis: pd.Index(np.asarray(found, dtype=object)) for axis, found in held["names"].items()
    }
    names["genes"] = pd.Index(adata.var_names[rows])
    samples = names.get("samples")
    same = samples is not None and list(samples) == list(adata.obs_names)
    for layer in layer_names(adata) if same else ():
        component = layer.removeprefix(f"{key}_")
        if component in _MATRICES and component != layer:
            components[component] = np.asarray(adata.layers[layer])[:, rows].T
    if adata.var.shape[1]:
        components["genes"] = pd.DataFrame(adata.var).iloc[rows]
    if same and adata.obs.shape[1]:
        components["targets"] = pd.DataFrame(adata.obs)
    return components, names


def _places(container: Components, adata: Any) -> IntArray:
    """Positions of the genes of a container in an AnnData."""
    n_genes, names = container.shape[0], container.names("genes")
    if names is None or names_of(adata.var_names) is None:
        if n_genes != adata.n_vars:
            raise ShapeError(
                f"The fit has {n_genes} genes without names, and the AnnData {adata.n_vars}."
            )
        return np.arange(n_genes)
    if n_genes == adata.n_vars and names.astype(str).equals(adata.var_names.astype(str)):
        return np.arange(n_genes)
    if not adata.var_names.is_unique or not names.is_unique:
        raise InputError(
            "Gene names repeat, so the fit cannot be matched: `var_names_make_unique`."
        )
    place = pd.Index(adata.var_names.astype(str)).get_indexer(names.astype(str))
    if (place < 0).any():
        raise InputError(f"The AnnData has no genes {quoted(names[place < 0])}, which were fitted.")
    return place.astype(np.intp)


def _rows(adata: Any, place: IntArray) -> IntArray:
    if len(place) < adata.n_vars:
        warn(
            f"{adata.n_vars - len(place)} of {adata.n_vars} genes were not fitted; they are "
            "missing in what is stored.",
            InputWarning,
        )
    return place


def _at(value: Any, place: IntArray, n_genes: int) -> Any:
    if len(place) == n_genes and (place == np.arange(n_genes)).all():
        return value
    whole = np.full((n_genes, *np.shape(value)[1:]), np.nan)
    whole[place] = value
    return whole


def _columns(name: str, value: Any) -> dict[str, Any]:
    """A component along genes as columns of a table."""
    if value.ndim == 1:
        return {name: value}
    return {f"{name}.{k}": value[:, k] for k in range(value.shape[1])}


def _gene_components(frame: pd.DataFrame) -> dict[str, Any]:
    """Components along genes, from the columns of a table."""
    wide: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for column in frame.columns:
        name, dot, _ = str(column).partition(".")
        if dot:
            wide.setdefault(name, []).append(column)
        elif column != _FITTED:
            found[name] = frame[column].to_numpy(dtype=float)
    return found | {name: frame[columns].to_numpy(dtype=float) for name, columns in wide.items()}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
