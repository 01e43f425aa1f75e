"""Results of pylimma in one file: a zip of JSON and NumPy arrays, which runs no code when read."""

from __future__ import annotations

import importlib
import io
import json
import math
import re
import types
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from pylimma.errors import InputError, InputTypeError
from pylimma.output import whole_file
from pylimma.record import Archived, Record
from pylimma.typing import AnyArray

_TREE = "content.json"
# What an archive may unpack to: bytes that any may, and bytes for each byte of the file. Numbers
# compress tenfold at most, repeated labels more; a bomb compresses a thousandfold.
_LIMITS = {"tree": (2**24, 20), "arrays": (2**28, 100)}
_MOST_DEPTH = 64  # of nested nodes; an analysis has about ten
_ARRAY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|=][a-zA-Z]\d*(?:\[\w+\])?)', 'fortran_order': False, "
    rb"'shape': \(([\d, ]*)\), \} *\n",
    re.DOTALL,
)
_PLAIN = "biufcmMSU"  # kinds of arrays that are nothing but their bytes
_LEVEL = 1  # of compression: 3 % larger than the usual 6, in less than half the time
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same content makes the same file

# Kinds of results by the names that files carry. A class that moves or is renamed changes its
# line here and keeps its name on the left.
_KINDS = {
    "Analysis": "pylimma.analysis.result:Analysis",
    "BeadWeights": "pylimma.weights.bead_weights:BeadWeights",
    "TranscriptCounts": "pylimma.readers.overdispersion:TranscriptCounts",
    "ContrastDesign": "pylimma.design.contrasts.reparameterised:ContrastDesign",
    "CountData": "pylimma.datasets:CountData",
    "CumulativeOverlap": "pylimma.statistics.scores:CumulativeOverlap",
    "DesignDescription": "pylimma.design.description:DesignDescription",
    "DesignView": "pylimma.design.show_design:DesignView",
    "CompleteMoments": "pylimma.proteomics.moments:CompleteMoments",
    "DetectionCurve": "pylimma.proteomics.detection_curve:DetectionCurve",
    "ObservedMoments": "pylimma.proteomics.moments:ObservedMoments",
    "QuantHyperparameters": "pylimma.proteomics.hyperparameters:QuantHyperparameters",
    "TiltedMeans": "pylimma.proteomics.tilting:TiltedMeans",
    "ZeroTruncatedLogit": "pylimma.proteomics.zero_truncated:ZeroTruncatedLogit",
    "DGEList": "pylimma.containers.counts:DGEList",
    "DuplicateCorrelation": "pylimma.fit.correlation:DuplicateCorrelation",
    "DuplicateSpacing": "pylimma.preprocessing.arrays.duplicates:DuplicateSpacing",
    "PrintOrder": "pylimma.preprocessing.arrays.print_order:PrintOrder",
    "PrintOrderTrends": "pylimma.preprocessing.arrays.print_order_trends:PrintOrderTrends",
    "FitShard": "pylimma.fit.shards:FitShard",
    "EList": "pylimma.containers.expression:EList",
    "EListRaw": "pylimma.containers.expression:EListRaw",
    "ExpressionParts": "pylimma.adapters.eawp:ExpressionParts",
    "Genas": "pylimma.statistics.genas:Genas",
    "InterGeneCorrelation": "pylimma.genesets.correlation:InterGeneCorrelation",
    "IntraspotCorrelation": "pylimma.fit.separate_channel:IntraspotCorrelation",
    "MAList": "pylimma.containers.two_color:MAList",
    "MArrayLM": "pylimma.containers.fit:MArrayLM",
    "NormexpFit": "pylimma.numerics.normexp:NormexpFit",
    "MDS": "pylimma.exploration.ordination:MDS",
    "MissingValues": "pylimma.results.missing_values:MissingValues",
    "MixedModelFit": "pylimma.containers.mixed_model:MixedModelFit",
    "MixtureFit": "pylimma.fit.mixture:MixtureFit",
    "Options": "pylimma.analysis.options:Options",
    "PivotedQR": "pylimma.numerics.regression.linalg:PivotedQR",
    "PooledVariance": "pylimma.statistics.sums_of_squares:PooledVariance",
    "PriorCounts": "pylimma.numerics.counts.rates:PriorCounts",
    "QuantilePoints": "pylimma.statistics.quantile_plots:QuantilePoints",
    "RankSumTest": "pylimma.genesets.ranks:RankSumTest",
    "RGList": "pylimma.containers.two_color:RGList",
    "RLDF": "pylimma.exploration.discriminant:RLDF",
    "Roast": "pylimma.genesets.roast:Roast",
    "SampleInfo": "pylimma.readers.arrays.geo:SampleInfo",
    "ScaledF": "pylimma.moderation.f_moments:ScaledF",
    "SetTests": "pylimma.genesets.set_tests:SetTests",
    "SelectedModel": "pylimma.statistics.select_model:SelectedModel",
    "SmoothCurve": "pylimma.numerics.smoothing.lowess:SmoothCurve",
    "SpliceFit": "pylimma.splicing.diff_splice:SpliceFit",
    "SmoothFit": "pylimma.numerics.smoothing.weighted_lowess:SmoothFit",
    "SqueezedVariances": "pylimma.moderation.squeeze_var:SqueezedVariances",
    "SumsOfSquares": "pylimma.statistics.sums_of_squares:SumsOfSquares",
    "TestResults": "pylimma.containers.decisions:TestResults",
    "TrendLine": "pylimma.weights.trend:TrendLine",
    "TrendPoints": "pylimma.weights.trend:TrendPoints",
}
_NAMES = {place: name for name, place in _KINDS.items()}

