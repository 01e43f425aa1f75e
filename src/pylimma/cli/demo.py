"""`pylimma demo`: an analysis of simulated counts."""

from __future__ import annotations

from pathlib import Path

import click

from pylimma.cli import run
from pylimma.cli.folder import check_target
from pylimma.datasets import simulate_counts


@click.command("demo")
@click.option("--out", type=click.Path(), default="pylimma-demo", show_default=True)
@click.option("--genes", type=click.IntRange(100, 100_000), default=10_000, show_default=True)
@click.option("--overwrite", is_flag=True, help="Replace earlier results.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(out: str, genes: int, *, overwrite: bool) -> None:
    """Simulate an experiment, analyse it, and show the command for it."""
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
    run.command.main([*arguments, *(["--overwrite"] if overwrite else [])], standalone_mode=False)
    click.echo(f"\nOpen {target / 'report.html'} in a browser.")
