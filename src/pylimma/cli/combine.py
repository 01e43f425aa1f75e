"""`pylimma combine`: the shards of a run joined, moderated and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pylimma.archive import read_archive
from pylimma.cli.kinds import Number
from pylimma.cli.manifest import EarlierRun, check_versions, checksum, parse_run
from pylimma.cli.run import command as run
from pylimma.cli.run import path_options
from pylimma.errors import InputError, quoted
from pylimma.fit.shards import FitShard, joined_shards

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Shard:
    """A file of `pylimma fit`."""

    file: Path
    number: int
    of: int
    run: EarlierRun
    models: list[FitShard]

    def inputs(self) -> list[str]:
        """The checksums of what was read, wherever it stood."""
        return sorted(self.run.inputs.values())

    def options(self) -> dict[str, Any]:
        """The options but for paths, which may differ from machine to machine."""
        paths = path_options(run)
        return {name: value for name, value in self.run.options.items() if name not in paths}


@click.command("combine")
@click.argument("shards", nargs=-1, required=True, type=_FILE)
@click.option("--out", type=click.Path(), required=True, metavar="FOLDER",
              help="The folder for the results.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the results of an earlier run there.")
@click.option("--threads", type=Number(1, whole=True),
              help="The most threads. The default is one for each processor.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print no summary.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def command(ctx: click.Context, /, shards: Sequence[Path], **options: Any) -> None:
    """Join the shards of `pylimma fit`; write tables, plots and a report.

    Name the files of all shards, in any order. The input that they were made from is read again,
    and must be unchanged. The results are those of `pylimma run`, to the last digit.
    """
    found = sorted((_read(file) for file in shards), key=lambda shard: shard.number)
    _check_alike(found)
    _check_complete(found)
    first = found[0].run
    _check_inputs(first)
    check_versions(first)
    given = ["--out", options["out"]]
    given += [f"--{name}" for name in ("overwrite", "quiet", "debug") if options[name]]
    given += ["--threads", str(options["threads"])] if options["threads"] else []
    models = list(zip(*(shard.models for shard in found), strict=True))
    with (
        run.make_context("run", given, parent=ctx, default_map=first.options) as context,
        joined_shards(models),
    ):
        run.invoke(context)


def _read(file: Path) -> _Shard:
    content = read_archive(file)
    try:
        number, of = content["shard"]
        models = [model for model in content["models"] if isinstance(model, FitShard)]
        run_of_shard = parse_run(content["run"], file, path_options(run))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"'{file}' is not a shard of `pylimma fit`.") from error
    return _Shard(file, int(number), int(of), run_of_shard, models)


def _check_alike(shards: list[_Shard]) -> None:
    """Raise unless all shards are of one run; the message says what differs, and in which."""
    first = shards[0]
    for other in shards[1:]:
        pairs = {
            "number of shards": (first.of, other.of),
            "versions": (first.run.versions, other.run.versions),
            "input": (first.inputs(), other.inputs()),
            "options": (first.options(), other.options()),
            "models": (len(first.models), len(other.models)),
        }
        for what, (ours, theirs) in pairs.items():
            if ours != theirs:
                raise InputError(
                    f"'{other.file}' has other {what} than '{first.file}'{_which(ours, theirs)}."
                )


def _which(ours: Any, theirs: Any) -> str:
    """The first entry of two mappings that differs, with both values."""
    if not isinstance(ours, dict):
        return "" if isinstance(ours, list) else f": {theirs} and {ours}"
    for name in ours | theirs:
        if ours.get(name) != theirs.get(name):
            return f": {name} is {theirs.get(name)} and {ours.get(name)}"
    return ""


def _check_complete(shards: list[_Shard]) -> None:
    numbers, of = [shard.number for shard in shards], shards[0].of
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise InputError(
            f"Shard {twice[0]} of {of} was given more than once: "
            f"{quoted(shard.file for shard in shards if shard.number == twice[0])}."
        )
    missing = [str(number) for number in range(1, of + 1) if number not in numbers]
    if missing:
        many = "Shards" if len(missing) > 1 else "Shard"
        raise InputError(f"{many} {', '.join(missing)} of {of} missing.")


def _check_inputs(earlier: EarlierRun) -> None:
    gone = [name for name in earlier.inputs if not Path(name).is_file()]
    if gone:
        raise InputError(
            f"The input of the shards is missing, which `pylimma combine` reads again: "
            f"{quoted(gone)}."
        )
    changed = [name for name, known in earlier.inputs.items() if checksum(Path(name)) != known]
    if changed:
        raise InputError(f"The input has changed since the shards were fitted: {quoted(changed)}.")
