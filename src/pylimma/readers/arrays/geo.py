"""Series of the Gene Expression Omnibus (GEO): values, samples and the platform's annotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from pylimma.arguments import flag
from pylimma.containers.expression import EList, EListRaw
from pylimma.errors import InputError, InputWarning, ShapeError, quoted, warn, with_noun
from pylimma.readers.arrays.platforms import read_platform
from pylimma.readers.arrays.scales import Scale, judge_scale
from pylimma.readers.arrays.series_matrix import (
    SAMPLE,
    Line,
    SeriesMatrix,
    parse_series_matrix,
    sample_table,
    split_characteristics,
)
from pylimma.readers.cells import numbers_or_text
from pylimma.readers.files import existing_file, read_text
from pylimma.record import Record

_CHANNELS = ("ch1", "ch2")
_CHARACTERISTICS = "characteristics_"
_TEXT_COLUMNS = ("title", "geo_accession", "description")
_OF_SERIES = ("geo_accession", "title", "pubmed_id")


@dataclass(frozen=True, slots=True, eq=False)
class SampleInfo(Record):
    """What a series matrix file says of the samples, as text, a row for each sample."""

    sample_info: pd.DataFrame  # a column for each line
    characteristics_ch1: pd.DataFrame | None = None  # a column for each key; None without any
    characteristics_ch2: pd.DataFrame | None = None  # of the second channel


def read_geo(path: Any, annotation: Any = None) -> EList:
    r"""Values, samples and annotation of a series matrix file of GEO.

    Values are kept as they are in the file: `pylimma` never takes logarithms here, but says what
    scale they seem to be on.

    Parameters
    ----------
    path : str or Path
        The file, such as ``GSE1_series_matrix.txt.gz``, plain or compressed.
    annotation : str or Path, optional
        Table of the platform, ``GPL1-2345.txt`` or ``GPL1.annot.gz`` or its SOFT file. Its rows
        are matched to the probes by identifier.

    Returns
    -------
    EList or EListRaw
        `EListRaw` where the values are intensities. Rows are named by ``ID_REF``, columns by
        accession (GSM). `targets` has a column for each line about the samples, and one for each
        key of their characteristics; where samples have two channels, the keys end in ``_ch1`` and
        ``_ch2``. `genes` is the annotation, and `notes` what is known of the series and of the
        scale of its values.

    Raises
    ------
    InputError
        If the file is cut off, is not a series matrix or holds several; if it has several
        platforms, or an empty table, as series of RNA-seq have; if a cell is not a number; if no
        probe is in the annotation. The message gives the line.

    Warns
    -----
    InputWarning
        If samples are on different scales, or the table has fewer rows than the file says.
    Note
        On the scale of the values, and the number of probes that the annotation has.

    See Also
    --------
    sample_info_from_geo : What is said of the samples alone.

    References
    ----------
    Barrett et al. (2013). NCBI GEO: archive for functional genomics data sets - update. Nucleic
    Acids Research 41, D991-D995. doi:10.1093/nar/gks1193

    Examples
    --------
    >>> import pylimma, pathlib, tempfile, warnings
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "GSE1_series_matrix.txt"
    >>> _ = file.write_text(
    ...     '!Sample_geo_accession\t"GSM1"\t"GSM2"\n'
    ...     '!Sample_characteristics_ch1\t"age: 3"\t"age: 5"\n'
    ...     "!series_matrix_table_begin\n"
    ...     '"ID_REF"\t"GSM1"\t"GSM2"\n"p1"\t250\t310\n"p2"\t1200\t1100\n'
    ...     "!series_matrix_table_end\n"
    ... )
    >>> with warnings.catch_warnings(action="ignore", category=pylimma.errors.Note):
    ...     y = pylimma.read_geo(file)
    >>> y.frame("E")
          GSM1    GSM2
    p1   250.0   310.0
    p2  1200.0  1100.0
    >>> y.targets["age"].tolist()
    [3, 5]
    """
    found = existing_file(path)
    series = parse_series_matrix(read_text(found, or_latin=True).split("\n"), found)
    platform = _one_platform(series)
    table = series.table()
    if table is None:
        raise _no_values(series)
    names = table.row_names()
    values = table.measurements(range(1, table.frame.shape[1]))
    samples = pd.Index([str(name) for name in table.frame.columns[1:]])
    targets = _targets(series, samples)
    _check_row_count(series, len(names))
    scale = judge_scale(values, samples, found.name)
    genes = None if annotation is None else read_platform(annotation, names, platform)
    components = {"E": pd.DataFrame(values, names, samples), "targets": targets, "genes": genes}
    kind = EListRaw if scale.raw else EList
    return kind({**components, "notes": _notes(series, platform, scale)})


def sample_info_from_geo(file: Any, remove_constant_columns: bool = True) -> SampleInfo:
    r"""What a series matrix file of GEO says of its samples.

    Parameters
    ----------
    file : str or Path
        The series matrix file, plain or compressed; it may lack its table.
    remove_constant_columns : bool
        Whether columns that are the same for all samples are dropped.

    Returns
    -------
    SampleInfo
        `sample_info`, a table of text with a column for each line, and `characteristics_ch1` and
        `characteristics_ch2`, tables with a column for each key, or None.

    Raises
    ------
    InputError
        If the file says nothing of samples or is of another kind.

    See Also
    --------
    read_geo : The values, with all this as a typed table of samples.

    Examples
    --------
    >>> import pylimma, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "GSE1_series_matrix.txt"
    >>> _ = file.write_text(
    ...     '!Sample_title\t"a"\t"b"\n!Sample_characteristics_ch1\t"sex: F"\t"sex: M"\n'
    ... )
    >>> pylimma.sample_info_from_geo(file).characteristics_ch1["sex"].tolist()
    ['F', 'M']
    """
    constant = not flag(remove_constant_columns, "remove_constant_columns")
    found = existing_file(file)
    lines = parse_series_matrix(read_text(found, or_latin=True).split("\n"), found).lines
    about = [line for line in lines if line.label.startswith(SAMPLE)]
    n_samples = max((len(line.cells) for line in about), default=0)
    if not n_samples:
        raise InputError(f"'{found.name}' has no line '{SAMPLE}...' with a cell for each sample.")
    whole = [_without_quotes(line) for line in about if len(line.cells) == n_samples]
    parts = [[line for line in whole if _CHARACTERISTICS + ch in line.label] for ch in _CHANNELS]
    others = [line for line in whole if not any(line in part for part in parts)]
    tables = [sample_table(others, n_samples)]
    tables += [_second_pieces(part, n_samples) for part in parts]
    kept = [table if constant else _varying(table) for table in tables]
    return SampleInfo(
        kept[0], *(table if part else None for part, table in zip(parts, kept[1:], strict=True))
    )


def _without_quotes(line: Line) -> Line:
    return Line(line.number, line.label, [cell.replace('"', "") for cell in line.cells])


def _second_pieces(lines: list[Line], n_samples: int) -> pd.DataFrame:
    """Characteristics as R splits them: between the first and second colon; the last one counts."""
    columns: dict[str, list[str | None]] = {}
    for line in lines:
        for sample, cell in enumerate(line.cells):
            key, *pieces = cell.split(": ")
            if key:
                columns.setdefault(key, [None] * n_samples)
            if key and pieces:
                columns[key][sample] = pieces[0]
    return pd.DataFrame(columns, index=range(n_samples), dtype=object)


def _varying(table: pd.DataFrame) -> pd.DataFrame:
    """Columns with more than one value; a missing one is another."""
    changes = (table != table.iloc[0]) & ~(table.isna() & table.iloc[0].isna())
    return table.loc[:, changes.any()]


def _one_platform(series: SeriesMatrix) -> str | None:
    """The platform of all samples; raise where there are several."""
    found = pd.Series(series.cells(f"{SAMPLE}platform_id"), dtype=object).value_counts(sort=False)
    if len(found) > 1:
        each = ", ".join(
            f"{name} ({with_noun(number, 'sample')})" for name, number in found.items()
        )
        raise InputError(
            f"'{series.path.name}' has samples of {len(found)} platforms: {each}. Their probes "
            f"differ; read the file of each platform on its own."
        )
    given = series.cells("!Series_platform_id")
    return str(found.index[0]) if len(found) else (given[0] if given else None)


def _no_values(series: SeriesMatrix) -> InputError:
    files = [
        cell
        for label in ("!Series_supplementary_file", f"{SAMPLE}supplementary_file")
        for cell in series.cells(label)
        if cell not in ("", "NONE")
    ]
    where = f": {quoted(files, 3)}" if files else ""
    return InputError(
        f"The table of '{series.path.name}' has no rows. Values of such series, as counts of "
        f"RNA-seq, are in their supplementary files{where}. Read counts by `read_counts`."
    )


def _targets(series: SeriesMatrix, samples: pd.Index) -> pd.DataFrame:
    """Table of samples in the order of the columns of values."""
    name = series.path.name
    accessions = series.cells(f"{SAMPLE}geo_accession")
    if sorted(accessions) != sorted(samples):
        missing = [sample for sample in samples if sample not in accessions]
        extra = [sample for sample in accessions if sample not in set(samples)]
        raise InputError(
            f"The samples of '{name}' differ between its header and its table: "
            f"{quoted(missing, 3) or 'none'} have no '{SAMPLE}geo_accession', "
            f"{quoted(extra, 3) or 'none'} have no column of values."
        )
    lines = []
    for line in series.lines:
        if not line.label.startswith(SAMPLE):
            continue
        if len(line.cells) > len(samples):
            raise ShapeError(
                f"Line {line.number} of '{name}' has {len(line.cells)} cells for {len(samples)} "
                f"samples."
            )
        if len(line.cells) == len(samples):
            lines.append(line)
        else:
            warn(
                f"Line {line.number} of '{name}' ('{line.label}') has {len(line.cells)} of "
                f"{len(samples)} cells and is not used.",
                InputWarning,
            )
    return _typed_targets(lines, accessions).loc[samples]


def _typed_targets(lines: list[Line], accessions: list[str]) -> pd.DataFrame:
    """Columns of lines, then of characteristics; numbers where all cells are."""
    parts = {
        ch: [x for x in lines if x.label == SAMPLE + _CHARACTERISTICS + ch] for ch in _CHANNELS
    }
    rest = [line for line in lines if all(line not in part for part in parts.values())]
    tables = [sample_table(rest, len(accessions))]
    two = all(parts.values())
    for channel, part in parts.items():
        table = split_characteristics(part, len(accessions), f"{_CHARACTERISTICS}{channel}")
        taken = set(tables[0].columns)
        tables.append(
            table.rename(
                columns={
                    key: f"{key}_{channel}"
                    for key in table.columns
                    if (two or key in taken) and key != f"{_CHARACTERISTICS}{channel}"
                }
            )
        )
    whole = pd.concat(tables, axis=1)
    typed = {
        name: column if name in _TEXT_COLUMNS else numbers_or_text(column.fillna(""))
        for name, column in whole.items()
    }
    return pd.DataFrame(typed).set_axis(pd.Index(accessions), axis=0)


def _check_row_count(series: SeriesMatrix, n_rows: int) -> None:
    """Warn of a table that has fewer rows than each sample should have."""
    told = set(series.cells(f"{SAMPLE}data_row_count"))
    expected = int(told.pop()) if len(told) == 1 and min(told).isdecimal() else 0
    if n_rows < expected:
        warn(
            f"The table of '{series.path.name}' has {n_rows:,} rows; its samples have "
            f"{expected:,} ('{SAMPLE}data_row_count'). Lines may be lost: download it again.",
            InputWarning,
        )


def _notes(series: SeriesMatrix, platform: str | None, scale: Scale) -> dict[str, Any]:
    """What is known of the series as a whole."""
    told = {name: series.cells(f"!Series_{name}") for name in _OF_SERIES}
    known = {name: " ".join(cells) for name, cells in told.items() if cells}
    return {**known, "platform": platform, "scale": scale.text}
