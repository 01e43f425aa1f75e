"""Collections of sets in files: GMT, GMX, long tables and R's data files, told by their content."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pandas as pd

from pylimma.arguments import sequence, text
from pylimma.errors import (
    InputError,
    InputTypeError,
    Note,
    check_choice,
    quoted,
    warn,
)
from pylimma.genesets.go_annotation import looks_like_annotation
from pylimma.genesets.identifiers import as_text
from pylimma.genesets.long_tables import (
    NUMBER,
    NamedSet,
    is_long_table,
    sets_of_table,
    split_table,
)
from pylimma.genesets.r_data import decompressed, is_r_data, r_objects
from pylimma.readers.files import existing_file, read_text

Duplicates: TypeAlias = Literal["error", "union", "first", "number"]
Format: TypeAlias = Literal["gmt", "gmx", "table", "r"]

_DUPLICATES, _FORMATS = ("error", "union", "first", "number"), ("gmt", "gmx", "table", "r")
_EXTENSIONS = {".gmt": "gmt", ".gmx": "gmx", ".csv": "table", ".tsv": "table"}
_FILE = re.compile(r"[/\\]|\.(gmt|gmx|txt|tsv|csv|rds|rda|rdata)(\.(gz|bz2|xz))?$", re.IGNORECASE)
_ENDINGS = re.compile(r"(\.(gz|bz2|xz|gmt|gmx|txt|tsv|csv|rds|rda|rdata))+$", re.IGNORECASE)
_NO_DESCRIPTION = re.compile(r"\s*((na|n/a|null|-|>?\s*https?://.*)\s*)?", re.IGNORECASE)
_WITH_WEIGHT = re.compile(r"(.+),([-+]?[\d.]+(?:[eE][-+]?\d+)?)")


class GeneSets(dict[str, Any]):
    """Sets by name, with what their files say of them beside their genes."""

    description: dict[str, str]  # by name of the set; empty where the file has none
    collection: dict[str, str]  # by name of the set: its file without extensions

    def __init__(self, named: Sequence[NamedSet], collection: str) -> None:
        super().__init__((name, members) for name, _, members in named)
        self.description = {name: described for name, described, _ in named}
        self.collection = dict.fromkeys(self, collection)

    def __repr__(self) -> str:
        files = quoted(dict.fromkeys(self.collection.values()))
        return f"GeneSets: {len(self):,} sets, {quoted(self, 3)}, from {files}"


def read_gene_sets(
    path: Any,
    *,
    duplicates: Duplicates = "error",
    format: Format | None = None,
    source: str | None = None,
    target: str | None = None,
    weight: str | None = None,
) -> GeneSets:
    r"""Read collections of gene sets, in whatever form they are published.

    Parameters
    ----------
    path : path or list of paths
        GMT (name, description, genes), GMX (its transpose), a table with a row for each gene of a
        set, or R's ``.rds`` and ``.rdata`` of a named list or such a table; plain or compressed.
    duplicates : {"error", "union", "first", "number"}
        What becomes of sets of one name: an error, one set of all their genes, the first of them,
        or numbers behind the names. Identical ones are merged, with a note.
    format : {"gmt", "gmx", "table", "r"}, optional
        Format of the file; default: what its content shows, and its extension when in doubt.
    source, target, weight : str, optional
        Columns of a table that hold the set, the gene and its weight; default: those of these or
        other usual names, or the first two.

    Returns
    -------
    dict of list of str
        Identifiers by the name of the set, each once; a DataFrame of ``target`` and ``weight``
        where sets are weighted. ``.description`` and ``.collection`` hold, by name of the set,
        what the file says of it and the name of the file, which tables of results show.

    Raises
    ------
    InputError
        If a file is missing or holds no sets, or names repeat.
    UnknownNameError
        If a table has no such column.

    Warns
    -----
    Note
        If identical sets are merged.

    See Also
    --------
    ids2indices : Find their genes in the data.

    Examples
    --------
    >>> import pathlib, tempfile, pylimma
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mine.gmt")
    >>> _ = path.write_text("repair\tna\tBRCA1\tTP53\ngrowth\t\tEGF\n")
    >>> sets = pylimma.read_gene_sets(path)
    >>> sets["repair"], sets.collection["repair"]
    (['BRCA1', 'TP53'], 'mine')
    """
    check_choice(duplicates, _DUPLICATES, "duplicates")
    if format is not None:
        check_choice(format, _FORMATS, "format")
    given = {"source": source, "target": target, "weight": weight}
    columns = {name: text(value, name) for name, value in given.items() if value is not None}
    paths = [path] if isinstance(path, str | os.PathLike) else sequence(path, "path")
    named: list[NamedSet] = []
    files: list[str] = []
    for one in paths:
        for stem, found in _read(existing_file(one), format, columns):
            named += found
            files += [stem] * len(found)
    if not named:
        raise InputError(f"There are no sets in {quoted(paths)}.")
    return _collected(named, files, duplicates)


def read_gmt(path: Any, *, duplicates: Duplicates = "error") -> GeneSets:
    r"""Read gene sets from a GMT or GMX file; `read_gene_sets` reads other formats too.

    Parameters
    ----------
    path : path or list of paths
        Lines of name, description and genes, separated by tabs, or the transpose of this; plain
        or compressed.
    duplicates : {"error", "union", "first", "number"}
        What becomes of sets of one name: an error, one set of all their genes, the first of them,
        or numbers behind the names.

    Returns
    -------
    dict of list of str
        Identifiers by the name of the set, each once; see `read_gene_sets`.

    Raises
    ------
    InputError
        If a file is missing or holds no sets, or names repeat.

    Warns
    -----
    Note
        If identical sets are merged.

    See Also
    --------
    read_gene_sets : Other formats.

    Examples
    --------
    >>> import pathlib, tempfile, pylimma
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mine.gmt")
    >>> _ = path.write_text("repair\tna\tBRCA1\tTP53\n")
    >>> pylimma.read_gmt(path)["repair"]
    ['BRCA1', 'TP53']
    """
    return read_gene_sets(path, duplicates=duplicates)


def _read(
    path: Path, form: str | None, columns: dict[str, str]
) -> Iterator[tuple[str, list[NamedSet]]]:
    """Sets of a file, by the name of their collection."""
    stem = _ENDINGS.sub("", path.name)
    content = decompressed(path.read_bytes())
    if form == "r" or (form is None and is_r_data(content)):
        objects = r_objects(content, stem)
        for name, item in objects.items():
            found = _of_r(item, columns, path.name)
            if found is not None:
                yield (stem if len(objects) == 1 else name), found
        return
    lines = _lines(read_text(path), path.name)
    rows = [line.split("\t") for line in lines]
    if not rows:
        return
    form = form or _format(rows, path)
    if form == "table":
        yield stem, sets_of_table(split_table(lines), columns, path.name)
        return
    if form == "gmx":
        width = max(map(len, rows))
        rows = list(
            map(list, zip(*([*row, *[""] * (width - len(row))] for row in rows), strict=True))
        )
    short = next((row for row in rows if len(row) < 2), None)
    if short is not None:
        raise InputError(
            f"'{path.name}' is not a collection of sets: a line holds only {short[0]!r}; lines of "
            f"GMT have a name, a description and genes, separated by tabs."
        )
    yield (
        stem,
        [(row[0].strip(), row[1].strip(), _members(row[2:])) for row in rows if row[0].strip()],
    )


def read_table(path: Path) -> pd.DataFrame | None:
    """A file as a long table, all cells text; None where it is a collection of another format."""
    lines = _lines(read_text(path), path.name)
    if not lines or _format([line.split("\t") for line in lines], path) != "table":
        return None
    return split_table(lines)


def _lines(text: str, name: str) -> list[str]:
    """Lines that hold something, of a file that is not of another kind."""
    if looks_like_annotation(text):
        raise InputError(f"'{name}' is annotation with terms of the gene ontology: use `read_gaf`.")
    if text.startswith("format-version:"):
        raise InputError(f"'{name}' is an ontology: use `read_obo`.")
    lines = [line for line in text.split("\n") if line.strip()]
    return [line for line in lines if not (line.startswith("#") and "\t" not in line)]


def _format(rows: list[list[str]], path: Path) -> str:
    """Format of lines split at tabs, by their content, and by the extension when in doubt."""
    widths = {len(row) for row in rows}
    if is_long_table(re.split(r"[\t,;]", "\t".join(rows[0]))) or widths == {1}:
        return "table"
    extension = next((_EXTENSIONS[s] for s in path.suffixes[::-1] if s in _EXTENSIONS), None)
    across = len(rows) > 1 and all(map(_NO_DESCRIPTION.fullmatch, rows[1]))
    down = all(_NO_DESCRIPTION.fullmatch(row[1]) for row in rows if len(row) > 1)
    if across != down:
        return "gmx" if across else "gmt"
    if extension is not None:
        return extension
    gaps = any("" in "\t".join(row).rstrip("\t").split("\t") for row in rows[2:])
    weights = widths == {3} and all(NUMBER.fullmatch(row[2].strip()) for row in rows)
    if (widths == {2} or weights) and not down:
        return "table"
    return "gmx" if gaps and not down and len(rows[0]) == max(widths) else "gmt"


def _members(cells: list[str]) -> Any:
    """Genes of a set, each once, and their weights where all have one other than 1."""
    genes = list(dict.fromkeys(cell for cell in map(str.strip, cells) if cell))
    if not genes or "," not in genes[0]:
        return genes
    found = [_WITH_WEIGHT.fullmatch(gene) for gene in genes]
    pairs = {pair[1]: float(pair[2]) for pair in found if pair is not None}
    if len(pairs) < len(genes):
        return genes
    if set(pairs.values()) == {1.0}:
        return list(pairs)
    return pd.DataFrame({"target": list(pairs), "weight": list(pairs.values())})


def is_path(sets: Any) -> bool:
    """Whether this names a file rather than the only member of a set."""
    if isinstance(sets, os.PathLike):
        return True
    return isinstance(sets, str) and (bool(_FILE.search(sets)) or Path(sets).is_file())


def _of_r(item: Any, columns: dict[str, str], name: str) -> list[NamedSet] | None:
    """Sets of an object of R: a named list of vectors, or a long table; None for another."""
    if isinstance(item, pd.DataFrame):
        return sets_of_table(item, columns, name)
    if not isinstance(item, list) or not any(isinstance(part, tuple) for part in item):
        return None
    if any(set_name is None for set_name, _ in item):
        raise InputError(f"Sets of '{name}' have no names; name the elements of the list in R.")
    return [
        (
            str(set_name),
            "",
            list(dict.fromkeys(g for g in as_text(members, "sets") if g is not None)),
        )
        for set_name, members in item
        if members is not None and not isinstance(members, pd.DataFrame)
    ]


def _collected(named: list[NamedSet], files: list[str], duplicates: Duplicates) -> GeneSets:
    """Sets of all files, those of one name treated as asked."""
    by_name: dict[str, list[int]] = {}
    for k, (name, _, _) in enumerate(named):
        by_name.setdefault(name, []).append(k)
    merged = 0
    for places in by_name.values():
        first = named[places[0]][2]
        differ = [k for k in places[1:] if not _same(first, named[k][2])]
        merged += len(places) - 1 - len(differ)
        places[1:] = differ
    repeated = [name for name, places in by_name.items() if len(places) > 1]
    if merged:
        warn(
            f"{merged:,} sets that repeat another one of the same name and genes are merged.", Note
        )
    if repeated and duplicates == "error":
        raise InputError(
            f"Sets of different genes have the same name: {quoted(repeated)}. Pass "
            f'duplicates="union", "first" or "number".'
        )
    kept: list[NamedSet] = []
    origin: list[str] = []
    for name, places in by_name.items():
        chosen = places[:1] if duplicates in ("first", "union") else places
        members = [named[k][2] for k in chosen]
        if duplicates == "union" and len(places) > 1:
            members = [_union([named[k][2] for k in places], name)]
        numbers = [""] if len(chosen) == 1 else [str(k + 1) for k in range(len(chosen))]
        for k, number, genes in zip(chosen, numbers, members, strict=True):
            kept.append((name + number, named[k][1], genes))
            origin.append(files[k])
    sets = GeneSets(kept, "")
    sets.collection = {name: stem for (name, _, _), stem in zip(kept, origin, strict=True)}
    return sets


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, pd.DataFrame) or isinstance(other, pd.DataFrame):
        return isinstance(one, pd.DataFrame) and one.equals(other)
    return set(one) == set(other)


def _union(several: list[Any], name: str) -> list[str]:
    if any(isinstance(members, pd.DataFrame) for members in several):
        raise InputTypeError(f"Sets called '{name}' have weights and cannot be united.")
    return list(dict.fromkeys(gene for members in several for gene in members))
