"""The options of `pylimma run`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from pylimma.analysis.options import BETWEEN_SAMPLES, LIBRARY_SCALING, FitMethod, Method
from pylimma.cli.defaults import STYLES
from pylimma.typing import AdjustMethod

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False, resolve_path=True)


class Pair(click.ParamType):  # type: ignore[type-arg]
    """Two numbers separated by a comma, or one that stands for both."""

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
    """Words separated by commas or semicolons."""

    name = "words"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:  # noqa: ARG002 - click's
        """Return the words of a text."""
        if not isinstance(value, str):
            return tuple(map(str, value))
        parts = value.replace(";", ",").split(",")
        return tuple(part.strip() for part in parts if part.strip())


INPUTS = [
    click.option("--counts", type=_FILE, help="Genes × samples: CSV or TSV, optionally gzipped."),
    click.option("--samples", type=_FILE, help="Table of samples: CSV or TSV."),
    click.option(
        "--factor",
        multiple=True,
        help="A factor instead of --samples: NAME::LEVEL,LEVEL,… with a level for each sample, in "
        "the order of --counts; repeatable.",
    ),
    click.option("--h5ad", type=_FILE, help="AnnData instead of --counts and --samples."),
    click.option("--layer", help="Layer of the AnnData with the counts."),
    click.option("--annotation", type=_FILE, help="Annotation of the genes: CSV or TSV."),
    click.option(
        "--sample-id-col", "--observations-id-col", help="Column with the names of the samples."
    ),
    click.option(
        "--gene-id-col",
        "--probe-id-col",
        "--features-id-col",
        help="Name of the gene column in results.",
    ),
    click.option(
        "--gene-name-col", "--features-name-col", help="Column of --counts with gene symbols."
    ),
    click.option("--pseudobulk-sample", help="Column of the AnnData with the sample of each cell."),
    click.option(
        "--pseudobulk-group",
        help="Column of the AnnData with the type of each cell; each type is analysed.",
    ),
    click.option("--min-cells", type=int, default=10, help="Fewest cells of a pseudobulk sample."),
    click.option(
        "--min-counts", type=float, default=1000, help="Fewest reads of a pseudobulk sample."
    ),
]
MODEL = [
    click.option("--formula", help="The model, such as '~ 0 + group + batch'."),
    click.option(
        "--contrast", multiple=True, help="A comparison, such as 'treated - control'; repeatable."
    ),
    click.option(
        "--contrasts", "--contrasts-file", type=_FILE, help="File of contrasts: CSV, TSV or YAML."
    ),
    click.option("--reference", multiple=True, help="Reference level of a factor: VARIABLE=LEVEL."),
    click.option(
        "--covariates",
        type=Words(),
        default=(),
        help="Variables that are numeric rather than factors.",
    ),
    click.option("--block", help="Column of blocks of correlated samples, such as subjects."),
    click.option(
        "--correlation", type=float, help="Correlation within blocks.  [default: estimated]"
    ),
    click.option(
        "--subset-samples/--all-samples",
        default=None,
        help="Exclude samples of the data without a row in --samples.",
    ),
    click.option(
        "--subset-to-contrast-samples",
        is_flag=True,
        help="Fit each contrast to its own samples only.",
    ),
    click.option("--exclude-samples-col", help="Column by which samples are excluded."),
    click.option(
        "--exclude-samples-values",
        type=Words(),
        default=(),
        help="Values of the samples to exclude.",
    ),
]
METHOD = [
    click.option(
        "--method",
        type=click.Choice(get_args(Method)),
        default="voom",
        show_default=True,
        help="How observations are weighted.",
    ),
    click.option(
        "--normalization",
        type=click.Choice([*LIBRARY_SCALING, *BETWEEN_SAMPLES, "none"]),
        help="Normalisation.  [default: TMM for counts]",
    ),
    click.option("--filter/--no-filter", default=None, help="Remove genes with low counts."),
    click.option(
        "--min-cpm", type=float, help="Keep genes with at least this many counts per million …"
    ),
    click.option("--min-count", "--filtering-min-abundance", type=float, help="… or this count …"),
    click.option(
        "--min-samples",
        "--filtering-min-samples",
        type=int,
        help="… in at least this many samples …",
    ),
    click.option("--min-total", type=float, help="… or this total count over all samples."),
    click.option(
        "--min-proportion",
        "--filtering-min-proportion",
        type=click.FloatRange(0, 1),
        help="With --style nf-core: the proportion of samples instead of --min-samples.",
    ),
    click.option(
        "--filter-group",
        "--filtering-grouping-var",
        help="With --style nf-core: the variable whose smallest group is counted instead.",
    ),
    click.option(
        "--min-proportion-not-na",
        "--filtering-min-proportion-not-na",
        type=click.FloatRange(0, 1),
        help="With --style nf-core: the proportion of samples with a value.  [default: 0.5]",
    ),
    click.option(
        "--prior-count",
        type=float,
        default=3.0,
        help="Added to counts before the logarithm, for 'trend'.",
    ),
    click.option("--span", type=float, help="Span of the mean-variance trend."),
    click.option(
        "--fit-method",
        type=click.Choice(get_args(FitMethod)),
        default="ls",
        help="Least squares or robust regression.",
    ),
    click.option(
        "--trend/--no-trend", default=None, help="Trend of the prior variance over expression."
    ),
    click.option(
        "--robust/--no-robust", default=None, help="Protect the prior from hypervariable genes."
    ),
    click.option(
        "--proportion", type=float, default=0.01, help="Proportion of genes expected to change."
    ),
    click.option(
        "--stdev-coef-lim",
        type=Pair(),
        default=(0.1, 4.0),
        help="Limits of the standard deviation of true log2 fold changes.",
    ),
    click.option(
        "--winsor-tail-p", type=Pair(), default=(0.05, 0.1), help="Tails winsorised by --robust."
    ),
]
TESTS = [
    click.option("--lfc", type=float, default=0.0, help="Threshold of log2 fold changes."),
    click.option(
        "--treat/--no-treat", default=None, help="Test against --lfc, or use it as a cut-off."
    ),
    click.option(
        "--min-fold-change",
        "--differential-min-fold-change",
        type=click.FloatRange(1),
        help="With --style nf-core: the smallest fold change in results_filtered.  [default: 2]",
    ),
    click.option(
        "--p-value",
        "--differential-max-qval",
        type=float,
        default=0.05,
        show_default=True,
        help="Largest adjusted p-value of a significant gene.",
    ),
    click.option(
        "--adjust-method",
        type=click.Choice(get_args(AdjustMethod)),
        default="BH",
        show_default=True,
        help="Adjustment for multiple testing.",
    ),
    click.option("--confint/--no-confint", default=False, help="95 % confidence intervals."),
]
RESULTS = [
    click.option(
        "--style",
        type=click.Choice(list(STYLES)),
        default="pylimma",
        show_default=True,
        help="The tool whose files and defaults are used.",
    ),
    click.option(
        "--pylimma-numbers",
        is_flag=True,
        help="Calculate as in the style 'pylimma', whatever the style of the files.",
    ),
    click.option("--number", type=int, help="Most rows of a table.  [default: all]"),
    click.option("--round-digits", type=int, help="Decimal places in tables."),
    click.option(
        "--spreadsheet-safe",
        is_flag=True,
        help="Escape cells that a spreadsheet would take for formulas.",
    ),
    click.option("--parquet/--no-parquet", default=None, help="Also write tables as Parquet."),
    click.option("--plots/--no-plots", default=True, help="Write plots."),
    click.option(
        "--plot-format",
        type=click.Choice(["png", "pdf", "svg"]),
        default="png",
        show_default=True,
        help="File format of the plots.",
    ),
    click.option(
        "--top-genes", type=click.IntRange(0, 100), default=10, help="Number of labelled genes."
    ),
    click.option("--report/--no-report", default=True, help="Write the HTML report."),
    click.option("--title", default="Differential expression", help="Title of the HTML report."),
]


_GROUPS = {
    "Data": INPUTS,
    "Model": MODEL,
    "Method": METHOD,
    "Tests": TESTS,
    "Results": RESULTS,
}


def _headings() -> dict[str, str]:
    """The heading of each parameter."""
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
    """Add all options of a run to a command."""
    for option in reversed([option for options in _GROUPS.values() for option in options]):
        function = option(function)
    return function
