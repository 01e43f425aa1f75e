"""The distribution: its name stands in one place, and texts send nobody to an index by it."""

import re
import tomllib
from pathlib import Path

import pytest

import pylimma
from pylimma import release

ROOT = Path(__file__).parents[1]
TEXTS = sorted(
    path
    for folder in ("src", "docs", "examples")
    for kind in ("*.py", "*.md", "*.ipynb")
    for path in (ROOT / folder).rglob(kind)
    if not {"_build", "generated", "jupyter_execute", ".ipynb_checkpoints"} & set(path.parts)
)


def test_the_constant_is_the_name_in_the_project_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == release.DISTRIBUTION
    assert pylimma.__version__ == release.version()


@pytest.mark.parametrize("path", [ROOT / "README.md", *TEXTS], ids=lambda p: p.stem)
def test_no_text_sends_a_user_to_an_index_by_the_name_of_the_package(path):
    found = re.findall(r"(?:pip|uv|conda|mamba) (?:add|install)[^\n`]*", path.read_text())
    assert not [text for text in found if re.search(r"\bpylimma\b", text)]


@pytest.mark.parametrize("path", [p for p in TEXTS if p.suffix == ".py"], ids=lambda p: p.stem)
def test_versions_are_asked_by_the_constant(path):
    assert not re.search(r"version\w*\(\s*[\"']pylimma[\"']", path.read_text())
