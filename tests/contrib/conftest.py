"""A shell in which `pylimma` is the command of this checkout."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pylimma.cli.run import command

CONTRIB = Path(__file__).parents[2] / "contrib"


@pytest.fixture(scope="session")
def contrib():
    return CONTRIB


@pytest.fixture
def shell(tmp_path):
    """Run a script in a new folder; returns the folder and what was printed."""
    programs, folder = tmp_path / "bin", tmp_path / "work"
    programs.mkdir()
    folder.mkdir()
    program = programs / "pylimma"
    start = "from pylimma.cli.commands import main; main()"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -W error -c '{start}' \"$@\"\n")
    program.chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])

    def run(script):
        done = subprocess.run(  # noqa: S603 - our own script
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - of the PATH
            cwd=folder,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return folder, done.stdout + done.stderr

    return run


@pytest.fixture(scope="session")
def check_options():
    """Assert that `pylimma run` has every option of a text."""
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}

    def check(text):
        used = {word.replace("_", "-") for word in re.findall(r"(?<![\w-])--[a-z][a-z_-]*", text)}
        assert used
        assert used <= known, sorted(used - known)

    return check
