import importlib
import inspect
import json
import pkgutil
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma import archive
from pylimma.archive import read_archive, write_archive
from pylimma.containers.components import Components
from pylimma.errors import InputError, InputTypeError
from pylimma.record import Record

EARLIER = Path(__file__).parent / "archives"  # written while kinds were named by their modules
FIRST_NAMES = {  # how the first format named kinds, and their names today
    "pylimma.adapters.parts:ExpressionParts": "ExpressionParts",
    "pylimma.analysis.options:Options": "Options",
    "pylimma.analysis.result:Analysis": "Analysis",
    "pylimma.containers.counts:DGEList": "DGEList",
    "pylimma.containers.decisions:TestResults": "TestResults",
    "pylimma.containers.expression:EList": "EList",
    "pylimma.containers.expression:EListRaw": "EListRaw",
    "pylimma.containers.fit:MArrayLM": "MArrayLM",
    "pylimma.containers.two_color:MAList": "MAList",
    "pylimma.containers.two_color:RGList": "RGList",
    "pylimma.datasets:CountData": "CountData",
    "pylimma.design.description:DesignDescription": "DesignDescription",
    "pylimma.design.reformed:ContrastDesign": "ContrastDesign",
    "pylimma.fit.correlation:DuplicateCorrelation": "DuplicateCorrelation",
    "pylimma.fit.separate_channel:IntraspotCorrelation": "IntraspotCorrelation",
    "pylimma.numerics.bead_weights:BeadWeights": "BeadWeights",
    "pylimma.numerics.count_rates:PriorCounts": "PriorCounts",
    "pylimma.numerics.f_distribution.records:ScaledF": "ScaledF",
    "pylimma.numerics.linalg:PivotedQR": "PivotedQR",
    "pylimma.numerics.mixture:MixtureFit": "MixtureFit",
    "pylimma.numerics.smoothing.curve:SmoothCurve": "SmoothCurve",
    "pylimma.numerics.smoothing.curve:SmoothFit": "SmoothFit",
    "pylimma.numerics.squeeze_var:SqueezedVariances": "SqueezedVariances",
    "pylimma.numerics.sums_of_squares:PooledVariance": "PooledVariance",
    "pylimma.numerics.sums_of_squares:SumsOfSquares": "SumsOfSquares",
    "pylimma.preprocessing.duplicates:DuplicateSpacing": "DuplicateSpacing",
    "pylimma.readers.overdispersion:CaughtTranscripts": "TranscriptCounts",
    "pylimma.results.comparison:Genas": "Genas",
    "pylimma.results.comparison:SelectedModel": "SelectedModel",
    "pylimma.results.discriminant:RLDF": "RLDF",
    "pylimma.results.ordination:MDS": "MDS",
    "pylimma.results.quantile_plots:QuantilePoints": "QuantilePoints",
    "pylimma.results.scores:CumulativeOverlap": "CumulativeOverlap",
    "pylimma.weights.trend:TrendLine": "TrendLine",
    "pylimma.weights.trend:TrendPoints": "TrendPoints",
}
RECORDED = json.loads((EARLIER / "expected.json").read_text())  # of the objects that were written


def first(values):
    return np.asarray(values, dtype=float).ravel()[:4].tolist()


@pytest.mark.parametrize(
    "content",
    [
        [1, 2.5, None, True, "text", float("inf")],
        ("a", ("b", [])),
        {"x": 1, 2: {"y": None}},
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=["r", "s"]),
        pd.DataFrame(np.eye(2), columns=pd.RangeIndex(2)),
        pd.Series([1.0, np.nan], index=[3, 4], name="s"),
        pd.Series(pd.Categorical(["b", "a", None], ["b", "a"], ordered=True)),
        np.array([[True, False]]),
        np.array(["a", "b"], dtype=object),
        np.float32([1, 2]),
    ],
)
def test_what_was_written_is_read_again(content, tmp_path):
    found = read_archive(write_archive(tmp_path / "a", content))
    if isinstance(content, pd.DataFrame):
        pd.testing.assert_frame_equal(found, content, check_dtype=True)
    elif isinstance(content, pd.Series):
        pd.testing.assert_series_equal(found, content)
    elif isinstance(content, np.ndarray):
        np.testing.assert_array_equal(found, content)
        assert found.dtype == content.dtype
    else:
        assert found == content


