"""`pylimma validate`: the differences from recorded results of R."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from pylimma.cli.manifest import versions
from pylimma.self_check import Comparison, compare_all


@click.command("validate")
@click.option("--each", is_flag=True, help="List every step rather than every function.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(*, each: bool) -> None:
    """Compare this installation with recorded results of R.

    The exit status is 1 if any difference exceeds its tolerance.
    """
    failed = report_differences(list(compare_all()), click.echo, each=each)
    if failed:
        raise click.exceptions.Exit(1)


def report_differences(
    found: Sequence[Comparison], write: Callable[[str], object], *, each: bool = False
) -> int:
    """Write the largest difference of each function or step; returns the number that fail."""
    groups: dict[str, list[Comparison]] = {}
    for step in found:
        groups.setdefault(f"{step.case}: {step.function}" if each else step.function, []).append(
            step
        )
    width = max(len(name) for name in groups)
    write(f"{'function':<{width}}  steps  largest difference  allowed")
    for name in sorted(groups):
        worst = max(groups[name], key=lambda step: step.difference / (step.tolerance or 1e-300))
        verdict = "" if worst.agrees else f"  DIFFERS in {worst.where or 'the result'}"
        numbers = f"{len(groups[name]):5d}  {worst.difference:18.1e}  {worst.tolerance:7.0e}"
        write(f"{name:<{width}}  {numbers}{verdict}")
    failed = sum(not step.agrees for step in found)
    write("")
    write(", ".join(f"{name} {text}" for name, text in versions().items()))
    cases = len({step.case for step in found})
    largest = max(step.difference for step in found)
    write(
        f"{cases} cases recorded with R: {len(found) - failed} of {len(found)} steps agree, "
        f"largest relative difference {largest:.1e}."
    )
    return failed
