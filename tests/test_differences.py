"""The page on differences from R: every entry is complete, and its test exists."""

import re
from pathlib import Path

import pytest

import pylimma

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "differences-from-r.md"
ENTRY = re.compile(r"^### (.+?)\n(.+?)(?=^##|\Z)", flags=re.MULTILINE | re.DOTALL)
ENTRIES = dict(ENTRY.findall(PAGE.read_text()))
VERSIONS = ("limma 4.0.0", "edgeR 4.10")


@pytest.mark.parametrize("title", ENTRIES)
def test_an_entry_tells_what_r_does_what_we_do_why_and_where_it_is_tested(title):
    fields = re.findall(r"^- \*\*(\w+)\*\*: ", ENTRIES[title], re.MULTILINE)
    assert fields == ["R", "Here", "Why", "Test"]


@pytest.mark.parametrize("title", ENTRIES)
def test_the_tests_of_an_entry_exist(title):
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ENTRIES[title])
    assert named
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(), f"{file}::{test}"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_versions_that_defaults_follow_are_told(version):
    assert version in PAGE.read_text()
    assert version in pylimma.__doc__
