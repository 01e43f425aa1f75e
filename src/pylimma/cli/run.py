"""`pylimma run`: analyse files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pylimma.cli.folder import check_target, read_manifest, whole_folder, write_manifest
from pylimma.cli.jobs import run_all
from pylimma.cli.options import HEADINGS, run_options
from pylimma.cli.styles import WRITERS
from pylimma.cli.tables import TableFormat, needs_parquet

_EXAMPLE = (
    "Example:\n\n\b\npylimma run --counts counts.tsv.gz --samples samples.csv "
    "--formula '~ 0 + group' \\\n    --contrast 'treated - control' --out results/"
)
_NOT_RECORDED = ("out", "overwrite", "quiet", "debug", "allow_changed", "repeated")


class Repeatable(click.Command):
    """A command whose defaults can be the options of an earlier run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note --allow-changed before the options of that run are read; --a_b is --a-b."""
        parts = [arg.partition("=") if arg.startswith("--") else ("", "", arg) for arg in args]
        args = [f"{name.replace('_', '-')}{sign}{value}" for name, sign, value in parts]
        ctx.meta["allow_changed"] = "--allow-changed" in args
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under headings."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            heading = HEADINGS.get(parameter.name or "", "Run")
            line = parameter.get_help_record(ctx)
            if line is not None:
                groups.setdefault(heading, []).append(line)
        for heading, lines in groups.items():
            with formatter.section(heading):
                formatter.write_dl(lines)


def _load_run(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    """Options of an earlier run become the defaults of this one."""
    if value is not None:
        allowed = ctx.meta["allow_changed"]
        ctx.default_map = read_manifest(Path(value), allow_changed=allowed)
    return value


@click.command("run", cls=Repeatable, epilog=_EXAMPLE)
@run_options
@click.option("--out", type=click.Path(), required=True, help="Folder for the results.")
@click.option("--overwrite", is_flag=True, help="Replace earlier results.")
@click.option("--from", "repeated", type=click.Path(exists=True), is_eager=True,
              callback=_load_run, help="Repeat the run recorded in a run.json.")  # fmt: skip
@click.option("--allow-changed", is_flag=True, help="Repeat it although inputs have changed.")
@click.option("--quiet", is_flag=True, help="Print no summary.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def command(**options: Any) -> None:
    """Analyse counts or log-expression; write tables, plots and a report."""
    _run(options)


def _run(options: dict[str, Any]) -> None:
    target = Path(options["out"])
    check_target(target, overwrite=options["overwrite"])
    tables = TableFormat(
        digits=options["round_digits"],
        spreadsheet_safe=options["spreadsheet_safe"],
        parquet=needs_parquet(wanted=options["parquet"]),
    )
    jobs, files = run_all(options)
    with whole_folder(target, overwrite=options["overwrite"]) as folder:
        WRITERS[options["style"]](folder, jobs, options, tables)
        recorded = {name: value for name, value in options.items() if name not in _NOT_RECORDED}
        write_manifest(folder, recorded, files)
    if not options["quiet"]:
        for job in jobs:
            click.echo(f"{job.name}\n{job.analysis!r}" if job.name else repr(job.analysis))
        click.echo(f"\nWritten to {target}")
