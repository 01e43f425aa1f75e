"""What --counts names: a table, or a file or folder for each sample, by names or content."""

from __future__ import annotations

import glob
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pylimma.containers.counts import DGEList
from pylimma.containers.expression import EList
from pylimma.errors import InputError, Note, quoted, warn
from pylimma.readers.cell_matrices import read_10x
from pylimma.readers.compression import without_compression
from pylimma.readers.count_tables import read_dge, read_feature_counts
from pylimma.readers.files import existing_file, read_text, without_common_extension
from pylimma.readers.prefix_quantifications import read_oarfish, read_piscem
from pylimma.readers.programs import KALLISTO, OARFISH, PISCEM, RSEM, SALMON, Program
from pylimma.readers.proteomics.alphadia import ALPHADIA, read_alphadia
from pylimma.readers.proteomics.diann import DIANN, read_diann
from pylimma.readers.proteomics.fragpipe import FRAGPIPE, read_fragpipe
from pylimma.readers.proteomics.maxquant import MAXQUANT, read_maxquant
from pylimma.readers.proteomics.search_tables import Program as SearchEngine
from pylimma.readers.proteomics.spectronaut import SPECTRONAUT, read_spectronaut
from pylimma.readers.quantifications import read_kallisto, read_rsem, read_salmon
from pylimma.record import Record

