"""Kinds of values that options take: files, numbers within limits, pairs and words."""

from __future__ import annotations

import glob
import math
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from pylimma.cli.manifest import PIPE
from pylimma.errors import InputError, nearest, quoted

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")  # endings that may be omitted
_SPOOLED = "standard-input"


class InputPath(click.ParamType):  # type: ignore[type-arg]
    """A file that is there, or "-" for standard input; perhaps also a folder or pattern."""

    name = "file"

    def __init__(self, *, folders: bool = False) -> None:
        self.folders = folders

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path of a text, absolute and without links."""
        if isinstance(value, Path) or value == PIPE:
            return value
        path = Path(value).expanduser()
        if self.folders and not path.exists() and glob.has_magic(value) and glob.glob(str(path)):  # noqa: PTH207 - an absolute pattern
            return path.absolute()
        endings = [ending for ending in _COMPRESSED if Path(f"{path}{ending}").is_file()]
        if not path.exists() and endings:
            path = Path(f"{path}{endings[0]}")
        if not path.exists():
            beside = os.listdir(path.parent) if path.parent.is_dir() else []  # noqa: PTH208 - names alone
            there = quoted(nearest(path.name, sorted(beside)), 3) or "nothing"
            self.fail(f"There is no file '{value}'; its folder holds {there}.", param, ctx)
        if path.is_dir() and not self.folders:
            self.fail(f"'{value}' is a folder; a file is expected.", param, ctx)
        return path.absolute() if _is_pipe(path) else path.resolve()


class Number(click.ParamType):  # type: ignore[type-arg]
    """A finite number within limits, perhaps a whole one; `inside` excludes the limits."""

    name = "number"

    def __init__(
        self,
        low: float = -math.inf,
        high: float = math.inf,
        *,
        whole: bool = False,
        inside: bool = False,
    ) -> None:
        self.low, self.high, self.whole, self.inside = low, high, whole, inside

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the number of a text; -0 is 0."""
        try:
            number = int(value) if self.whole else float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            kind = "a whole number" if self.whole else "a finite number"
            self.fail(f"'{value}' is not {kind}.", param, ctx)
        beyond = not self.low <= number <= self.high
        if beyond or (self.inside and number in (self.low, self.high)):
            self.fail(f"It must {self._limits()}; got {value}.", param, ctx)
        return number or 0 * abs(number)

    def _limits(self) -> str:
        if math.isinf(self.high):
            return f"be {'above' if self.inside else 'at least'} {self.low:g}"
        return f"lie between {self.low:g} and {self.high:g}"


class Pair(click.ParamType):  # type: ignore[type-arg]
    """Two numbers within limits, separated by a comma, or one that stands for both."""

    name = "number,number"

    def __init__(self, each: Number) -> None:
        self.each = each

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, float]:
        """Return the numbers of a text."""
        parts = value.split(",") if isinstance(value, str) else list(value)
        try:
            [float(part) for part in parts]
        except ValueError:
            parts = []
        if len(parts) not in (1, 2):
            self.fail(f"'{value}' is not two numbers such as 0.05,0.1", param, ctx)
        numbers = [self.each.convert(part, param, ctx) for part in parts]
        return numbers[0], numbers[-1]


class ShardNumber(click.ParamType):  # type: ignore[type-arg]
    """One of a number of shards, counted from 1, as in 2/10."""

    name = "i/n"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Return the shard and the number of shards."""
        first, sign, last = (part.strip() for part in str(value).partition("/"))
        if not (sign and first.isdecimal() and last.isdecimal()):
            self.fail(f"'{value}' is not a shard and their number, such as 2/10.", param, ctx)
        number, of = int(first), int(last)
        if not 1 <= number <= of:
            self.fail(f"Shards are counted from 1 to {of}; got {number}.", param, ctx)
        return number, of


class Words(click.ParamType):  # type: ignore[type-arg]
    """Words separated by commas or semicolons, perhaps of some choices alone."""

    name = "words"

    def __init__(self, choices: Iterable[str] = ()) -> None:
        self.choices = tuple(choices)

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:
        """Return the words of a text."""
        if not isinstance(value, str):
            return tuple(map(str, value))
        parts = value.replace(";", ",").split(",")
        words = tuple(part.strip() for part in parts if part.strip())
        unknown = [word for word in words if self.choices and word not in self.choices]
        if unknown:
            self.fail(f"'{unknown[0]}' is not one of {quoted(self.choices)}.", param, ctx)
        return words


@contextmanager
def piped_inputs(
    options: Mapping[str, Any], paths: Iterable[str]
) -> Iterator[tuple[dict[str, Any], list[Path]]]:
    """Options with what comes from pipes in files, and these files, for as long as needed."""
    piped = [name for name in paths if options[name] == PIPE or _is_pipe(options[name])]
    if sum(options[name] == PIPE for name in piped) > 1:
        raise InputError(f"Standard input can be given once; got it for {quoted(piped)}.")
    with tempfile.TemporaryDirectory() as folder:
        given, files = dict(options), []
        for name in piped:
            file = Path(folder) / name / _SPOOLED
            file.parent.mkdir()
            _spool(options[name], file)
            given[name] = file
            files.append(file)
        yield given, files


def _spool(source: Any, file: Path) -> None:
    standard = source == PIPE
    with nullcontext(sys.stdin.buffer) if standard else Path(source).open("rb") as pipe:
        file.write_bytes(pipe.read())


def _is_pipe(path: Any) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - of anything
    except (OSError, TypeError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
