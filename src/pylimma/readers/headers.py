"""Whether a line names the columns of a table or is its first row, by evidence.

Where the rows hold numbers, a header holds names. Where it holds numbers too, as for samples that
are called by numbers, its first field must be a word for the column of identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pylimma.errors import InputError, quoted
from pylimma.readers.cells import is_number
from pylimma.readers.records import Records

_ROWS = 50  # looked at
_MOSTLY = 0.5  # share of a column's cells above which it is one of numbers
_IDENTIFIERS = re.compile(
    r"((gene|transcript|tx|target|feature|probe(set)?|ensembl|entrez|refseq|uniprot|hgnc|otu|asv|"
    r"tag|row|mirna|protein|peak|region|locus|orf|exon|isoform|tracking|ref|accession|sample|tname)"
    r"s?)?[\s_.]*(ids?|names?|symbols?)?",
    re.IGNORECASE,
)


def is_identifier(name: str) -> bool:
    """Whether a name is one of a column of identifiers."""
    return bool(name.strip()) and _IDENTIFIERS.fullmatch(name.strip()) is not None


def is_header(first: Sequence[str], body: Records | None) -> bool:
    """Whether the fields of a first line name the columns of the body below it."""
    if body is None:
        return not any(is_number(cell) for cell in first[1:])
    if len(first) != body.n_fields:
        return True
    columns = _number_columns(body)
    return not columns or _names_columns(first, columns)


def _names_columns(first: Sequence[str], columns: list[int]) -> bool:
    """Whether fields above columns of numbers are names."""
    if not all(is_number(first[k]) for k in columns):
        return True
    return _IDENTIFIERS.fullmatch(first[0].strip().lstrip("#")) is not None


def is_commented_header(comment: str, mark: str, fields: Sequence[str], body: Records) -> bool:
    """Whether a comment right above the body, such as ``#OTU ID``, names its columns."""
    if len(fields) != body.n_fields or len(fields) < 2 or comment.startswith(2 * mark):
        return False
    below = _number_columns(body, first=min(1, len(body.lines) - 1))
    if below:
        return not _names_columns(body.fields(0), below)
    return not comment[len(mark)].isspace()  # text alone: "#SampleID" is a name, "# made" is not


def without_empty_end(first: list[str], body: Records) -> tuple[list[str], Records]:
    """Header and rows without the empty columns that separators at the ends of lines make."""
    while body.n_fields > 1 and len(first) <= body.n_fields and body.ends_empty:
        if len(first) == body.n_fields:
            if first[-1].strip():
                break
            first = first[:-1]
        elif not _IDENTIFIERS.fullmatch(first[0].strip()):
            break  # the header lacks the column of names, as R writes it
        body = body.without_end()
    while len(first) > body.n_fields and not first[-1].strip():
        first = first[:-1]
    return first, body


def column_names(first: list[str], number: int, n_fields: int, name: str) -> list[str]:
    """Names of the columns; one is put in front where the header lacks that of the rows."""
    names = [field.strip() for field in first]
    if len(names) == n_fields - 1:
        names = ["", *names]
    if len(names) != n_fields:
        raise InputError(
            f"The header on line {number} of '{name}' has {len(names)} fields; the next line has "
            f"{n_fields}."
        )
    repeated = sorted({field for field in names if names.count(field) > 1})
    if repeated:
        raise InputError(f"Column names on line {number} of '{name}' repeat: {quoted(repeated)}.")
    return names


def _number_columns(body: Records, first: int = 0) -> list[int]:
    """Columns after the first that hold numbers in most of the first rows."""
    rows = [body.fields(row) for row in range(first, min(_ROWS, len(body.lines)))]
    return [
        k
        for k in range(1, body.n_fields)
        if sum(is_number(row[k]) for row in rows) > _MOSTLY * len(rows)
    ]