TABLE, H5AD, CELLS, GEO = "table", "h5ad", "10x", "geo"
QUANTIFIED: Mapping[str, tuple[Program, Callable[..., DGEList]]] = {
    "salmon": (SALMON, read_salmon),
    "kallisto": (KALLISTO, read_kallisto),
    "rsem": (RSEM, read_rsem),
    "oarfish": (OARFISH, read_oarfish),
    "piscem": (PISCEM, read_piscem),
}
SEARCHED: Mapping[str, tuple[SearchEngine, Callable[..., EList]]] = {
    "maxquant": (MAXQUANT, read_maxquant),
    "diann": (DIANN, read_diann),
    "spectronaut": (SPECTRONAUT, read_spectronaut),
    "fragpipe": (FRAGPIPE, read_fragpipe),
    "alphadia": (ALPHADIA, read_alphadia),
}
FORMATS = (TABLE, "featurecounts", "htseq", "star", *QUANTIFIED, CELLS, *SEARCHED, GEO, H5AD)
STRANDS = {"no": 1, "forward": 2, "reverse": 3}  # columns of STAR's counts
_STAR, _FEATURE_COUNTS = "ReadsPerGene.out.tab", "Geneid\tChr\tStart\tEnd\tStrand\tLength"
_SUMMARIES = ("__", "N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
_NO_DATA = (".summary", ".log", ".json", ".html", ".md", ".yml", ".yaml")
SAMPLE = "sample"  # column of the cells that names the folder they came from


@dataclass(frozen=True, slots=True, eq=False)
class Inputs(Record):
    """Files or folders of one format."""

    format: str
    paths: Mapping[str, Path]  # by sample; a table or an AnnData has one
    files: tuple[Path, ...]  # those that will be read


def find_inputs(path: Path, format: str | None) -> Inputs:
    """The inputs that a path or pattern names, of a format that is given or recognised."""
    if path.is_dir():
        return _of_folder(path, format)
    if not path.exists():
        paths = [Path(name) for name in sorted(glob.glob(str(path)))]  # noqa: PTH207 - absolute
        return named_inputs({}, paths, format)
    return named_inputs({}, [path], format)


def named_inputs(names: Mapping[str, Path], paths: list[Path], format: str | None) -> Inputs:
    """Inputs of a format, with names of their samples if these are known."""
    format = format or _format_of(paths[0])
    if names and format == TABLE:
        format = "htseq"
    if format in QUANTIFIED:
        program, _ = QUANTIFIED[format]
        named = dict(names) or {program.sample_name(path): path for path in paths}
        files = [existing_file(program.file(path, resampled=False)) for path in named.values()]
    elif format == CELLS:
        named = dict(names) or {without_compression(path.stem): path for path in paths}
        files = [file for path in named.values() for file in _files_below(path)]
    else:
        short = [path.name.removesuffix(_STAR).rstrip("._") for path in paths]
        same = short == [path.name for path in paths]
        named = dict(names) or dict(
            zip(without_common_extension(paths) if same else short, paths, strict=True)
        )
        files = list(named.values())
    return Inputs(format, named, tuple(files))


def read_searched(found: Inputs, known: Collection[str]) -> EList:
    """Log2 intensities of a table of a search engine, of the samples that are known if any are."""
    read = SEARCHED[found.format][1]
    return read(found.files[0], samples=list(map(str, known)) or None)


def read_inputs(found: Inputs, options: Mapping[str, Any], known: Collection[str]) -> Any:
    """Counts of all samples, or cells; names that begin with a known sample become this one."""
    if found.format == CELLS:
        return _cells(found.paths)
    paths = {_known_name(name, found.paths, known): path for name, path in found.paths.items()}
    if found.format in QUANTIFIED:
        return _quantified(found.format, paths, options)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*are not genes but summaries")
        if found.format == "featurecounts":
            data = read_feature_counts(list(paths.values()))
            names = list(map(str, data.frame().columns))
            data = data.with_names(samples=[_known_name(name, names, known) for name in names])
        else:
            column = STRANDS[options["strand"]] if found.format == "star" else 1
            data = read_dge(paths, columns=(0, column), sep=None)
    return _without_summaries(data)


def _quantified(format: str, paths: Mapping[str, Path], options: Mapping[str, Any]) -> DGEList:
    scaled = options["counts_from_abundance"]
    genes = options["tx2gene"]
    if scaled is None:
        by_gene = genes is not None or (format == "rsem" and _has_genes(paths))
        scaled = "length_scaled_tpm" if by_gene else "no"
    more = {} if format == "oarfish" else {"counts_from_abundance": scaled}
    return QUANTIFIED[format][1](paths, genes, ignore_version=options["ignore_version"], **more)


def _has_genes(paths: Mapping[str, Path]) -> bool:
    return all(".genes.results" in RSEM.file(path, resampled=False).name for path in paths.values())


def _cells(paths: Mapping[str, Path]) -> Any:
    """Cells of all samples, with the column `sample`."""
    parts = {name: read_10x(path) for name, path in paths.items()}
    for name, part in parts.items():
        part.obs[SAMPLE] = name
    if len(parts) == 1:
        return next(iter(parts.values()))
    import anndata  # noqa: PLC0415 - an optional library

    return anndata.concat(parts, join="outer", merge="first", index_unique="-", fill_value=0)


def _without_summaries(data: DGEList) -> DGEList:
    names = data.frame().index.astype(str)
    summary = names.str.startswith(_SUMMARIES)
    if not summary.any():
        return data
    warn(f"Rows that count reads without a gene are removed: {quoted(names[summary])}.", Note)
    return data.subset(~summary)


def _known_name(name: str, names: Collection[str], known: Collection[str]) -> str:
    """The sample whose name a name begins with, followed by a mark; itself where it is not one."""
    if name in known:
        return name
    begins = [
        str(sample)
        for sample in known
        if sample not in names and name.startswith(str(sample)) and not _goes_on(name, sample)
    ]
    return max(begins, key=len, default=name)


def _goes_on(name: str, sample: Any) -> bool:
    return name[len(str(sample)) : len(str(sample)) + 1].isalnum()


def _of_folder(folder: Path, format: str | None) -> Inputs:
    """Inputs in a folder: the folders or files of a program, else tables of one sample each."""
    below = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    for name, (program, _) in QUANTIFIED.items():
        if format not in (None, name):
            continue
        runs = [path for path in (folder, *below) if _is_run(path, program)]
        if runs:
            return named_inputs({}, _one_level(runs), name)
    cells = [path for path in (folder, *below) if _holds_cells(path)]
    if cells and format in (None, CELLS):
        return named_inputs({}, cells, CELLS)
    files = [path for path in below if path.is_file() and path.suffix not in _NO_DATA]
    if not files:
        kinds = quoted(FORMATS[1:-2], 20)
        raise InputError(f"'{folder.name}' holds no counts of one of the formats {kinds}.")
    found = format or _format_of(files[0])
    return named_inputs({}, files, "htseq" if found == TABLE else found)


def _is_run(path: Path, program: Program) -> bool:
    """Whether a path is the folder of a run, or a file of one where runs have no folders."""
    if program.prefix:
        return path.is_dir() and any((path / name).exists() for name in _packed(program.files))
    if not path.is_file() or not without_compression(path.name).endswith(program.files):
        return False
    row_names = program.text.row_names
    return row_names is None or read_text(path).startswith(f"{row_names}\t")


def _packed(names: Collection[str]) -> list[str]:
    return [f"{name}{ending}" for name in names for ending in ("", ".gz")]


def _one_level(runs: list[Path]) -> list[Path]:
    """Files of genes where there are any; isoforms are another table of the same samples."""
    genes = [path for path in runs if ".genes.results" in path.name]
    return genes or runs


def _holds_cells(path: Path) -> bool:
    if path.is_dir():
        return any(file.name.startswith("matrix.mtx") for file in path.iterdir())
    return path.suffix in (".h5", ".hdf5") and not path.name.startswith(KALLISTO.prefix)


def _files_below(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _format_of(path: Path) -> str:
    """The format of a file, by its name or first lines."""
    name = without_compression(path.name)
    if path.suffix == ".h5ad":
        return H5AD
    for format, (program, _) in QUANTIFIED.items():
        if _is_run(path, program) or (program.prefix and name.startswith(program.prefix)):
            return format
    if path.is_dir() or path.suffix in (".h5", ".hdf5"):
        return CELLS
    if path.suffix == ".parquet":
        return next((key for key, (engine, _) in SEARCHED.items() if name in engine.files), "diann")
    if name.endswith(_STAR):
        return "star"
    lines = (line for line in read_text(path).splitlines() if not line.startswith("#"))
    return _format_of_header(next(lines, ""))


def _format_of_header(header: str) -> str:
    """The format of a file by its first line."""
    if header.replace('"', "").startswith(_FEATURE_COUNTS):
        return "featurecounts"
    if header.startswith(("!Series_", "!Sample_")):
        return GEO
    for format, (engine, _) in SEARCHED.items():
        if engine.wrote(header):
            return format
    return "htseq" if len(header.split("\t")) == 2 else TABLE
