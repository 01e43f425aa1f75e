"""The options of `pylimma run`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from pylimma.analysis.options import BETWEEN_SAMPLES, LIBRARY_SCALING, FitMethod, Method
from pylimma.cli.data_options import INPUTS, MODEL
from pylimma.cli.defaults import STYLES
from pylimma.cli.kinds import InputPath, Number, Pair, Words
from pylimma.genesets.set_tests import SetTest
from pylimma.report.sections import SECTIONS
from pylimma.typing import AdjustMethod

F = TypeVar("F", bound=Callable[..., Any])

_SHARE = Number(0, 1)
_NOT_NEGATIVE = Number(0)
_COUNT = Number(1, whole=True)


def _choice(values: Any) -> click.Choice:  # type: ignore[type-arg]
    return click.Choice(list(values))


METHOD = [
    click.option(
        "--method",
        type=_choice(get_args(Method)),
        help="How observations are weighted: by the mean-variance trend of counts, for many "
        "zeros, with sample weights, not at all but with a trend of the prior, log2 "
        "values as they are, or by the mean-variance trend of log2 values. The default is voom, "
        "or vooma with --intensities.",
    ),
    click.option(
        "--intensities",
        is_flag=True,
        help="The data are log2 intensities of proteins or arrays, empty or NA where missing, or "
        "a table of MaxQuant, DIA-NN, Spectronaut, FragPipe or AlphaDIA. Nothing is imputed.",
    ),
    click.option(
        "--normalization",
        type=_choice([*LIBRARY_SCALING, *BETWEEN_SAMPLES, "none"]),
        help="How samples are normalised. The default is TMM for counts.",
    ),
    click.option(
        "--filter/--no-filter",
        default=None,
        help="Whether genes with low counts are "
        "removed. The limits below take the place of the usual filter.",
    ),
    click.option(
        "--min-cpm",
        type=_NOT_NEGATIVE,
        help="Keep genes with at least this many counts per million, in --min-samples.",
    ),
    click.option(
        "--min-count",
        "--filtering-min-abundance",
        type=_NOT_NEGATIVE,
        help="Keep genes with at least this count, in --min-samples.",
    ),
    click.option(
        "--min-samples",
        "--filtering-min-samples",
        type=_COUNT,
        help="The number of samples in which a gene must reach --min-cpm or --min-count.",
    ),
    click.option(
        "--min-total",
        type=_NOT_NEGATIVE,
        help="Keep genes with at least this count over all samples.",
    ),
    click.option(
        "--min-proportion",
        "--filtering-min-proportion",
        type=_SHARE,
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
        type=_SHARE,
        help="With --style nf-core: the proportion of samples with a value. The default is 0.5.",
    ),
    click.option(
        "--prior-count",
        type=_NOT_NEGATIVE,
        default=3.0,
        show_default=True,
        help="What is added to counts before the logarithm, for the method 'trend'.",
    ),
    click.option(
        "--span",
        type=_SHARE,
        help="The span of the mean-variance trend. The default is chosen from the number of genes.",
    ),
    click.option(
        "--fit-method",
        type=_choice(get_args(FitMethod)),
        default="ls",
        show_default=True,
        help="Whether models are fitted by least squares or robust regression.",
    ),
    click.option(
        "--ndups",
        type=_COUNT,
        default=1,
        show_default=True,
        help="The spots of each gene on an array, for the method 'ls'; they are correlated.",
    ),
    click.option(
        "--spacing",
        type=_COUNT,
        default=1,
        show_default=True,
        help="The rows from one spot of a gene to the next, with --ndups.",
    ),
    click.option(
        "--trend/--no-trend",
        default=None,
        help="Whether the prior variance has a trend "
        "over expression. The default is yes for the method 'trend'.",
    ),
    click.option(
        "--robust/--no-robust",
        default=None,
        help="Whether the prior is protected from "
        "hypervariable genes. The default is that of the style.",
    ),
    click.option(
        "--proportion",
        type=_SHARE,
        default=0.01,
        show_default=True,
        help="The proportion of genes expected to change; the column b depends on it.",
    ),
    click.option(
        "--stdev-coef-lim",
        type=Pair(_NOT_NEGATIVE),
        default=(0.1, 4.0),
        help="Limits of the standard deviation of true log2 fold changes. The default is 0.1,4.",
    ),
    click.option(
        "--winsor-tail-p",
        type=Pair(_SHARE),
        default=(0.05, 0.1),
        help="The tails that --robust winsorises. The default is 0.05,0.1.",
    ),
]
TESTS = [
    click.option(
        "--lfc",
        type=_NOT_NEGATIVE,
        default=0.0,
        show_default=True,
        help="The threshold of log2 fold changes.",
    ),
    click.option(
        "--treat/--no-treat",
        default=None,
        help="Whether genes are tested against --lfc; "
        "otherwise it is a cut-off. The default is that of the style.",
    ),
    click.option(
        "--min-fold-change",
        "--differential-min-fold-change",
        type=Number(1),
        help="With --style nf-core: the smallest fold change in results_filtered. The "
        "default is 2.",
    ),
    click.option(
        "--p-value",
        "--differential-max-qval",
        type=_SHARE,
        default=0.05,
        show_default=True,
        help="The largest adjusted p-value of a significant gene.",
    ),
    click.option(
        "--adjust-method",
        type=_choice(get_args(AdjustMethod)),
        default="BH",
        show_default=True,
        help="How p-values are adjusted for multiple testing.",
    ),
    click.option(
        "--confint/--no-confint",
        default=False,
        help="Whether tables have 95 % confidence intervals.",
    ),
]
SETS = [
    click.option(
        "--sets",
        type=InputPath(),
        multiple=True,
        help="Gene sets to test: GMT, GMX, a table, or R's .rds or .rdata; repeatable.",
    ),
    click.option(
        "--set-test",
        type=click.Choice(get_args(SetTest)),
        default="camera",
        show_default=True,
        help="How gene sets are tested.",
    ),
    click.option(
        "--set-id-col",
        help="The column of the annotation by which sets name genes, unless it is found by itself.",
    ),
]
RESULTS = [
    click.option(
        "--style",
        type=_choice(STYLES),
        default="pylimma",
        show_default=True,
        help="The tool whose files, defaults and numbers the results have.",
    ),
    click.option(
        "--pylimma-numbers",
        is_flag=True,
        help="Calculate as in the style 'pylimma', whatever the style of the files.",
    ),
    click.option("--number", type=_COUNT, help="The most rows of a table. The default is all."),
    click.option(
        "--round-digits",
        type=Number(0, 15, whole=True),
        help="The decimal places in tables. The default is full precision.",
    ),
    click.option(
        "--spreadsheet-safe",
        is_flag=True,
        help="Escape cells that a spreadsheet would take for formulas.",
    ),
    click.option(
        "--parquet/--no-parquet",
        default=None,
        help="Whether tables are also written as "
        "Parquet. The default is yes if pyarrow is installed.",
    ),
    click.option(
        "--plots/--no-plots", default=True, help="Whether plots are written. The default is yes."
    ),
    click.option(
        "--plot-format",
        type=_choice(["png", "pdf", "svg"]),
        default="png",
        show_default=True,
        help="The file format of the plots.",
    ),
    click.option(
        "--top-genes",
        type=Number(0, 100, whole=True),
        default=10,
        show_default=True,
        help="The number of genes that plots label.",
    ),
    click.option(
        "--report/--no-report",
        default=True,
        help="Whether the HTML report is written. The default is yes.",
    ),
    click.option(
        "--title",
        default="Differential expression",
        show_default=True,
        help="The title of the HTML report.",
    ),
    click.option(
        "--sections",
        type=Words(SECTIONS),
        default=(),
        help="The sections of the HTML report, separated by commas: "
        f"{', '.join(SECTIONS)}. The default is all.",
    ),
    click.option(
        "--logo",
        type=InputPath(),
        help="A picture for the HTML report: PNG, JPEG, GIF, WebP or SVG.",
    ),
]


_GROUPS = {
    "Data": INPUTS,
    "Model": MODEL,
    "Method": METHOD,
    "Tests": TESTS,
    "Gene sets": SETS,
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
