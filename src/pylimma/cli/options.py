"""The options of `pylimma run`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from pylimma.analysis.options import BETWEEN_SAMPLES, LIBRARY_SCALING, Method
from pylimma.cli.running import STYLES
from pylimma.typing import AdjustMethod

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, resolve_path=True)


class Pair(click.ParamType):  # type: ignore[type-arg]
    """Two numbers with a comma between them, or one that stands for both."""

    name = "number,number"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, float]:
        """Return the numbers of a text."""
        parts = value.split(",") if isinstance(value, str) else list(value)
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) not in (1, 2):
            self.fail(f"'{value}' is not two numbers such as 0.05,0.1", param, ctx)
        return numbers[0], numbers[-1]


class Words(click.ParamType):  # type: ignore[type-arg]
    """Words with commas or semicolons between them."""

    name = "words"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:  # noqa: ARG002 - click's
        """Return the words of a text."""
        if not isinstance(value, str):
            return tuple(map(str, value))
        parts = value.replace(";", ",").split(",")
        return tuple(part.strip() for part in parts if part.strip())


INPUTS = [
    click.option("--counts", type=_FILE, help="Genes × samples: CSV, TSV, perhaps gzipped."),
    click.option("--samples", type=_FILE, help="Table of samples: CSV or TSV."),
    click.option("--h5ad", type=_FILE, help="AnnData in place of --counts and --samples."),
    click.option("--layer", help="Layer of the AnnData that holds the counts."),
    click.option("--annotation", type=_FILE, help="Table that describes the genes."),
    click.option("--sample-id-col", "--observations-id-col", help="Column of the samples' names."),
    click.option(
        "--gene-id-col", "--probe-id-col", "--features-id-col", help="Name of genes in results."
    ),
    click.option("--gene-name-col", "--features-name-col", help="Column of --counts with symbols."),
    click.option("--pseudobulk-sample", help="Column of cells: their sample."),
    click.option("--pseudobulk-group", help="Column of cells: their type; each is analysed."),
    click.option("--min-cells", type=int, default=10, help="Cells of a pseudobulk sum, at least."),
    click.option("--min-counts", type=float, default=1000, help="Reads of such a sum, at least."),
]
MODEL = [
    click.option("--formula", help="Such as '~ 0 + group + batch'."),
    click.option("--contrast", multiple=True, help="Such as 'treated - control'; may be repeated."),
    click.option(
        "--contrasts", "--contrasts-file", type=_FILE, help="CSV, TSV or YAML of contrasts."
    ),
    click.option("--reference", multiple=True, help="VARIABLE=LEVEL, the reference of a factor."),
    click.option("--covariates", type=Words(), default=(), help="Variables that stay numeric."),
    click.option("--block", help="Column of samples that are correlated, such as a person."),
    click.option("--correlation", type=float, help="Within blocks; estimated when not given."),
    click.option(
        "--subset-samples/--all-samples", default=None, help="Leave out data without samples."
    ),
    click.option("--subset-to-contrast-samples", is_flag=True, help="Fit each contrast by itself."),
    click.option("--exclude-samples-col", help="Column by which samples are left out."),
    click.option("--exclude-samples-values", type=Words(), default=(), help="Values of those."),
]
METHOD = [
    click.option(
        "--method", type=click.Choice(get_args(Method)), default="voom", show_default=True
    ),
    click.option(
        "--normalization", type=click.Choice([*LIBRARY_SCALING, *BETWEEN_SAMPLES, "none"])
    ),
    click.option("--filter/--no-filter", default=None, help="Leave out genes of low counts."),
    click.option("--min-cpm", type=float, help="Counts per million a gene needs …"),
    click.option("--min-count", type=float, help="… or its counts …"),
    click.option("--min-samples", type=int, help="… in so many samples …"),
    click.option("--min-total", type=float, help="… or its counts in all samples together."),
    click.option("--prior-count", type=float, default=3.0, help="Added to counts by 'trend'."),
    click.option("--span", type=float, help="Span of the mean-variance trend."),
    click.option("--fit-method", type=click.Choice(["ls", "robust"]), default="ls"),
    click.option("--trend/--no-trend", default=None, help="Prior variance follows expression."),
    click.option("--robust/--no-robust", default=None, help="Guard the prior from outliers."),
    click.option("--proportion", type=float, default=0.01, help="Of genes thought to change."),
    click.option("--stdev-coef-lim", type=Pair(), default=(0.1, 4.0)),
    click.option("--winsor-tail-p", type=Pair(), default=(0.05, 0.1)),
]
CALLS = [
    click.option("--lfc", type=float, default=0.0, help="Threshold of log2 fold changes."),
    click.option("--treat/--no-treat", default=None, help="Test against it, or cut off there."),
    click.option("--p-value", type=float, default=0.05, show_default=True),
    click.option("--adjust-method", type=click.Choice(get_args(AdjustMethod)), default="BH"),
    click.option("--confint/--no-confint", default=False, help="95 % confidence intervals."),
]
RESULTS = [
    click.option("--style", type=click.Choice(list(STYLES)), default="pylimma", show_default=True),
    click.option("--number", type=int, help="Rows of a table at most; all when not given."),
    click.option("--round-digits", type=int, help="Decimal places in tables."),
    click.option("--spreadsheet-safe", is_flag=True, help="No cell that begins a formula."),
    click.option("--parquet/--no-parquet", default=None, help="Tables as Parquet, too."),
    click.option("--plots/--no-plots", default=True),
    click.option("--plot-format", type=click.Choice(["png", "pdf", "svg"]), default="png"),
    click.option("--top-genes", type=click.IntRange(0, 100), default=10, help="Genes with labels."),
    click.option("--report/--no-report", default=True, help="The HTML page."),
    click.option("--title", default="Differential expression", help="Of the HTML page."),
]


_GROUPS = {
    "Data": INPUTS,
    "Model": MODEL,
    "Method": METHOD,
    "Calls": CALLS,
    "Results": RESULTS,
}


def _headings() -> dict[str, str]:
    """The heading of each parameter, from the parameters that the options make."""
    found: dict[str, str] = {}
    for heading, options in _GROUPS.items():

        def command() -> None:
            """Take the options."""

        for option in options:
            option(command)
        made: list[click.Parameter] = command.__click_params__  # type: ignore[attr-defined]
        found |= {str(parameter.name): heading for parameter in made}
    return found


HEADINGS = _headings()


def run_options(function: F) -> F:
    """Give a command all options of a run."""
    for option in reversed([option for options in _GROUPS.values() for option in options]):
        function = option(function)
    return function
