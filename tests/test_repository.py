"""Rules of this repository that the tools cannot express."""

import ast
import csv
import re
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from inspect import getdoc, isclass, isfunction, signature
from pathlib import Path

import api_pages
import numpydoc.docscrape
import pytest

import pylimma

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "pylimma"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PYTHON = [
    *SOURCES,
    *(p for room in ("tests", "examples", "benchmarks", "data", "docs")
      for p in sorted((ROOT / room).rglob("*.py")) if "_build" not in p.parts),
]  # fmt: skip

MOST_FILE_LINES = 400
MOST_BODY_LINES = 40
MOST_LOOP_BODY_LINES = 60  # a solver's iteration stays in one place
MOST_NESTING = 3
NAMELESS = {"utils", "util", "misc", "common", "core", "classes", "helpers", "tools", "shared"}

PUBLIC = sorted(set(pylimma.__all__) - {"__version__"})

# The time that `import pylimma` may take once NumPy is loaded, in seconds.
IMPORT_SECONDS = 0.06
HEAVY = ("pandas", "matplotlib", "scipy.stats", "anndata", "narwhals", "pooch", "click")


def name_of(path):
    return str(path.relative_to(ROOT))


def functions_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def without_docstring(function):
    has_one = ast.get_docstring(function, clean=False) is not None
    return function.body[1:] if has_one else function.body


def nesting(node, depth=0):
    """Return the deepest nesting of blocks in a function; `elif` stays at the level of its `if`."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        block = isinstance(child, ast.If | ast.For | ast.While | ast.With | ast.Try | ast.Match)
        chained = isinstance(child, ast.If) and isinstance(node, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child, depth + (block and not chained)))
    return deepest


def api_table():
    with (ROOT / "docs" / "reference" / "names.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_name_of_the_stub_can_be_imported():
    for name in PUBLIC:
        assert getattr(pylimma, name) is not None


def test_the_stub_lists_each_name_once_and_imports_nothing_else():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    aliases = [a for node in stub.body if isinstance(node, ast.ImportFrom) for a in node.names]
    assert [a.name for a in aliases if a.asname != a.name] == []
    assert [name for name, n in Counter(a.name for a in aliases).items() if n > 1] == []


def test_the_reference_lists_every_public_name_once():
    listed = [name for names in api_pages.names_by_room().values() for name in names]
    assert sorted(listed) == PUBLIC


def test_the_table_of_names_has_each_r_name_once_for_each_python_name():
    pairs = Counter((row["r_name"], row["python_name"]) for row in api_table())
    assert [pair for pair, n in pairs.items() if n > 1] == []


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_file_is_short(path):
    n_lines = len(path.read_text().splitlines())
    assert n_lines < MOST_FILE_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_function_is_short_and_flat(path):
    for function in functions_of(path):
        body = without_docstring(function)
        lines = function.end_lineno - body[0].lineno + 1 if body else 0
        loops = any(isinstance(n, ast.While | ast.For) for n in ast.walk(function))
        assert lines <= (MOST_LOOP_BODY_LINES if loops else MOST_BODY_LINES), function.name
        assert nesting(function) <= MOST_NESTING, function.name


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_is_named_after_its_idea_and_a_function_is_no_test(path):
    assert path.stem.strip("_") not in NAMELESS
    assert not re.search(r"\d$|phase|issue", path.stem)
    module = ast.parse(path.read_text()).body
    names = [node.name for node in module if isinstance(node, ast.FunctionDef)]
    assert [name for name in names if name.startswith("test_")] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/__init__.py")), ids=name_of)
def test_a_room_exports_nothing(path):
    if path.parent.name == "plotting":
        return  # published tutorials import `_mds_coordinates` from there
    body = ast.parse(path.read_text()).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr), "a docstring"


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_no_path_of_a_machine_is_written_down(path):
    folders = "work|home|root|Users|tmp|opt|mnt"
    assert re.findall(rf"""["'\s(](/(?:{folders})/[^\s"']*)""", path.read_text()) == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_r_is_spoken(path):
    text = path.read_text()
    assert re.findall(r"\w\$[A-Za-z]\w*|\w <- \w", text) == []
    assert re.findall(r"(?i)\bissue \d+|\bphase \d+|\b(?:line|l\.) \d+ of\b", text) == []


ARRAYS = {"FloatArray", "BoolArray", "IntArray", "AnyArray"}
PLAIN = ARRAYS | {"float", "int", "bool", "str", "None", "tuple", "list", "slice"}
LABELLED_ROOMS = ("pylimma.adapters", "pylimma.containers", "matplotlib", "anndata")
LABELLED_TYPES = {"DataFrame", "Series", "Index", "concat", "merge"}  # of pandas


def is_kernel(function):
    """Whether a function is mathematics: arrays and numbers in, arrays and numbers out."""
    arguments = function.args
    annotations = [a.annotation for a in arguments.args + arguments.kwonlyargs]
    if None in [*annotations, function.returns]:
        return False
    words = [set(re.findall(r"\w+", ast.unparse(a))) for a in [*annotations, function.returns]]
    return (
        all(w <= PLAIN for w in words)
        and any(w & ARRAYS for w in words)
        and bool(words[-1] & ARRAYS)
    )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_private_constant_is_used(path):
    text = path.read_text()
    targets = [
        t for node in ast.parse(text).body if isinstance(node, ast.Assign) for t in node.targets
    ]
    names = [t.id for t in targets if isinstance(t, ast.Name) and re.match("_[A-Z]", t.id)]
    assert [name for name in names if len(re.findall(rf"\b{name}\b", text)) == 1] == []


@pytest.mark.parametrize("path", [p for p in SOURCES if "plotting" not in p.parts], ids=name_of)
def test_a_kernel_knows_arrays_alone_in_whatever_room_it_lives(path):
    tree = ast.parse(path.read_text())
    labelled = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(LABELLED_ROOMS)
        for alias in node.names
        if not alias.name.isupper()
    }
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and is_kernel(function):
            nodes = list(ast.walk(function))
            used = {n.id for n in nodes if isinstance(n, ast.Name)} & labelled
            used |= {n.attr for n in nodes if isinstance(n, ast.Attribute)} & LABELLED_TYPES
            assert used == set(), function.name


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_object_is_documented(name):
    thing = getattr(pylimma, name)
    if not (isfunction(thing) or isclass(thing)):
        return
    text = getdoc(thing)
    assert text, "no docstring"
    sections = numpydoc.docscrape.NumpyDocString(text)
    assert " ".join(sections["Summary"]).endswith(".")
    if isfunction(thing):
        documented = {
            part.strip("* ") for p in sections["Parameters"] for part in p.name.split(",")
        }
        assert set(signature(thing).parameters) == documented
        assert sections["Returns"], "no section Returns"


