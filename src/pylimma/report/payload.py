"""The numbers behind the charts of a page: JSON, and arrays in one compressed block."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

import numpy as np
import pandas as pd

from pylimma.containers.names import label_text
from pylimma.numerics.clustering import cluster_tree, leaf_order
from pylimma.numerics.p_values import adjust_log_p_values
from pylimma.numerics.smoothing.kernel_density import kernel_density
from pylimma.plotting.hexadecimal import hex_of_groups, hex_of_map
from pylimma.plotting.trend import spread_of
from pylimma.preprocessing.counts.rates import cpm
from pylimma.report.contents import ReportContents
from pylimma.report.links import SYMBOLS, links
from pylimma.typing import AnyArray, FloatArray

_KINDS = {"f": np.float32, "u": np.uint16, "b": np.int8, "i": np.int32}
_MISSING = 65535  # the code of a missing value; all others are levels of expression
_HEAT_GENES = 30
_P_BINS = 40
_DENSITY_POINTS = 160
_ABUNDANCE_BINS = 50
_UNSURE = 1e-12
_STOPS = 9
_NUMBERED = re.compile(r"entrez|ncbi|gene_?id", re.IGNORECASE)  # columns of numbers as identifiers


class Packer:
    """Arrays and lists of text in one block of bytes, named by their place; equal ones are one."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._known: dict[tuple[str, bytes], str] = {}
        self.manifest: dict[str, tuple[str, int, int]] = {}

    def add(self, values: AnyArray, kind: str = "f") -> dict[str, str]:
        """Add an array."""
        array = np.ascontiguousarray(values, dtype=_KINDS[kind]).ravel()
        return self._add(kind, array.astype(array.dtype.newbyteorder("<")).tobytes(), len(array))

    def add_texts(self, texts: list[str]) -> dict[str, str]:
        """Add a long list of text."""
        content = json.dumps(texts, separators=(",", ":")).encode("ascii")
        return self._add("j", content, len(content))

    def _add(self, kind: str, content: bytes, length: int) -> dict[str, str]:
        name = self._known.setdefault((kind, content), f"a{len(self.manifest)}")
        if name not in self.manifest:
            self._bytes.extend(bytes(-len(self._bytes) % 4))
            self.manifest[name] = (kind, len(self._bytes), length)
            self._bytes.extend(content)
        return {"array": name}

    def text(self) -> str:
        """All arrays, compressed and as text."""
        return base64.b64encode(zlib.compress(bytes(self._bytes), 6)).decode("ascii")


def pack(contents: ReportContents) -> tuple[str, str]:
    """Data of a page as JSON, and the arrays that it names."""
    packer = Packer()
    expression = contents.expression
    values = np.asarray(expression["E"], dtype=float)
    names = _names(expression.row_names, len(values))
    annotation = _annotation(expression.get("genes"))
    codes, scale = _levels(values)
    data: dict[str, Any] = {
        "genes": packer.add_texts(names),
        "words": dict(contents.words.items()),
        "annotation": [c | {"values": packer.add_texts(c["values"])} for c in annotation],
        "symbol": _symbol(annotation),
        "links": links(contents.expression.row_names, annotation),
        "rule": {"name": contents.adjusted, "fdr": contents.fdr, "lfc": contents.lfc},
        "colors": {"heat": hex_of_map("RdBu_r", _STOPS), "scale": hex_of_map("viridis", _STOPS)},
        "unit": contents.unit,
        "average": packer.add(contents.fit["Amean"]),
        "expression": packer.add(codes, "u"),
        "scale": scale,
        "samples": _samples(contents),
        "groups": _groups(contents),
        "contrasts": [_contrast(contents, k, values, packer) for k in range(len(contents.tables))],
        "sets": _sets(contents, packer),
        "mds": _ordination(contents),
        "correlations": _correlations(contents, values, packer),
        "library": _libraries(contents),
        "densities": _densities(contents, values),
        "abundance": _abundance(contents),
        "weights": _weights(contents),
        "trend": _trend(contents, packer),
        "spread": _spread(contents, packer),
    }
    data["arrays"] = packer.manifest
    return script_safe(data), packer.text()


