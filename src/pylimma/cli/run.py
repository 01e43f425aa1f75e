"""`pylimma run`: analyse files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from pylimma.analysis.summary import summary_text
from pylimma.cli.folder import whole_folder
from pylimma.cli.help import EXAMPLES, format_options
from pylimma.cli.jobs import run_all
from pylimma.cli.kinds import InputPath, Number, piped_inputs
from pylimma.cli.manifest import (
    PIPE,
    EarlierRun,
    check_inputs,
    check_versions,
    read_manifest,
    write_manifest,
)
from pylimma.cli.options import run_options
from pylimma.cli.styles import WRITERS
from pylimma.cli.tables import TableFormat, needs_parquet
from pylimma.numerics.threads import at_most_threads
from pylimma.output import output_errors

_NOT_RECORDED = (
    *("out", "overwrite", "quiet", "debug", "allow_changed", "repeated", "threads", "shard"),
)


class Repeatable(click.Command):
    """A command whose defaults can be the options of an earlier run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read options with underscores too, --a_b as --a-b."""
        parts = [arg.partition("=") if arg.startswith("--") else ("", "", arg) for arg in args]
        args = [f"{name.replace('_', '-')}{sign}{value}" for name, sign, value in parts]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under headings."""
        format_options(self.get_params(ctx), ctx, formatter)


def path_options(command: click.Command) -> list[str]:
    """Names of the options that name input."""
    return [str(p.name) for p in command.params if isinstance(p.type, InputPath)]


def _load_run(ctx: click.Context, _: click.Parameter, value: str | None) -> EarlierRun | None:
    """Options of an earlier run become the defaults of this one."""
    if value is None:
        return None
    earlier = read_manifest(Path(value), path_options(ctx.command))
    ctx.default_map = earlier.options
    return earlier


@click.command("run", cls=Repeatable, epilog=EXAMPLES)
@run_options
@click.option("--out", type=click.Path(), required=True, metavar="FOLDER",
              help="The folder for the results.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the results of an earlier run there.")
@click.option("--from", "repeated", type=click.Path(exists=True), is_eager=True,
              callback=_load_run, metavar="FILE",
              help="Repeat the run of a run.json, with the options given here.")  # fmt: skip
@click.option("--allow-changed", is_flag=True, help="Repeat it although inputs have changed.")
@click.option("--threads", type=Number(1, whole=True),
              help="The most threads. The default is one for each processor.")  # fmt: skip
@click.option("--seed", type=Number(0, whole=True),
              help="A seed, which is recorded. No step draws random numbers: results do not "
              "depend on it.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print no summary.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Analyse counts or log-expression; write tables, plots and a report."""
    earlier = options["repeated"]
    if earlier is not None:
        repeated = [
            earlier.options.get(name)
            for name in path_options(ctx.command)
            if ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
        ]
        check_inputs(earlier, repeated, allow_changed=options["allow_changed"])
        check_versions(earlier)
    options["method"] = chosen_method(options)
    _run(options, path_options(ctx.command))


def chosen_method(options: dict[str, Any]) -> str:
    """The method as given, or the usual one for the kind of data."""
    return options["method"] or ("vooma" if options["intensities"] else "voom")


def recorded_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that a manifest records: those that results depend on."""
    return {name: value for name, value in options.items() if name not in _NOT_RECORDED}


def _run(options: dict[str, Any], paths: list[str]) -> None:
    target = Path(options["out"])
    tables = TableFormat(
        digits=options["round_digits"],
        spreadsheet_safe=options["spreadsheet_safe"],
        parquet=needs_parquet(wanted=options["parquet"]),
    )
    with (
        whole_folder(target, overwrite=options["overwrite"]) as folder,
        piped_inputs(options, paths) as (given, pipes),
        at_most_threads(options["threads"]),
    ):
        jobs, files = run_all(given)
        recorded = {
            name: PIPE if given[name] in pipes else value
            for name, value in recorded_options(options).items()
        }
        with output_errors(target):
            WRITERS[options["style"]](folder, jobs, given, tables)
            write_manifest(folder, target, recorded, files, pipes)
    if not options["quiet"]:
        for job in jobs:
            text = summary_text(job.analysis, with_warnings=False)  # these were shown
            click.echo(f"{job.name}\n{text}" if job.name else text)
        click.echo(f"\nWritten to {target}")