def run(code):
    """Return what a fresh interpreter prints."""
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_the_package_loads_nothing_heavy():
    loaded = run("import sys, pylimma; print(*sys.modules)").split()
    assert [name for name in HEAVY if name in loaded] == []


TUTORIAL = """
import sys
import pylimma
data = pylimma.simulate_counts(n_genes=300, rng=1)
y = pylimma.DGEList(data.counts, samples=data.samples)
y = pylimma.norm_lib_sizes(y[pylimma.filter_by_expr(y, group=data.samples["group"])])
design = pylimma.model_matrix("~ 0 + group", data.samples)
fit = pylimma.lm_fit(pylimma.voom(y, design), design)
wanted = pylimma.make_contrasts("treated - control", levels=design)
fit = pylimma.e_bayes(pylimma.contrasts_fit(fit, wanted))
pylimma.top_table(fit, number=None)
print(*sys.modules)
"""
OF_OTHER_STEPS = (
    *("matplotlib", "jinja2", "click", "pooch", "narwhals", "polars", "anndata", "dask", "zarr"),
    *("h5py", "scipy.stats", "scipy.optimize", "scipy.sparse", "scipy.fft", "scipy.integrate"),
    *("scipy.spatial", "scipy.cluster", "scipy.ndimage", "scipy.io", "scipy.linalg"),
)


def test_an_analysis_loads_no_library_of_other_steps():
    loaded = run(TUTORIAL).split()
    assert [name for name in OF_OTHER_STEPS if name in loaded] == []


def test_importing_the_package_is_quick():
    code = (
        "import numpy; from time import perf_counter as now; start = now(); import pylimma; "
        "print(now() - start)"
    )
    assert statistics.median(float(run(code)) for _ in range(5)) < IMPORT_SECONDS


GLOSSARY = tomllib.loads((ROOT / "docs" / "reference" / "glossary.toml").read_text())


def test_the_glossary_names_functions_that_have_the_parameter():
    for parameter, entry in GLOSSARY.items():
        for name in entry.get("except", ()):
            assert set(parameter.split(", ")) <= set(signature(getattr(pylimma, name)).parameters)


@pytest.mark.parametrize("name", [name for name in PUBLIC if isfunction(getattr(pylimma, name))])
def test_a_recurring_parameter_has_the_text_of_the_glossary(name):
    sections = numpydoc.docscrape.NumpyDocString(getdoc(getattr(pylimma, name)))
    for part in sections["Parameters"]:
        entry = GLOSSARY.get(part.name)
        if entry is not None and name not in entry.get("except", ()):
            assert (part.type, " ".join(part.desc)) == (entry["type"], entry["text"]), part.name
