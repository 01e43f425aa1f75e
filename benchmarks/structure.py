"""The size and shape of the source, in figures: ``nox -s measure``, or run this script.

Lines are counted by what they are, import circles with those through annotations, and the depth
of calls by running `voom` and `analyze` on a small experiment.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import warnings
from collections import Counter
from pathlib import Path

import pylimma

PACKAGE = Path(pylimma.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in SOURCES}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = ("Parameters\n", "Returns\n", "Raises\n", "Yields\n", "Warns\n")


def main() -> None:
    """Print one figure a line."""
    for name, figure in {**sizes(), **shape(), **calls()}.items():
        print(f"{name:<58}{figure}")


def sizes() -> dict[str, str]:
    """Modules and lines: of code, docstrings, comments."""
    text = {path: path.read_text().splitlines() for path in SOURCES}
    lines = sum(map(len, text.values()))
    docstrings = sum(map(docstring_lines, TREES.values()))
    comments = sum(map(comment_lines, SOURCES))
    blank = sum(not line.strip() for path in SOURCES for line in text[path])
    n_public = len(set(pylimma.__all__) - {"__version__"})
    longest = max(SOURCES, key=lambda path: len(text[path]))
    return {
        "modules": f"{len(SOURCES)}",
        "lines": f"{lines}",
        "  of docstrings": f"{docstrings} ({docstrings / lines:.0%})",
        "  of comments alone": f"{comments}",
        "  blank, outside docstrings and in them": f"{blank}",
        "public names": f"{n_public}",
        "lines for each public name": f"{lines / n_public:.0f}",
        "longest file": f"{longest.relative_to(PACKAGE)}, {len(text[longest])} lines",
    }


def docstring_lines(tree: ast.Module) -> int:
    """Lines of all docstrings of a module."""
    return sum(
        node.body[0].end_lineno - node.body[0].lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
    )


def comment_lines(path: Path) -> int:
    """Lines that hold a comment and nothing else."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return sum(t.type == tokenize.COMMENT and not t.line[: t.start[1]].strip() for t in tokens)


def shape() -> dict[str, str]:
    """Helpers documented like public functions, exceptions to rules, and import circles."""
    public = set(pylimma.__all__) | {"Record", "Components"}
    blocks = sum(
        any(block in (ast.get_docstring(node) or "") for block in BLOCKS)
        for tree in TREES.values()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name not in public
    )
    noqa = sum(path.read_text().count("# noqa") for path in SOURCES)
    circles = import_circles()
    return {
        "internal functions with a block of parameters or returns": f"{blocks}",
        "exceptions to the rules of style (noqa)": f"{noqa}",
        "import circles, annotations included": "; ".join(map(" ".join, circles)) or "none",
    }


def import_circles() -> list[list[str]]:
    """Groups of modules that import each other, by Tarjan's algorithm."""
    names = {module_name(path): path for path in SOURCES}
    edges = {name: imported(TREES[path], names) - {name} for name, path in names.items()}
    edges["draw"] = set()  # the one declared door
    order, low, stack, found = {}, {}, [], []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in edges[name]:
            if other not in order:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            found.append(sorted(group))

    for name in sorted(edges):
        if name not in order:
            visit(name)
    return [group for group in found if len(group) > 1]


def module_name(path: Path) -> str:
    """Name of a module below the package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.Module, names: dict[str, Path]) -> set[str]:
    """Modules of the package that a module imports anywhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pylimma"):
            module = node.module.removeprefix("pylimma").removeprefix(".")
            found.add(module)
            found |= {f"{module}.{alias.name}".removeprefix(".") for alias in node.names}
    return found & set(names)


def calls() -> dict[str, str]:
    """Depth of the calls of `voom` and `analyze`, and the factorisations in one `analyze`."""
    data = pylimma.simulate_counts(500, 6, rng=1)
    table = data.samples
    design = pylimma.model_matrix("~ group", table)
    voom_depth, voom_calls = traced(lambda: pylimma.voom(data.counts, design, n_jobs=1))
    depth, analyze_calls = traced(lambda: pylimma.analyze(data.counts, table, "~ group"))
    return {
        "deepest call chain of voom": f"{voom_depth}",
        "deepest call chain of analyze": f"{depth}",
        "pivoted QR factorisations in one voom": f"{voom_calls['pivoted_qr']}",
        "pivoted QR factorisations in one analyze": f"{analyze_calls['pivoted_qr']}",
    }


def traced(run: object) -> tuple[int, Counter[str]]:
    """Run once to load what it needs, then again under a profiler: depth and calls by name."""
    counts: Counter[str] = Counter()
    depth = deepest = 0

    def profile(frame: object, event: str, _: object) -> None:
        nonlocal depth, deepest
        own = frame.f_code.co_filename.startswith(str(PACKAGE))
        if not own or frame.f_code.co_name.startswith("<"):
            return
        if event == "call":
            depth += 1
            deepest = max(deepest, depth)
            counts[frame.f_code.co_name] += 1
        elif event == "return":
            depth -= 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run()
        sys.setprofile(profile)
        try:
            run()
        finally:
            sys.setprofile(None)
    return deepest, counts


if __name__ == "__main__":
    main()
