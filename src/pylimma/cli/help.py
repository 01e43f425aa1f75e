"""How the help of `pylimma run` is laid out."""

from __future__ import annotations

from collections.abc import Iterable

import click

from pylimma.cli.options import HEADINGS

EXAMPLES = """\b
Examples:
  Compare two groups:
    pylimma run --counts counts.tsv.gz --samples samples.csv \\
        --formula '~ 0 + group' --contrast 'treated - control' --out results
  Repeated measures of subjects, and a threshold of fold changes:
    pylimma run --counts counts.tsv.gz --samples samples.csv --block subject \\
        --formula '~ 0 + group' --contrast 'treated - control' --lfc 0.5 --out results
  Gene sets tested in every contrast:
    pylimma run --counts counts.tsv.gz --samples samples.csv --sets hallmark.gmt \\
        --formula '~ 0 + group' --contrast 'treated - control' --out results
  Log2 values of arrays or proteins:
    pylimma run --counts log2.csv --samples samples.csv --method ls \\
        --formula '~ group' --out results
  Proteins, as MaxQuant or DIA-NN wrote them:
    pylimma run --counts proteinGroups.txt --samples samples.csv --intensities \\
        --formula '~ 0 + group' --contrast 'treated - control' --out results
  Cells, summed by sample and type:
    pylimma run --h5ad cells.h5ad --pseudobulk-sample donor \\
        --pseudobulk-group cell_type --formula '~ condition' --out results
  The same again, with other options:
    pylimma run --from results/run.json --robust --out robust
"""


def format_options(
    parameters: Iterable[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the options under headings."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        line = parameter.get_help_record(ctx)
        if line is not None:
            groups.setdefault(HEADINGS.get(parameter.name or "", "Run"), []).append(line)
    for heading, lines in groups.items():
        with formatter.section(heading):
            formatter.write_dl(lines, col_max=24)