def test_containers_and_records_keep_their_types_and_names(tmp_path):
    data = pylimma.simulate_counts(n_genes=50, n_samples=4, rng=1)
    log = np.log2(data.counts[data.counts.min(axis=1) > 0])
    design = pylimma.model_matrix("~ group", data.samples)
    fit = pylimma.e_bayes(pylimma.lm_fit(log, design))
    found = read_archive(
        write_archive(tmp_path / "a", {"fit": fit, "test": pylimma.decide_tests(fit)})
    )
    assert list(found["fit"]) == list(fit)
    np.testing.assert_array_equal(found["fit"]["t"], fit["t"])
    assert found["fit"].row_names.equals(fit.row_names)
    assert found["test"].summary().equals(pylimma.decide_tests(fit).summary())


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"kind": "own", "class": "subprocess:Popen", "parts": {"args": "true"}}, "'subprocess:Po"),
        ({"kind": "own", "class": "pylimma.record:Record", "parts": {}}, "not a kind of result"),
        ({"kind": "own", "class": "LinearFit", "parts": {}}, "not a kind of result"),
        ({"kind": "own", "class": "PriorCounts", "parts": {"other": 1}}, "not an archive"),
        ({"kind": "own", "class": ["MArrayLM"], "parts": {}}, "not an archive"),
        ({"kind": "_init__"}, "unknown kind '_init__'"),
        ({"kind": "file"}, "unknown kind 'file'"),
        ({}, "not an archive"),
    ],
)
def test_a_file_that_names_anything_else_is_refused(node, message, tmp_path):
    with zipfile.ZipFile(tmp_path / "bad", "w") as file:
        file.writestr("content.json", json.dumps(node))
    with pytest.raises(InputError, match=message):
        read_archive(tmp_path / "bad")


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputTypeError, match="A set cannot be written"):
        write_archive(tmp_path / "a", {1, 2})


def test_an_analysis_saved_with_the_names_of_modules_is_loaded():
    found, recorded = pylimma.Analysis.load(EARLIER / "analysis.pylimma"), RECORDED["analysis"]
    table = found.tables["grouptreated"]
    assert {
        "summary": found.summary.to_numpy().tolist(),
        "genes": list(found.fit.row_names[:4]),
        "coefs": list(found.models.col_names),
        "formula": found.formula,
        "weights": first(found.expression["weights"]),
        "t": first(found.fit["t"]),
        "treated_p": first(found.treated["p_value"]),
        "correlation": found.correlation.consensus_correlation,
        "mds_x": first(found.mds.x),
        "lib_size": first(found.data["samples"]["lib_size"]),
        "norm_factors": first(found.counts["samples"]["norm_factors"]),
        "table": list(table.index[:4]),
        "table_p": first(table["p_value"]),
        "design_formula": found.expression["description"].formula,
        "voom_line": first(found.expression["voom_line"].y),
        "lfc": found.options.lfc,
    } == recorded
    assert "grouptreated" in repr(found)


def test_parts_saved_with_the_names_of_modules_are_loaded():
    found, recorded = read_archive(EARLIER / "parts.pylimma"), RECORDED["parts"]
    data, fit, tests = found["data"], found["fit"], found["tests"]
    assert isinstance(data, pylimma.EList)
    assert isinstance(fit, pylimma.MArrayLM)
    assert isinstance(tests, pylimma.TestResults)
    assert {
        "E": first(data["E"]),
        "samples": list(data.col_names),
        "group": list(data["targets"]["group"]),
        "source": data["source"],
        "t": first(fit["t"]),
        "df_prior": float(fit["df_prior"]),
        "F": first(fit["F"]),
        "coefs": list(fit.col_names),
        "tests": np.ravel(tests.values).tolist(),
        "test_names": list(tests.col_names),
    } == recorded


def test_a_file_names_no_modules(tmp_path):
    found = pylimma.Analysis.load(EARLIER / "analysis.pylimma")
    with zipfile.ZipFile(found.save(tmp_path / "a")) as file:
        text = file.read("content.json").decode()
    assert '"class":"MArrayLM"' in text
    assert "pylimma." not in text


def test_a_kind_without_a_registered_name_is_not_written(tmp_path):
    class Mine(pylimma.EList):
        pass

    with pytest.raises(InputTypeError, match=r"A Mine cannot .* not a registered kind"):
        write_archive(tmp_path / "a", Mine({"E": np.eye(2)}))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", archive._KINDS)
def test_a_registered_name_stands_for_the_class_at_its_place(name):
    kind = archive._class(name)
    assert issubclass(kind, Record | Components | pylimma.TestResults)
    assert f"{kind.__module__}:{kind.__qualname__}" == archive._KINDS[name]
    assert archive._NAMES[archive._KINDS[name]] == name


@pytest.mark.parametrize(("first", "name"), FIRST_NAMES.items())
def test_names_of_the_first_format_stand_for_their_kinds(first, name):
    assert archive._class(first) is archive._class(name)


