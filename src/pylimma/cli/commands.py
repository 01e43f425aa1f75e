"""The command `pylimma`: its subcommands, and how errors are reported."""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import click

from pylimma.errors import Note, PylimmaError
from pylimma.release import DISTRIBUTION

INVALID, UNEXPECTED, INTERRUPTED, TERMINATED = 1, 3, 130, 143
_COMMANDS = {
    "run": "Analyse counts or log-expression; write tables, plots and a report.",
    "fit": "Fit the models of a run for one shard of the genes, as one job of many.",
    "combine": "Join the shards of all jobs; write what `run` writes.",
    "sets": "Test gene sets on the results of a run, a saved fit, or a ranked list.",
    "demo": "Simulate an experiment, analyse it, and show the command for it.",
    "validate": "Compare this installation with recorded results of R.",
}
_STATUS = (
    "Exit status: 0 success, 1 invalid data or options, 2 invalid command line, "
    "3 unexpected error, 130 interrupted."
)
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Subcommands that are loaded on use, so that help and version come at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of the subcommands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Return a subcommand, or None."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"pylimma.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write what each subcommand does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=Commands, context_settings=_HELP, epilog=_STATUS)
@click.version_option(package_name=DISTRIBUTION)
def pylimma() -> None:
    """Differential expression from counts or log-expression."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command; an error becomes one line and an exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given in ([], ["run"]):
        given = [*given, "--help"]
    former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = _warnings_once()
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
        return _report(error, given, INVALID)
    except Exception as error:  # noqa: BLE001 - the last resort of a command
        return _report(error, given, UNEXPECTED)
    return status if isinstance(status, int) else 0


def _report(error: BaseException, given: list[str], status: int) -> int:
    if "--debug" in given:
        traceback.print_exception(error)
    text = (_one_line if _of_the_command(error) else _worded)(str(error)) or type(error).__name__
    if status == UNEXPECTED:
        text = f"unexpected {type(error).__name__}: {text} (--debug shows where)"
    click.echo(f"pylimma: {text}", err=True)
    return status


def _of_the_command(error: BaseException) -> bool:
    """Whether an error was raised by the command itself, which speaks of options and files."""
    names = [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(names) and names[-1].startswith("pylimma.cli.")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _worded(text: str) -> str:
    """A message on one line, in the words of the command that is running."""
    run = sys.modules.get("pylimma.cli.run")
    wording = importlib.import_module("pylimma.cli.wording")
    return _one_line(text) if run is None else str(wording.in_options(text, run.command))


def _warnings_once() -> Callable[..., None]:
    """Show each warning once, as a line."""
    shown: set[str] = set()

    def show(message: Any, *_: Any, **__: Any) -> None:
        kind = "note" if isinstance(message, Note) else "warning"
        line = f"{kind}: {_worded(str(message))}"
        if line not in shown:
            shown.add(line)
            click.echo(line, err=True)

    return show
