"""Annotation of genes with terms of the gene ontology: GAF files and NCBI's gene2go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from pylimma.arguments import sequence
from pylimma.errors import InputError, Note, check_choice, quoted, warn
from pylimma.readers.files import existing_file, read_text
from pylimma.typing import AnyArray

Identifier: TypeAlias = Literal["symbol", "object_id", "synonym"]

TAXA = {
    "Hs": "9606", "Mm": "10090", "Rn": "10116", "Dm": "7227", "Ce": "6239", "Dr": "7955",
    "At": "3702", "Ag": "7165", "Bt": "9913", "Cf": "9615", "EcK12": "511145", "EcSakai": "386585",
    "Gg": "9031", "Mmu": "9544", "Pf": "36329", "Pt": "9598", "Ss": "9823", "Xl": "8355",
}  # fmt: skip
_WIDTHS = (15, 16, 17)  # of GAF 1 and 2, whose last columns may be left away
_ASPECTS = {"P": "BP", "C": "CC", "F": "MF"}
_CATEGORIES = {"process": "BP", "component": "CC", "function": "MF"}
_GENE2GO = "#tax_id"
_COLUMNS = ("gene", "term", "ontology", "evidence", "relation", "taxon")


class _Fields(NamedTuple):
    """Where a format has what is needed."""

    gene: int
    term: int
    relation: int
    evidence: int
    aspect: int
    taxon: int


_GAF = _Fields(gene=2, term=4, relation=3, evidence=6, aspect=8, taxon=12)
_NCBI = _Fields(gene=1, term=2, relation=4, evidence=3, aspect=7, taxon=0)
_GENE_OF = {"symbol": 2, "object_id": 1, "synonym": 10}


def read_gaf(
    path: Any,
    *,
    id: Identifier = "symbol",  # noqa: A002 - the field's word
    taxon: str | int | Sequence[str | int] | None = None,
    evidence: Sequence[str] | None = None,
    exclude_evidence: Sequence[str] | None = None,
) -> pd.DataFrame:
    r"""Read annotation of genes from a GAF file or NCBI's ``gene2go``.

    Parameters
    ----------
    path : path
        GAF 2.0 to 2.2 or gene2go, which the content tells; plain or compressed by gzip.
    id : {"symbol", "object_id", "synonym"}
        What of a GAF file names genes; each synonym is a row. In gene2go it is the Entrez
        identifier.
    taxon : str, int or list, optional
        Species by number in NCBI's taxonomy, or as ``"Hs"``; needed where the file has several.
    evidence, exclude_evidence : list of str, optional
        Codes of evidence that count, or do not; default: all.

    Returns
    -------
    DataFrame
        Columns `gene`, `term`, `ontology` (BP, CC, MF), `evidence`, `relation`, `taxon`, for
        `goana`. ``.attrs["dropped"]`` holds numbers of rows by why they left, and
        ``.attrs["evidence"]`` numbers of the others by code.

    Raises
    ------
    InputError
        If the file is of another format, has several species and `taxon` is not given, or nothing
        is left.

    Warns
    -----
    Note
        If rows left: negated ones (``NOT`` in any place of the qualifier), of other evidence or
        species, without identifier, or lines that cannot be read; with the numbers of each.

    See Also
    --------
    read_obo : The ontology.
    goana : Takes this table, or the file itself.

    Examples
    --------
    >>> import pathlib, tempfile, pylimma
    >>> path = pathlib.Path(tempfile.mkdtemp(), "gene2go")
    >>> lines = ["#tax_id\tGeneID\tGO_ID\tEvidence\tQualifier\tGO_term\tPubMed\tCategory",
    ...          "9606\t7157\tGO:0006281\tIDA\tinvolved_in\tDNA repair\t-\tProcess"]
    >>> _ = path.write_text("\n".join(lines))
    >>> pylimma.read_gaf(path)[["gene", "term", "ontology", "evidence"]].to_numpy().tolist()
    [['7157', 'GO:0006281', 'BP', 'IDA']]
    """
    check_choice(id, tuple(_GENE_OF), "id")
    found = existing_file(path)
    rows, fields, dropped = _rows(read_text(found), found.name)
    if fields is _GAF:
        fields = fields._replace(gene=_GENE_OF[id])
    places = fields._asdict().items()
    columns = {name: _objects(row[k] for row in rows) for name, k in places}
    columns["taxon"] = _objects(map(_own_taxon, columns["taxon"]))
    taxa = _taxa(columns["taxon"], taxon, found.name)
    codes = columns["evidence"]
    reasons = {
        "negated (NOT)": _negated(columns["relation"]),
        f"without {id}": np.array([value in ("", "-") for value in columns["gene"]]),
        "of other species": taxa,
        "of other evidence": _other_evidence(codes, evidence, exclude_evidence),
    }
    kept = np.ones(len(rows), dtype=bool)
    for reason, gone in reasons.items():
        dropped[reason] = int((gone & kept).sum())
        kept &= ~gone
    table = _table(columns, kept, fields)
    dropped = {reason: count for reason, count in dropped.items() if count}
    _say(found.name, len(rows), dropped, Counter(codes[kept].tolist()))
    if table.empty:
        raise InputError(f"No annotation of '{found.name}' is left.")
    table.attrs |= {"dropped": dropped, "evidence": dict(Counter(codes[kept].tolist()))}
    return table


def looks_like_annotation(text: str) -> bool:
    """Whether a text is a GAF file or gene2go."""
    if text.startswith(("!gaf-version", "!gpa-version", "!gpad-version", _GENE2GO)):
        return True
    first = next((line for line in text.split("\n", 200) if line and line[0] != "!"), "")
    cells = first.split("\t")
    return len(cells) in _WIDTHS and cells[4].startswith("GO:") and cells[8] in _ASPECTS


def _rows(text: str, name: str) -> tuple[list[list[str]], _Fields, dict[str, int]]:
    """Fields of all lines that can be read, where they stand, and the number of other lines."""
    if re.match(r"!(gpa|gpad)-version", text):
        raise InputError(
            f"'{name}' is a GPAD file, which has neither branches nor usual codes of evidence; "
            f"take the GAF file of the same source."
        )
    lines = [line for line in text.split("\n") if line.strip()]
    if text.startswith(_GENE2GO):
        rows, fields = [line.split("\t") for line in lines[1:]], _NCBI
    else:
        rows, fields = [line.split("\t") for line in lines if line[0] != "!"], _GAF
    widths = (8,) if fields is _NCBI else _WIDTHS
    aspects = _CATEGORIES if fields is _NCBI else _ASPECTS
    good = [row for row in rows if len(row) in widths and _is_whole(row, fields, aspects)]
    if not good:
        raise InputError(
            f"'{name}' is neither GAF (17 fields a line, the fifth a term) nor gene2go; its first "
            f"line of data has {len(rows[0]) if rows else 0} fields."
        )
    return good, fields, {"not readable": len(rows) - len(good)}


def _is_whole(row: list[str], fields: _Fields, aspects: Mapping[str, str]) -> bool:
    """Whether a row has a term, its branch, evidence and species."""
    known = _aspect(row[fields.aspect]) in aspects and row[fields.term].startswith("GO:")
    return known and bool(row[fields.evidence] and _own_taxon(row[fields.taxon]).isdigit())


def _aspect(value: str) -> str:
    return value if len(value) == 1 else value.lower()


def _negated(relation: AnyArray) -> AnyArray:
    """Whether NOT is one of the relations between bars."""
    return np.array(["NOT" in value.upper().split("|") for value in relation], dtype=bool)


def _objects(values: Iterable[Any]) -> AnyArray:
    return np.array(list(values), dtype=object)


def _own_taxon(value: str) -> str:
    """Number of a species; of two, as with a host, the first."""
    return value.split("|", maxsplit=1)[0].rpartition(":")[2]


def _taxa(column: AnyArray, taxon: Any, name: str) -> AnyArray:
    """Whether each row is of another species."""
    if taxon is None:
        several = Counter(column.tolist())
        if len(several) > 1:
            most = ", ".join(f"{key} ({count:,})" for key, count in several.most_common(4))
            raise InputError(
                f"'{name}' has {len(several)} species: {most}; give the number of one as `taxon`."
            )
        return np.zeros(len(column), dtype=bool)
    given = [taxon] if isinstance(taxon, str | int) else sequence(taxon, "taxon")
    wanted = {TAXA.get(str(one), str(one)) for one in given}
    if not wanted & set(column):
        there = sorted(set(column))
        raise InputError(
            f"'{name}' has no species {quoted(sorted(wanted))}; it has {quoted(there, 4)}."
        )
    return ~np.isin(column.astype(str), sorted(wanted))


def _other_evidence(codes: AnyArray, only: Any, without: Any) -> AnyArray:
    """Whether each row has a code that does not count."""
    gone = np.zeros(len(codes), dtype=bool)
    for given, argument in ((only, "evidence"), (without, "exclude_evidence")):
        if given is None:
            continue
        named = [given] if isinstance(given, str) else sequence(given, argument)
        chosen = {str(code).upper() for code in named}
        unknown = chosen - set(codes)
        if unknown == chosen:
            raise InputError(
                f"`{argument}` has {quoted(sorted(chosen))}; the codes are "
                f"{quoted(sorted(set(codes)))}."
            )
        within = np.isin(codes.astype(str), sorted(chosen))
        gone |= ~within if argument == "evidence" else within
    return gone


def _table(columns: dict[str, AnyArray], kept: AnyArray, fields: _Fields) -> pd.DataFrame:
    """Annotation that counts, a row for each identifier of a gene."""
    aspects = _CATEGORIES if fields is _NCBI else _ASPECTS
    data = {name: values[kept] for name, values in columns.items()}
    data["ontology"] = _objects(aspects[_aspect(value)] for value in data.pop("aspect"))
    table = pd.DataFrame({name: data[name] for name in _COLUMNS}, dtype=object)
    if fields.gene == _GENE_OF["synonym"]:
        table["gene"] = table["gene"].str.split("|")
        table = table.explode("gene", ignore_index=True)
    return table


def _say(name: str, n_rows: int, dropped: dict[str, int], codes: Counter[str]) -> None:
    """Note what left and what evidence there is where some says that nothing is known."""
    parts = [f"{count:,} {reason}" for reason, count in dropped.items()]
    text = ""
    if parts:
        total = n_rows + dropped.get("not readable", 0)
        text = (
            f"{sum(dropped.values()):,} of {total:,} rows of '{name}' dropped: {', '.join(parts)}."
        )
    if codes["ND"]:
        text += f" {codes['ND']:,} others say that nothing is known (evidence ND)."
    if text:
        warn(text.strip(), Note)