def test_what_public_functions_return_has_a_registered_name():
    for module in pkgutil.walk_packages(pylimma.__path__, "pylimma."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    bases = (Record, Components, pylimma.TestResults)
    kinds = {kind.__name__: kind for base in bases for kind in (base, *subclasses(base))}
    public = [getattr(pylimma, name) for name in pylimma.__all__]
    types = [getattr(item, "__annotations__", {}).get("return") for item in public]
    found, waiting = set(), {*pylimma.__all__, *(word for text in types for word in words(text))}
    while waiting := (waiting & set(kinds)) - found:
        found |= waiting
        fields = [inspect.get_annotations(kinds[name]).values() for name in waiting]
        waiting = {word for texts in fields for text in texts for word in words(text)}
    written = {kind.__name__ for kind in map(archive._class, archive._KINDS)}
    assert len(found) > 30
    assert not found - written - {"Record", "Components"}


def words(annotation):
    return re.findall(r"\w+", str(annotation))


def subclasses(kind):
    for below in kind.__subclasses__():
        yield below
        yield from subclasses(below)


def members(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rewritten(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(("name", "step"), [("analysis", 211), ("parts", 29)])
def test_a_flipped_bit_is_one_clear_error_or_changes_nothing(name, step, tmp_path):
    whole = (EARLIER / f"{name}.pylimma").read_bytes()
    same = members(EARLIER / f"{name}.pylimma")
    damaged = tmp_path / "damaged"
    places = {*range(0, len(whole), step), *range(0, 40, 2), *range(len(whole) - 90, len(whole))}
    refused = 0
    for place in sorted(places):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        damaged.write_bytes(content)
        try:
            read_archive(damaged)
        except InputError:
            refused += 1
        else:
            assert members(damaged) == same
    assert refused > len(places) / 2


def test_a_file_cut_at_any_place_is_an_error(tmp_path):
    whole = (EARLIER / "parts.pylimma").read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / "cut").write_bytes(whole[:size])
        with pytest.raises(InputError, match="damaged"):
            read_archive(tmp_path / "cut")


def array_of(kind, size, text="{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }\n"):
    text = (text % (kind, size)).encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (array_of("<f8", 10**12), "another size than announced"),
        (array_of("|O", 1) + bytes(8), "not a plain array"),
        (array_of("|V8", 1) + bytes(8), "not a plain array"),
        (array_of("", "", "[" * 5000 + "%s%s"), "not a plain array"),
        (b"\x80\x04]\x94.", "not a plain array"),
        (b"", "not a plain array"),
    ],
)
def test_a_crafted_header_of_an_array_is_refused(array, message, tmp_path):
    tree = json.dumps({"kind": "array", "file": "0.npy", "shape": [1]})
    with pytest.raises(InputError, match=message):
        read_archive(rewritten(tmp_path / "bad", {"content.json": tree, "0.npy": array}))


def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path):
    zeros = array_of("|u1", 300_000_000)
    tree = json.dumps({"kind": "array", "file": "0.npy", "shape": [300_000_000]})
    bomb = {"content.json": tree, "0.npy": zeros + bytes(300_000_000)}
    many = [{"kind": "array", "file": "0.npy", "shape": [2**26]}] * 9
    array = array_of("|u1", 2**26)
    wide = {"content.json": json.dumps({"kind": "list", "items": many})}
    for parts in (
        bomb,
        wide | {"0.npy": array + bytes(2**26)},
        {"content.json": "[" + "0," * 2**24 + "0]"},
        {"content.json": json.dumps({"kind": "range", "limits": [0, 10**15, 1]})},
    ):
        with pytest.raises(InputError, match="far more than its size"):
            read_archive(rewritten(tmp_path / "bomb", parts))


@pytest.mark.parametrize("depth", [70, 900, 100_000])
def test_deep_nesting_is_refused(depth, tmp_path):
    tree = '{"kind":"list","items":[' * depth + "]}" * depth
    with pytest.raises(InputError, match="damaged"):
        read_archive(rewritten(tmp_path / "deep", {"content.json": tree}))


def test_a_kind_whose_module_is_missing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setitem(archive._KINDS, "PriorCounts", "pylimma.elsewhere:PriorCounts")
    tree = json.dumps({"kind": "own", "class": "PriorCounts", "parts": {}})
    with pytest.raises(InputError, match=r"No module named 'pylimma\.elsewhere'"):
        read_archive(rewritten(tmp_path / "a", {"content.json": tree}))


def test_parts_of_a_result_keep_their_types(tmp_path):
    parts = members(EARLIER / "analysis.pylimma")
    tree = json.loads(parts["content.json"])
    for pair in tree["items"]:
        former, pair[1] = pair[1], [3]
        changed = parts | {"content.json": json.dumps(tree)}
        with pytest.raises(InputError, match=f"`{pair[0]}` of its Analysis is not of its type"):
            pylimma.Analysis.load(rewritten(tmp_path / "a", changed))
        pair[1] = former


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_archive(tmp_path / "nothing")
