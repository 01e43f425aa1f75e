"""The options of `pylimma run` that say what is analysed, and by which model."""

from __future__ import annotations

import click

from pylimma.cli.kinds import InputPath, Number, Words

_FILE = InputPath()

INPUTS = [
    click.option(
        "--counts",
        type=_FILE,
        help="The counts or log2 values: genes in rows, samples in "
        "columns, identifiers in the first column. CSV or TSV, compressed or not; - is "
        "standard input.",
    ),
    click.option(
        "--samples",
        type=_FILE,
        help="The table of samples, a row for each, with its name "
        "in the first column. Samples are matched by name.",
    ),
    click.option(
        "--factor",
        multiple=True,
        help="A factor instead of --samples, as "
        "NAME::LEVEL,LEVEL,… with a level for each sample in the order of --counts. May be "
        "repeated.",
    ),
    click.option("--h5ad", type=_FILE, help="An AnnData instead of --counts and --samples."),
    click.option("--layer", help="The layer of the AnnData with the counts. The default is X."),
    click.option(
        "--annotation",
        type=_FILE,
        help="A table of annotation of the genes, their identifiers in the first column.",
    ),
    click.option(
        "--sample-id-col",
        "--observations-id-col",
        help="The column of --samples with the names of the samples. The default is the first one.",
    ),
    click.option(
        "--gene-id-col",
        "--probe-id-col",
        "--features-id-col",
        help="The name of the gene column in results.",
    ),
    click.option(
        "--gene-name-col",
        "--features-name-col",
        help="A column of --counts that annotates the genes, such as their symbols.",
    ),
    click.option(
        "--pseudobulk-sample", help="The column of the AnnData that names the sample of each cell."
    ),
    click.option(
        "--pseudobulk-group",
        help="The column of the AnnData that names the type of each "
        "cell. Cells of a sample and type are summed, and each type is analysed.",
    ),
    click.option(
        "--min-cells",
        type=Number(0, whole=True),
        default=10,
        show_default=True,
        help="The fewest cells of a pseudobulk sample; those with fewer are excluded.",
    ),
    click.option(
        "--min-counts",
        type=Number(0),
        default=1000,
        show_default=True,
        help="The fewest reads of a pseudobulk sample; those with fewer are excluded.",
    ),
]
MODEL = [
    click.option(
        "--formula",
        help="The model, such as '~ 0 + group + batch'. The default is made of "
        "the column group, condition, treatment or genotype.",
    ),
    click.option(
        "--contrast",
        multiple=True,
        help="A comparison, such as 'treated - control' or "
        "'effect = treated - control'. May be repeated.",
    ),
    click.option(
        "--contrasts",
        "--contrasts-file",
        type=_FILE,
        help="A file of comparisons instead: "
        "a table with id, variable, reference and target, a YAML file with the same "
        "entries, or a header and one expression a line.",
    ),
    click.option(
        "--reference",
        multiple=True,
        help="The reference level of a factor, as VARIABLE=LEVEL. May be repeated.",
    ),
    click.option(
        "--covariates",
        type=Words(),
        default=(),
        help="Variables that are numbers rather than factors, separated by commas.",
    ),
    click.option(
        "--block",
        help="The column of --samples with blocks of correlated samples, such as subjects.",
    ),
    click.option(
        "--correlation",
        type=Number(-1, 1, inside=True),
        help="The correlation within blocks. It is estimated unless given.",
    ),
    click.option(
        "--subset-samples/--all-samples",
        default=None,
        help="Whether samples of the data "
        "without a row in --samples are excluded; they are an error otherwise.",
    ),
    click.option(
        "--subset-to-contrast-samples",
        is_flag=True,
        help="Fit each contrast to its own samples only.",
    ),
    click.option(
        "--exclude-samples-col", help="The column of --samples by which samples are excluded."
    ),
    click.option(
        "--exclude-samples-values",
        type=Words(),
        default=(),
        help="The values in that column of samples to exclude, separated by commas.",
    ),
]
