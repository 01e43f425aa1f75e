"""`pylimma sets`: tests of gene sets on results that are there already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click
import pandas as pd

from pylimma.analysis.result import Analysis
from pylimma.archive import read_archive
from pylimma.cli.kinds import InputPath, Number
from pylimma.cli.tables import TableFormat, with_row_names
from pylimma.containers.fit import MArrayLM
from pylimma.errors import InputError, UnknownNameError, nearest, quoted
from pylimma.genesets.collections import read_gene_sets
from pylimma.genesets.preranked import camera_pr
from pylimma.genesets.set_tests import SetTest, run_set_tests, set_fdr
from pylimma.output import whole_file
from pylimma.plotting.enrichment import plot_sets
from pylimma.plotting.saving import save_picture
from pylimma.readers.delimited import read_delimited

_ARCHIVE = "analysis.pylimma"
_STATISTICS = ("t", "stat", "statistic", "score")  # columns that rank genes
_PICTURES = (".png", ".pdf", ".svg")
_EXAMPLES = """\b
Examples:
  Every contrast of a run, as a table and a plot:
    pylimma sets results --sets hallmark.gmt --out sets.tsv --plot sets.png
  Two collections, tested on their own, in the report:
    pylimma sets results --sets c2.gmt --sets c5.gmt --test fry --report report.html
  A ranked list:
    pylimma sets ranked.rnk --sets hallmark.gmt