def script_safe(data: Any) -> str:
    """JSON that cannot end the script element around it; numbers that are not finite are null."""
    text = json.dumps(_finite(data), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    if isinstance(data, np.ndarray):
        return _finite(data.tolist())
    if isinstance(data, np.generic):
        return _finite(data.item())
    if isinstance(data, float):
        return float(f"{data:.6g}") if np.isfinite(data) else None
    return data


def _names(names: pd.Index | None, number: int) -> list[str]:
    return [str(k + 1) for k in range(number)] if names is None else [str(n) for n in names]


def _annotation(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Columns of text and of numbers that are identifiers; other numbers are not shown."""
    if table is None:
        return []
    return [
        {"name": str(name), "values": ["" if pd.isna(v) else label_text(v) for v in table[name]]}
        for name in table.columns
        if not pd.api.types.is_numeric_dtype(table[name]) or _NUMBERED.search(str(name))
    ]


def _symbol(annotation: list[dict[str, Any]]) -> int | None:
    for wanted in SYMBOLS:
        for place, column in enumerate(annotation):
            if column["name"].lower() == wanted:
                return place
    return None


def _levels(values: FloatArray) -> tuple[AnyArray, dict[str, float]]:
    """Expression as whole numbers of 16 bits, far finer than a pixel."""
    seen = np.isfinite(values)
    low, high = (values[seen].min(), values[seen].max()) if seen.any() else (0.0, 1.0)
    step = max(float(high - low), _UNSURE) / (_MISSING - 1)
    codes = np.rint((np.where(seen, values, low) - low) / step)
    return np.where(seen, codes, _MISSING), {"low": float(low), "step": step}


def _samples(contents: ReportContents) -> dict[str, Any]:
    table = contents.samples
    columns = [_column(str(name), table[name]) for name in table.columns]
    return {"names": [str(name) for name in table.index], "columns": columns}


def _column(name: str, values: pd.Series) -> dict[str, Any]:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return {"name": name, "values": values.astype(float).tolist()}
    factor = pd.Categorical(values.where(values.notna()).astype(object))
    levels = list(map(str, factor.categories))
    return {
        "name": name,
        "levels": levels,
        "codes": factor.codes,
        "colors": hex_of_groups(len(levels)),
    }


def _groups(contents: ReportContents) -> dict[str, Any]:
    groups = contents.groups
    levels = [str(level) for level in groups.cat.categories]
    return {
        "name": str(groups.name),
        "levels": levels,
        "colors": hex_of_groups(len(levels)),
        "codes": groups.cat.codes.tolist(),
    }


def _contrast(
    contents: ReportContents, position: int, values: FloatArray, packer: Packer
) -> dict[str, Any]:
    name, table = list(contents.tables.items())[position]
    p = table["p_value"].to_numpy()
    known = p[np.isfinite(p)]
    return {
        "name": name,
        "meaning": table.attrs.get("meaning", ""),
        "lfc": packer.add(table["log_fc"].to_numpy()),
        "t": packer.add(table["t"].to_numpy()),
        "logp": packer.add(table["log10_p_value"].to_numpy()),
        "logq": packer.add(table["log10_adj_p_value"].to_numpy()),
        "call": packer.add(contents.calls[:, position], "b"),
        "histogram": np.histogram(known, _P_BINS, (0.0, 1.0))[0].tolist(),
        "even": len(known) / _P_BINS,
        "heat": _heat(p, values),
    }


def _heat(p: FloatArray, values: FloatArray) -> dict[str, list[int]]:
    """The top genes and all samples, each in the order of their dendrogram."""
    complete = np.isfinite(values).all(axis=1) & np.isfinite(p)
    candidates = np.flatnonzero(complete & (np.ptp(values, axis=1) > _UNSURE))
    genes = candidates[np.argsort(p[candidates], kind="stable")[:_HEAT_GENES]]
    if len(genes) < 2 or values.shape[1] < 2:
        return {"genes": genes.tolist(), "samples": list(range(values.shape[1]))}
    part = values[genes]
    part = (part - part.mean(axis=1, keepdims=True)) / part.std(axis=1, ddof=1, keepdims=True)
    rows = leaf_order(cluster_tree(part, "average"))
    columns = leaf_order(cluster_tree(part.T, "average"))
    return {"genes": genes[rows].tolist(), "samples": columns.tolist()}


def _sets(contents: ReportContents, packer: Packer) -> dict[str, Any] | None:
    """Gene sets: their genes one after the other, and their tests in each contrast."""
    if contents.sets is None:
        return None
    members = contents.sets.members
    tables = [contents.sets.of_contrast(name).loc[list(members)] for name in contents.tables]
    return {
        "names": list(members),
        "found": tables[0]["n_genes"].tolist(),
        "given": tables[0]["n_given"].tolist(),
        "fdr": contents.fdr,
        "members": packer.add(np.concatenate([np.empty(0), *members.values()]), "i"),
        "starts": packer.add(np.cumsum([0, *map(len, members.values())]), "i"),
        "contrasts": [_set_tests(table, packer) for table in tables],
    }


def _set_tests(table: pd.DataFrame, packer: Packer) -> dict[str, Any]:
    log_p = table["log10_p_value"].to_numpy()
    log_fdr = adjust_log_p_values(log_p * np.log(10), "BH") / np.log(10)
    way = table["direction"].map({"Up": 1, "Down": -1}).to_numpy() if "direction" in table else 0
    return {
        "direction": packer.add(np.broadcast_to(way, log_p.shape), "b"),
        "logp": packer.add(log_p),
        "logq": packer.add(log_fdr),
    }


def _ordination(contents: ReportContents) -> dict[str, Any] | None:
    if contents.mds is None:
        return None
    found = contents.mds
    return {
        "coordinates": found.coordinates.to_numpy().T,
        "explained": np.asarray(found.var_explained),
        "label": "dimension",
    }


def _correlations(
    contents: ReportContents, values: FloatArray, packer: Packer
) -> dict[str, Any] | None:
    """Correlations of samples over the genes seen in all of them, samples by their dendrogram."""
    if not contents.correlated:
        return None
    complete = values[np.isfinite(values).all(axis=1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.asarray(np.corrcoef(complete, rowvar=False))
    order = np.arange(len(found))
    if np.isfinite(found).all():
        order = leaf_order(cluster_tree(found, "average"))
    return {"order": order.tolist(), "values": packer.add(found)}


def _libraries(contents: ReportContents) -> dict[str, Any] | None:
    if contents.counts is None:
        return None
    table = contents.samples
    return {
        "sizes": table["lib_size"].tolist(),
        "effective": table["effective_lib_size"].tolist(),
        "factors": table["norm_factors"].tolist(),
    }


def _densities(contents: ReportContents, values: FloatArray) -> dict[str, Any]:
    stages = {}
    if contents.counts is not None:
        stages["before the filter"] = np.asarray(cpm(contents.data["counts"], log=True))
    stages["as analysed"] = values
    return {name: _curves(stage) for name, stage in stages.items()}


def _curves(values: FloatArray) -> dict[str, Any]:
    found = [kernel_density(column[np.isfinite(column)]) for column in values.T]
    low, high = min(d.x[0] for d in found), max(d.x[-1] for d in found)
    grid = np.linspace(low, high, _DENSITY_POINTS)
    lines = [np.interp(grid, d.x, d.y, left=0.0, right=0.0) for d in found]
    return {"x": grid, "y": lines}


def _abundance(contents: ReportContents) -> dict[str, Any] | None:
    if contents.counts is None:
        return None
    average = np.asarray(cpm(contents.data["counts"], log=True)).mean(axis=1)
    edges = np.histogram_bin_edges(average, _ABUNDANCE_BINS)
    kept = np.histogram(average[contents.kept], edges)[0]
    removed = np.histogram(average[~contents.kept], edges)[0]
    return {"edges": edges, "kept": kept, "removed": removed}


def _weights(contents: ReportContents) -> list[float] | None:
    table = contents.samples
    return table["sample_weight"].tolist() if "sample_weight" in table else None


def _trend(contents: ReportContents, packer: Packer) -> dict[str, Any] | None:
    found = contents.trend
    if found is None:
        return None
    (x, y), (line_x, line_y) = found
    step = max(1, len(line_x) // 500)  # a curve of so many points is smooth
    return {
        "label": f"average {contents.unit}" if contents.counts is None else "log2(count + 0.5)",
        "x": packer.add(x),
        "y": packer.add(y),
        "line_x": line_x[::step],
        "line_y": line_y[::step],
    }


def _spread(contents: ReportContents, packer: Packer) -> dict[str, Any]:
    found = spread_of(contents.fit)
    prior = np.sqrt(np.sqrt(np.broadcast_to(contents.fit["s2_prior"], len(found.x))))
    seen = np.isfinite(found.x) & np.isfinite(found.y)
    return {
        "x": packer.add(found.x[seen]),
        "y": packer.add(found.y[seen]),
        "prior": packer.add(prior[seen]),
        "outlier": packer.add(found.outlier[seen], "b"),
    }
