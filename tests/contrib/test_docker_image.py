"""The Dockerfile: what it copies and installs is there."""

import re
import tomllib

import pytest


@pytest.fixture(scope="module")
def steps(contrib):
    text = (contrib / "docker" / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(" ", 1)) for line in joined.splitlines()]


def test_its_instructions_are_dockers(steps):
    assert [name for name, _ in steps if name not in {"FROM", "COPY", "RUN", "ENV", "CMD"}] == []
    assert [name for name, _ in steps].count("FROM") == 2
    assert steps[0] == ("FROM", "python:3.13 AS build")
    assert steps[-1] == ("CMD", '["pylimma", "--help"]')


def test_it_installs_extras_and_a_python_that_the_package_has(contrib, steps):
    project = tomllib.loads((contrib.parent / "pyproject.toml").read_text())["project"]
    extras = {found for _, text in steps for found in re.findall(r"\[([a-z,]+)\]'", text)}
    assert len(extras) == 1, "what is built is installed"
    assert set(extras.pop().split(",")) <= set(project["optional-dependencies"])
    versions = {found for _, text in steps for found in re.findall(r"python:3\.(\d+)", text)}
    assert len(versions) == 1
    least = int(re.search(r">=3\.(\d+)", project["requires-python"])[1])
    assert int(versions.pop()) >= least


def test_it_copies_what_an_earlier_step_made(steps):
    copied = [text.split() for name, text in steps if name == "COPY"]
    assert copied == [[".", "/source"], ["--from=build", "/wheels", "/wheels"]]
    assert any("--wheel-dir /wheels" in text and "/source[" in text for _, text in steps)
