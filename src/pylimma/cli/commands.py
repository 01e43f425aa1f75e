"""The command `pylimma` and its subcommands."""

from __future__ import annotations

import signal
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

import click

from pylimma.cli.folder import check_target, whole_folder
from pylimma.cli.galaxy import write_galaxy
from pylimma.cli.layout import write_own
from pylimma.cli.manifest import read_manifest, write_manifest
from pylimma.cli.nf_core import write_nf_core
from pylimma.cli.options import run_options
from pylimma.cli.running import run_all
from pylimma.cli.tables import TableFormat, needs_parquet
from pylimma.cli.validation import report_differences
from pylimma.datasets import simulate_counts
from pylimma.errors import PylimmaError
from pylimma.validation.cases import compare_all

FAULT, UNEXPECTED, INTERRUPTED, TERMINATED = 1, 3, 130, 143
_WRITERS = {"pylimma": write_own, "nf-core": write_nf_core, "galaxy": write_galaxy}
_NOT_RECORDED = ("out", "overwrite", "quiet", "debug", "allow_changed", "repeated")
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_HELP)
@click.version_option(package_name="pylimma")
def pylimma() -> None:
    r"""Differential expression from counts or log-expression.

    \b
    Exit status: 0 done, 1 a fault in data or options, 2 a fault in the command line,
    3 an unexpected error, 130 interrupted.
    """


class Repeatable(click.Command):
    """A command whose defaults are the options of an earlier run, where one is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Load the options of that run before the command line is read."""
        ctx.meta["allow_changed"] = "--allow-changed" in args
        return super().parse_args(ctx, args)


def _load_run(ctx: click.Context, _: click.Parameter, value: str | None) -> str | None:
    """Options of an earlier run become the defaults of this one."""
    if value is not None:
        allowed = ctx.meta["allow_changed"]
        ctx.default_map = read_manifest(Path(value), allow_changed=allowed)
    return value


@pylimma.command(cls=Repeatable)
@run_options
@click.option("--out", type=click.Path(), required=True, help="Folder of the results, made anew.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there.")
@click.option("--from", "repeated", type=click.Path(exists=True), is_eager=True,
              callback=_load_run, help="Repeat the run of a run.json.")  # fmt: skip
@click.option("--allow-changed", is_flag=True, help="Repeat it with other inputs.")
@click.option("--quiet", is_flag=True, help="Print no account.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def run(**options: Any) -> None:
    r"""Analyse counts or log-expression and write tables, plots and a report.

    \b
    pylimma run --counts counts.tsv.gz --samples samples.csv --formula '~ 0 + group' \
        --contrast 'treated - control' --out results/
    """
    _run(options)


@pylimma.command()
@click.option("--out", type=click.Path(), default="pylimma-demo", show_default=True)
@click.option("--genes", type=click.IntRange(100, 100_000), default=10_000, show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace results that are there.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def demo(out: str, genes: int, *, overwrite: bool, debug: bool) -> None:  # noqa: ARG001 - see main
    """Simulate an experiment, analyse it, and show the command that did."""
    target = Path(out)
    check_target(target, overwrite=overwrite)
    data = simulate_counts(n_genes=genes, n_samples=8, rng=1)
    inputs = target.with_name(f"{target.name}-data")
    inputs.mkdir(parents=True, exist_ok=True)
    data.counts.to_csv(inputs / "counts.tsv", sep="\t", index_label="gene")
    data.samples.to_csv(inputs / "samples.csv", index_label="sample")
    arguments = [
        *("--counts", str(inputs / "counts.tsv"), "--samples", str(inputs / "samples.csv")),
        *("--formula", "~ 0 + group", "--contrast", "treated - control", "--out", out),
    ]
    quoted = [f"'{text}'" if " " in text else text for text in arguments]
    click.echo(f"pylimma run {' '.join(quoted)}\n")
    run.main([*arguments, *(["--overwrite"] if overwrite else [])], standalone_mode=False)
    click.echo(f"\nOpen {target / 'report.html'} in a browser.")


@pylimma.command()
@click.option("--each", is_flag=True, help="List every step, not only the functions.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def validate(*, each: bool, debug: bool) -> None:  # noqa: ARG001 - see main
    """Compare this installation with recorded results of R.

    Exit status 1 if any difference is beyond its tolerance.
    """
    failed = report_differences(list(compare_all()), click.echo, each=each)
    if failed:
        raise click.exceptions.Exit(FAULT)


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
        _WRITERS[options["style"]](folder, jobs, options, tables)
        recorded = {name: value for name, value in options.items() if name not in _NOT_RECORDED}
        write_manifest(folder, recorded, files)
    if not options["quiet"]:
        for job in jobs:
            click.echo(f"{job.name}\n{job.analysis!r}" if job.name else repr(job.analysis))
        click.echo(f"\nWritten to {target}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; faults become one line and an exit status.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process when not given.
    """
    given = sys.argv[1:] if arguments is None else arguments
    former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.showwarning = _show_warning
            sys.exit(_status(given))
    finally:
        signal.signal(signal.SIGTERM, former)


def _status(given: list[str]) -> int:
    try:
        status = pylimma.main(given, prog_name="pylimma", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"pylimma: {_one_line(error.format_message())}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("pylimma: interrupted", err=True)
        return INTERRUPTED
    except (PylimmaError, OSError, MemoryError) as error:
        return _tell(error, given, FAULT)
    except Exception as error:  # noqa: BLE001 - the last resort of a command
        return _tell(error, given, UNEXPECTED)
    return status if isinstance(status, int) else 0


def _tell(error: BaseException, given: list[str], status: int) -> int:
    if "--debug" in given:
        traceback.print_exception(error)
    text = _one_line(str(error)) or type(error).__name__
    if status == UNEXPECTED:
        text = f"unexpected {type(error).__name__}: {text} (--debug shows where)"
    click.echo(f"pylimma: {text}", err=True)
    return status


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    click.echo(f"warning: {_one_line(str(message))}", err=True)