_RENAMED = {"CaughtTranscripts": "TranscriptCounts"}  # old names of classes


def write_archive(path: Path, content: Any) -> Path:
    """Write results of any depth into one file."""
    writer = _Writer()
    tree = writer.encode(content)
    with (
        whole_file(path) as place,
        zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as file,
    ):
        _put(file, _TREE, json.dumps(tree, separators=(",", ":")).encode())
        for name, data in writer.arrays.items():
            _put(file, name, data)
    return path


def read_archive(path: Path) -> Any:
    """Read what `write_archive` wrote; any damage is an `InputError`."""
    if not path.is_file():
        raise InputError(f"There is no file '{path}'.")
    try:
        with zipfile.ZipFile(path) as file:
            return _Reader(file, path.stat().st_size).read()
    except Exception as error:
        # damaged bytes fail in the zip, in JSON, in NumPy or in a class, each in its own way
        reason = str(error) or type(error).__name__
        raise InputError(
            f"'{path}' is not an archive written by pylimma, or is damaged: {reason}"
        ) from error


def build(kind: type[Any], parts: Mapping[str, Any]) -> Any:
    """A record of parts that are of the annotated types."""
    hints = get_type_hints(kind)
    wrong = [name for name, part in parts.items() if not _fits(part, hints.get(name))]
    if wrong:
        raise InputError(f"`{wrong[0]}` of its {kind.__name__} is not of its type.")
    return kind(**parts)


