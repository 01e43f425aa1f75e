"""The examples of the docstrings run as they stand, and print what they say they print."""

import doctest
import importlib
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from pytest_doctestplus.output_checker import FLOAT_CMP, OutputChecker

import pylimma

SOURCE = Path(pylimma.__file__).parents[1]
WITH_EXAMPLES = [p for p in sorted(SOURCE.rglob("pylimma/**/*.py")) if ">>> " in p.read_text()]
OPTIONS = FLOAT_CMP | doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def module_name(path):
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def examples_of(path):
    """Return the doctests of a module, each of which is one docstring."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    return finder.find(importlib.import_module(module_name(path)))


def failures(docstring):
    """Run the examples of a docstring and return what came out other than printed there."""
    report = []
    runner = doctest.DocTestRunner(OutputChecker(), verbose=False, optionflags=OPTIONS)
    runner.run(docstring, out=report.append)
    plt.close("all")
    return "".join(report)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=module_name)
def test_the_examples_of_a_module_print_what_they_say(path):
    docstrings = examples_of(path)
    n_examples = sum(len(docstring.examples) for docstring in docstrings)
    assert n_examples == path.read_text().count(">>> "), "an example that is not found"
    assert "".join(map(failures, docstrings)) == ""


@pytest.mark.data
@pytest.mark.parametrize(
    "path", [path for path in WITH_EXAMPLES if "+SKIP" in path.read_text()], ids=module_name
)
def test_examples_that_are_skipped_without_real_data_run_with_them(path):
    docstrings = examples_of(path)
    for example in (example for docstring in docstrings for example in docstring.examples):
        example.options.pop(doctest.SKIP, None)
    assert "".join(map(failures, docstrings)) == ""
