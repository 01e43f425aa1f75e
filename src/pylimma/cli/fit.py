"""`pylimma fit`: the models of a run, fitted for one shard of the genes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from pylimma.archive import write_archive
from pylimma.cli.jobs import job_of, models_of, read_plan
from pylimma.cli.kinds import Number, ShardNumber, piped_inputs
from pylimma.cli.manifest import described_run
from pylimma.cli.options import run_options
from pylimma.cli.run import Repeatable, chosen_method, path_options, recorded_options
from pylimma.errors import InputError
from pylimma.fit.shards import fit_shard
from pylimma.numerics.threads import at_most_threads

_WHOLE = ("voom_lm_fit", "vooma")  # their weights and models depend on each other
_EXAMPLES = """\b
Examples:
  Three jobs, which may run at the same time on different machines, and what joins them:
    pylimma fit --shard 1/3 --counts counts.tsv.gz --samples samples.csv \\
        --formula '~ 0 + group' --contrast 'treated - control' --out shards/1.pylimma
    pylimma fit --shard 2/3 …   and   pylimma fit --shard 3/3 …
    pylimma combine shards/*.pylimma --out results
"""


@click.command("fit", cls=Repeatable, epilog=_EXAMPLES)
@run_options
@click.option("--shard", type=ShardNumber(), required=True, metavar="I/N",
              help="The shard to fit and the number of shards, such as 2/10.")  # fmt: skip
@click.option("--out", type=click.Path(), required=True, metavar="FILE",
              help="The file for the shard, which `pylimma combine` reads.")  # fmt: skip
@click.option("--threads", type=Number(1, whole=True),
              help="The most threads. The default is one for each processor.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print nothing.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Fit the models of a run for one shard of the genes.

    Options are those of `pylimma run`. Every shard reads the whole input, filters, normalises and
    finds the weights; it fits the models of its own genes alone. `pylimma combine` joins the
    shards and writes what `pylimma run` would write, to the last digit.
    """
    paths = path_options(ctx.command)
    target = Path(options["out"])
    number, of = options["shard"]
    options["method"] = chosen_method(options)
    _check(options)
    with piped_inputs(options, paths) as (given, pipes), at_most_threads(options["threads"]):
        if pipes:
            raise InputError("`pylimma fit` takes files: `pylimma combine` reads them again.")
        source, wanted = read_plan(given)
        models = [
            fit_shard(number, of, partial(job_of, source, group, given))
            for group in models_of(wanted, given)
        ]
        run = described_run(recorded_options(options), source.files, target.parent)
        write_archive(target, {"shard": [number, of], "run": run, "models": models})
    if not options["quiet"]:
        genes = " + ".join(f"{len(model.estimates['sigma']):,}" for model in models)
        click.echo(f"Shard {number} of {of}: {genes} genes, written to {target}")


def _check(options: dict[str, Any]) -> None:
    if options["method"] in _WHOLE:
        raise InputError(
            f"--method {options['method']} finds weights and models together and cannot be "
            "sharded; use `pylimma run`, or --method voom, quality_weights, trend or ls."
        )
    if options["pseudobulk_group"]:
        raise InputError(
            "--pseudobulk-group makes a small analysis of each type, which cannot be sharded; "
            "use `pylimma run`."
        )
