"""The options of `pylimma run` that say what is analysed, and by which model."""

from __future__ import annotations

import click

from pylimma.cli.inputs import FORMATS, STRANDS
from pylimma.cli.kinds import InputPath, Number, Words

_FILE = InputPath()

INPUTS = [
    click.option(
        "--counts",
        type=InputPath(folders=True),
        help="The counts or log2 values: genes in rows, samples in columns, identifiers in the "
        "first column. CSV or TSV, compressed or not; - is standard input. Or the folder or quoted "
        "pattern of files with one sample each; see --format.",
    ),
    click.option(
        "--format",
        type=click.Choice(FORMATS),
        help="What --counts or --files-col names: a table; output of a program, in a folder that "
        "has a folder or file for each sample; htseq also for any files of genes and counts; geo, "
        "a series matrix file. It is recognised unless given.",
    ),
    click.option(
        "--files-col",
        help="The column of --samples with the file or folder of each sample, instead of --counts.",
    ),
    click.option(
        "--tx2gene",
        type=_FILE,
        help="A table of transcripts and their genes, by which transcripts are summed.",
    ),
    click.option(
        "--counts-from-abundance",
        type=click.Choice(["no", "scaled_tpm", "length_scaled_tpm"]),
        help="Whether estimated counts are used as they are or made from abundances. The default "
        "is length_scaled_tpm for genes and no for transcripts.",
    ),
    click.option(
        "--ignore-version",
        is_flag=True,
        help="Ignore versions of transcripts, such as .2, when they are looked up in --tx2gene.",
    ),
    click.option(
        "--strand",
        type=click.Choice(list(STRANDS)),
        default="no",
        show_default=True,
        help="The strand whose counts are used of files that STAR wrote.",
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
    click.option(
        "--cells",
        type=_FILE,
        help="A table of the cells of an AnnData or of the 10x format, their barcodes in the first "
        "column.",
    ),
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
        "--pseudobulk-sample",
        help="The column of the cells that names the sample of each; cells of a sample are "
        "summed. "
        "The default for the 10x format is the name of the folder.",
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