def _put(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(entry, data)


class _Writer:
    """Objects as a tree of JSON and arrays beside it."""

    def __init__(self) -> None:
        self.arrays: dict[str, bytes] = {}
        self._known: dict[bytes, str] = {}  # the same array is written once

    def encode(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, np.generic):
            return self.encode(value.item())
        if isinstance(value, list | tuple):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {"kind": kind, "items": [self.encode(item) for item in value]}
        if isinstance(value, Archived):
            return self._own(value)
        if isinstance(value, Mapping):
            pairs = [[self.encode(key), self.encode(item)] for key, item in value.items()]
            return {"kind": "dict", "items": pairs}
        return self._labelled(value)

    def _own(self, value: Any) -> Any:
        name = _NAMES.get(f"{type(value).__module__}:{type(value).__qualname__}")
        if name is None:
            raise InputTypeError(
                f"A {type(value).__name__} cannot be written into an archive: "
                "it is not a registered kind of result."
            )
        parts = value.archive_parts()
        encoded = {key: self.encode(part) for key, part in parts.items()}
        return {"kind": "own", "class": name, "parts": encoded}

    def _labelled(self, value: Any) -> Any:
        if isinstance(value, pd.DataFrame):
            columns = [self.encode(value.iloc[:, k].array) for k in range(value.shape[1])]
            labels = {"index": self.encode(value.index), "names": self.encode(value.columns)}
            attrs = self.encode(dict(value.attrs))
            return {"kind": "frame", "columns": columns, "attrs": attrs, **labels}
        if isinstance(value, pd.Series):
            return {
                "kind": "series",
                "values": self.encode(value.array),
                "index": self.encode(value.index),
                "name": self.encode(value.name),
            }
        if isinstance(value, pd.RangeIndex):
            return {"kind": "range", "limits": [value.start, value.stop, value.step]}
        if isinstance(value, pd.Index):
            return {"kind": "index", "values": self.encode(value.array), "name": value.name}
        if isinstance(value, pd.Categorical):
            return {
                "kind": "categories",
                "codes": self.encode(np.asarray(value.codes)),
                "levels": self.encode(list(value.categories)),
                "ordered": bool(value.ordered),
            }
        if isinstance(value, np.ndarray | pd.api.extensions.ExtensionArray):
            return self._array(np.asarray(value))
        raise InputTypeError(f"A {type(value).__name__} cannot be written into an archive.")

    def _array(self, array: AnyArray) -> Any:
        if array.dtype.kind in "OUT":
            items = [None if _missing(item) else self.encode(item) for item in array.ravel()]
            return {"kind": "objects", "items": items, "shape": list(array.shape)}
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
        data = buffer.getvalue()
        name = self._known.setdefault(data, f"{len(self.arrays)}.npy")
        self.arrays[name] = data
        return {"kind": "array", "file": name, "shape": list(array.shape)}


def _missing(item: Any) -> bool:
    return item is None or item is pd.NA or (isinstance(item, float) and np.isnan(item))


def _class(name: str) -> type[Archived]:
    """The class of a registered name, imported when first met: it may stand in a room above."""
    # the first files wrote "pylimma.containers.fit:MArrayLM", with the modules of their time
    spelling = name.rpartition(":")[2] if name.startswith("pylimma.") else name
    spelling = _RENAMED.get(spelling, spelling)
    if spelling not in _KINDS:
        raise ValueError(f"it holds a '{name}', which is not a kind of result of pylimma")
    module, _, attribute = _KINDS[spelling].partition(":")
    kind: type[Archived] = getattr(importlib.import_module(module), attribute)
    return kind


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type, as far as one looks from outside."""
    origin = get_origin(hint) or hint
    if origin is Literal:
        return value in get_args(hint)
    if isinstance(hint, types.UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if origin is float and isinstance(value, int):
        return True
    return not isinstance(origin, type) or isinstance(value, origin)


class _Reader:
    """The tree back as objects."""

    def __init__(self, file: zipfile.ZipFile, size: int) -> None:
        self._file = file
        self._left = {of: max(least, each * size) for of, (least, each) in _LIMITS.items()}
        self._depth = 0
        self._readers: dict[str, Callable[[Any], Any]] = {
            "list": self._list,
            "tuple": self._tuple,
            "dict": self._dict,
            "own": self._own,
            "frame": self._frame,
            "series": self._series,
            "range": self._range,
            "index": self._index,
            "categories": self._categories,
            "objects": self._objects,
            "array": self._array,
        }

    def read(self) -> Any:
        return self.decode(json.loads(self._member(_TREE, "tree")))

    def _member(self, name: str, of: str) -> bytearray:
        entry = self._file.getinfo(name)
        self._spend(entry.file_size, of)
        with self._file.open(entry) as member:
            return bytearray(member.read(entry.file_size))  # no more than is announced

    def _spend(self, size: int, of: str) -> None:
        self._left[of] -= size
        if self._left[of] < 0:
            raise ValueError("it unpacks to far more than its size")

    def decode(self, node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        if node.get("kind") not in self._readers:
            raise ValueError(f"it holds a node of unknown kind '{node.get('kind')}'")
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise ValueError("it is nested too deeply")
        found = self._readers[node["kind"]](node)
        self._depth -= 1
        return found

    def _list(self, node: Any) -> Any:
        return [self.decode(item) for item in node["items"]]

    def _tuple(self, node: Any) -> Any:
        return tuple(self._list(node))

    def _dict(self, node: Any) -> Any:
        return {self.decode(key): self.decode(item) for key, item in node["items"]}

    def _own(self, node: Any) -> Any:
        kind = _class(node["class"])
        parts = {key: self.decode(part) for key, part in node["parts"].items()}
        return build(kind, parts) if issubclass(kind, Record) else kind.from_archive(parts)

    def _frame(self, node: Any) -> Any:
        columns = {k: self.decode(column) for k, column in enumerate(node["columns"])}
        frame = pd.DataFrame(columns, index=self.decode(node["index"]))
        frame.columns = self.decode(node["names"])
        frame.attrs = self.decode(node["attrs"])
        return frame

    def _series(self, node: Any) -> Any:
        return pd.Series(
            self.decode(node["values"]), self.decode(node["index"]), name=self.decode(node["name"])
        )

    def _range(self, node: Any) -> Any:
        start, stop, step = node["limits"]
        self._spend(8 * len(range(start, stop, step)), "arrays")
        return pd.RangeIndex(start, stop, step)

    def _index(self, node: Any) -> Any:
        return pd.Index(self.decode(node["values"]), name=node["name"])

    def _categories(self, node: Any) -> Any:
        return pd.Categorical.from_codes(
            self.decode(node["codes"]), self.decode(node["levels"]), ordered=node["ordered"]
        )

    def _objects(self, node: Any) -> Any:
        array = np.empty(len(node["items"]), dtype=object)
        array[:] = [self.decode(item) for item in node["items"]]
        return array.reshape(node["shape"])

    def _array(self, node: Any) -> Any:
        data = self._member(node["file"], "arrays")
        header = _ARRAY.match(data)
        if header is None or header[1][1:2].decode() not in _PLAIN:
            raise ValueError(f"'{node['file']}' is not a plain array")
        array: AnyArray = np.frombuffer(data, header[1].decode(), offset=header.end())
        if math.prod(map(int, re.findall(rb"\d+", header[2]))) != array.size:
            raise ValueError(f"'{node['file']}' has another size than announced")
        return array.reshape(node["shape"])