"""
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.command("sets", epilog=_EXAMPLES)
@click.argument("results", type=InputPath(folders=True))
@click.option(
    "--sets",
    type=InputPath(),
    multiple=True,
    required=True,
    help="Gene sets: GMT, GMX, a table, or R's .rds or .rdata; repeatable.",
)
@click.option(
    "--test",
    type=click.Choice(get_args(SetTest)),
    help="camera compares a set with all other genes, fry asks of the set alone, "
    "camera_pr needs statistics only.  [default: camera, or camera_pr for a list]",
)
@click.option("--contrast", multiple=True, help="A contrast to show; repeatable.  [default: all]")
@click.option(
    "--set-id-col",
    help="The column of the annotation by which sets name genes, unless it is found by itself.",
)
@click.option(
    "--statistic",
    help="The column of a ranked list with the statistic.  [default: t, or the only one]",
)
@click.option(
    "--fdr",
    type=Number(0, 1, inside=True),
    default=0.05,
    show_default=True,
    help="The false discovery rate below which a set is significant.",
)
@click.option(
    "--number",
    type=Number(0, whole=True),
    metavar="INTEGER",
    help="The most sets of a contrast.  [default: all]",
)
@click.option("--out", type=_OUTPUT, help="A file for the table.  [default: standard output]")
@click.option("--plot", type=_OUTPUT, help="A file for a plot of the top sets: PNG, PDF or SVG.")
@click.option(
    "--kind",
    type=click.Choice(["dot", "bar"]),
    default="dot",
    show_default=True,
    help="The kind of that plot.",
)
@click.option(
    "--report", type=_OUTPUT, help="A file for the report of the run with these gene sets."
)
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(**options: Any) -> None:
    """Test gene sets on the results of a run, a saved fit, or a ranked list.

    RESULTS is the folder of `pylimma run`, a .pylimma file of an analysis or a fit, or a table of
    genes and a statistic, such as a .rnk file or a table of results.
    """  # fmt: skip
    plot = options["plot"]
    if plot and plot.suffix not in _PICTURES:
        raise InputError(f"--plot writes {quoted(_PICTURES)}; got '{plot.name}'.")
    found, files = _read_results(options["results"]), list(options["sets"])
    if isinstance(found, pd.DataFrame):
        table = _of_list(found, files, options)
    else:
        table = _of_fit(found, files, options)
    _write(_of_contrasts(table, options["contrast"]), options)


def _read_results(path: Path) -> Analysis | MArrayLM | pd.DataFrame:
    """An analysis, a fit, or a table of statistics."""
    if path.is_dir():
        several = sorted(file.parent for file in path.glob(f"*/{_ARCHIVE}"))
        if several and not (path / _ARCHIVE).is_file():
            raise InputError(f"'{path}' holds several analyses; name one of {quoted(several)}.")
        path = path / _ARCHIVE
        if not path.is_file():
            raise InputError(f"'{path.parent}' is not the folder of a run: it has no {_ARCHIVE}.")
    if path.suffix != ".pylimma":
        return read_delimited(path, header=None).frame
    content = read_archive(path)
    if isinstance(content, MArrayLM):
        return content
    return Analysis.load(path)


def _of_fit(found: Analysis | MArrayLM, files: list[Path], options: dict[str, Any]) -> pd.DataFrame:
    """Sets tested in the contrasts of a fit, in the report too where one is asked for."""
    fit = found if isinstance(found, MArrayLM) else found.fit.replace(EList=found.expression)
    tests = run_set_tests(fit, files, options["test"] or "camera", options["set_id_col"])
    if options["report"]:
        if isinstance(found, MArrayLM):
            raise InputError("--report needs the results of a run rather than a fit alone.")
        replace(found, sets=tests).report(options["report"])
    return tests.table


def _of_list(frame: pd.DataFrame, files: list[Path], options: dict[str, Any]) -> pd.DataFrame:
    """Sets tested on a ranked list."""
    if options["test"] not in (None, "camera_pr"):
        raise InputError(f"A ranked list has no data for {options['test']}; use camera_pr.")
    for name in ("report", "set_id_col"):
        if options[name]:
            option = name.replace("_", "-")
            raise InputError(f"--{option} needs the results of a run rather than a list.")
    column = _statistic(frame, options["statistic"])
    genes = pd.Index(frame.iloc[:, 0].astype(str))
    statistics = pd.to_numeric(frame[column], errors="coerce").set_axis(genes)
    table = camera_pr(statistics, read_gene_sets(files))
    table.insert(0, "contrast", column if isinstance(column, str) else "statistic")
    return table


def _statistic(frame: pd.DataFrame, wanted: str | None) -> Any:
    """Column that ranks the genes."""
    others = list(frame.columns[1:])
    if wanted is not None:
        if wanted not in others:
            known = quoted(nearest(wanted, others))
            raise UnknownNameError(f"The list has no column '{wanted}'; it has {known}.")
        return wanted
    found = [name for name in others if str(name).lower() in _STATISTICS] or others
    if len(found) != 1:
        raise InputError(
            f"Choose the statistic by --statistic; the list has {quoted(others) or 'none'}."
        )
    return found[0]


def _of_contrasts(table: pd.DataFrame, wanted: tuple[str, ...]) -> pd.DataFrame:
    """Sets of the contrasts that were asked for."""
    known = table["contrast"].unique()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UnknownNameError(
            f"No contrast '{unknown[0]}'; there are {quoted(nearest(unknown[0], known))}."
        )
    return table[table["contrast"].isin(wanted)] if wanted else table


def _write(table: pd.DataFrame, options: dict[str, Any]) -> None:
    """The table, the plot, and a line about them."""
    if options["plot"]:
        axes = plot_sets(table, options["kind"], fdr=options["fdr"])
        save_picture(axes, options["plot"])
    number = options["number"]
    shown = table if number is None else table.groupby("contrast", sort=False).head(number)
    rows = with_row_names(shown, "set")
    if options["out"]:
        with whole_file(options["out"]) as file:
            TableFormat().write(rows, file)
    else:
        click.echo(rows.to_csv(sep="\t", index=False, na_rep="NA", lineterminator="\n"), nl=False)
    numbers = [
        f"{int((set_fdr(part) < options['fdr']).sum()):,} in {name}"
        for name, part in table.groupby("contrast", sort=False)
    ]
    click.echo(f"Sets with FDR < {options['fdr']:g}: {', '.join(numbers)}.", err=True)
