"""Ontologies in OBO files: terms, their ancestors, and identifiers that were replaced."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal, TypeAlias

import pandas as pd

from pylimma.adapters.tables import as_pandas
from pylimma.arguments import described, flag, sequence
from pylimma.errors import InputError, InputTypeError, Note, check_choice, quoted, warn
from pylimma.genesets.identifiers import as_text
from pylimma.genesets.long_tables import gene_and_set
from pylimma.readers.files import existing_file, read_text

Obsolete: TypeAlias = Literal["replace", "drop", "error"]

RELATIONS = ("is_a", "part_of")
_BRANCHES = {"biological_process": "BP", "cellular_component": "CC", "molecular_function": "MF"}
_STANZA = re.compile(r"\[(\w+)\]\s*$")
_DEFAULT_NAMESPACE = re.compile(r"^default-namespace:\s*(\S+)", re.MULTILINE)
_REST = re.compile(r"\s*(\{[^}]*\}\s*)?(!.*)?$")  # qualifiers and comments behind a value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ontology:
    """Terms of an ontology and how they are related."""

    terms: pd.DataFrame  # by identifier: name, ontology (BP, CC, MF or its own word), obsolete
    parents: Mapping[str, list[tuple[str, str]]]  # by identifier: relation and parent
    alternatives: Mapping[str, str]  # other identifier → the one of the term
    replacements: Mapping[str, list[str]]  # obsolete identifier → what replaces it

    def __len__(self) -> int:
        """Number of terms, obsolete ones among them."""
        return len(self.terms)

    def __repr__(self) -> str:
        n_obsolete = int(self.terms["obsolete"].sum())
        return f"Ontology: {len(self):,} terms, {n_obsolete:,} of them obsolete"

    def ancestors(
        self, relations: Iterable[str] = RELATIONS, *, across: bool = False
    ) -> dict[str, list[str]]:
        """Every term with all its ancestors by some relations, itself first.

        Ancestors in another branch are not counted unless `across`.
        """
        wanted, branch = (
            set(relations),
            dict(zip(self.terms.index, self.terms["ontology"], strict=True)),
        )
        graph = {
            term: [
                parent
                for relation, parent in self.parents.get(term, [])
                if relation in wanted
                and parent in branch
                and (across or branch[parent] == branch[term])
            ]
            for term in branch
        }
        found: dict[str, list[str]] = {}
        try:
            for term in TopologicalSorter(graph).static_order():
                above = dict.fromkeys([term])
                for parent in graph[term]:
                    above.update(dict.fromkeys(found[parent]))
                found[term] = list(above)
        except CycleError as error:
            raise InputError(f"Terms are their own ancestors: {quoted(error.args[1])}.") from None
        return found

    def annotate(
        self,
        links: Any,
        *,
        relations: Sequence[str] = RELATIONS,
        obsolete: Obsolete = "replace",
        across: bool = False,
    ) -> pd.DataFrame:
        """Carry annotation to all ancestors of its terms.

        Parameters
        ----------
        links : table or dict of list
            A column of genes and one of terms, as `read_gaf` returns them, or genes by term.
        relations : list of str
            Relations by which the genes of a term belong to another one.
        obsolete : {"replace", "drop", "error"}
            What becomes of obsolete terms; only ones with one replacement are replaced.
        across : bool
            Whether ancestors in another branch count.

        Returns
        -------
        DataFrame
            Columns `gene`, `term`, `ontology`, `name`, for `goana`; each pair once.
        """
        check_choice(obsolete, ("replace", "drop", "error"), "obsolete")
        relations = [str(relation) for relation in sequence(relations, "relations")]
        genes, terms = _pairs(links)
        current = {term: self._current(term, obsolete) for term in dict.fromkeys(terms)}
        above = self.ancestors(relations, across=flag(across, "across"))
        self._note(terms, current, relations)
        rows: dict[tuple[str, str], None] = {}
        for gene, term in dict.fromkeys(zip(genes, terms, strict=True)):
            for ancestor in above.get(current[term] or "", ()):
                rows[gene, ancestor] = None
        if not rows:
            raise InputError(
                f"None of the terms ({quoted(terms, 3)}) is in the ontology "
                f"({quoted(self.terms.index, 3)})."
            )
        table = pd.DataFrame(list(rows), columns=["gene", "term"], dtype=object)
        known = self.terms.loc[table["term"], ["ontology", "name"]]
        return table.assign(ontology=known["ontology"].to_numpy(), name=known["name"].to_numpy())

    def _current(self, term: str, obsolete: str) -> str | None:
        """Identifier that a term has now; None where there is none."""
        term = self.alternatives.get(term, term)
        if term not in self.terms.index:
            return None
        if not self.terms.loc[term, "obsolete"]:
            return term
        if obsolete == "error":
            raise InputError(f'Term \'{term}\' is obsolete; pass obsolete="replace" or "drop".')
        instead = self.replacements.get(term, [])
        return instead[0] if obsolete == "replace" and len(instead) == 1 else None

    def _note(
        self, terms: list[str], current: Mapping[str, str | None], relations: list[str]
    ) -> None:
        """Say how many annotations are of terms that are called otherwise now, or not known."""
        counts: dict[str, int] = defaultdict(int)
        for term in terms:
            if current[term] == term:
                continue
            if term in self.alternatives:
                counts["of other identifiers of a term"] += 1
            elif term not in self.terms.index:
                counts["dropped, their terms being unknown"] += 1
            elif current[term] is None:
                counts["dropped, their terms being obsolete"] += 1
            else:
                counts["of obsolete terms replaced"] += 1
        if counts:
            said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
            warn(f"{len(terms):,} annotations ({', '.join(relations)}): {said}.", Note)


def read_obo(path: Any) -> Ontology:
    r"""Read an ontology from an OBO file, such as ``go-basic.obo``.

    Parameters
    ----------
    path : path
        File of format 1.2 or 1.4, plain or compressed by gzip.

    Returns
    -------
    Ontology
        Its ``len`` is the number of terms; ``.terms`` is a table of them. ``.annotate(links)``
        carries annotation to all ancestors, as `goana` does with `obo`; relations other than is_a
        and part_of, and what becomes of obsolete terms, are its arguments.

    Raises
    ------
    InputError
        If the file is missing or holds no terms.

    See Also
    --------
    read_gaf : Reads annotation of genes.
    goana : Tests terms.

    Examples
    --------
    >>> import pathlib, tempfile, pylimma
    >>> path = pathlib.Path(tempfile.mkdtemp(), "small.obo")
    >>> terms = ["[Term]", "id: GO:1", "name: root", "[Term]", "id: GO:2", "is_a: GO:1 ! root"]
    >>> _ = path.write_text("\n".join(terms))
    >>> pylimma.read_obo(path).ancestors()["GO:2"]
    ['GO:2', 'GO:1']
    """
    found = existing_file(path)
    parents: dict[str, list[tuple[str, str]]] = {}
    alternatives: dict[str, str] = {}
    replacements: dict[str, list[str]] = {}
    rows: dict[str, tuple[Any, Any, bool]] = {}
    text = read_text(found)
    default = _DEFAULT_NAMESPACE.search(text)
    for stanza in _stanzas(text):
        if "id" not in stanza:
            raise InputError(f"A term of '{found.name}' has no identifier.")
        term = stanza["id"][0]
        space = next(iter(stanza.get("namespace", [])), default[1] if default else None)
        is_obsolete = stanza.get("is_obsolete") == ["true"]
        rows[term] = (
            next(iter(stanza.get("name", [])), None),
            _BRANCHES.get(space or "", space),
            is_obsolete,
        )
        related = [value.split() for value in stanza.get("relationship", [])]
        parents[term] = [("is_a", parent.split()[0]) for parent in stanza.get("is_a", [])]
        parents[term] += [(pair[0], pair[1]) for pair in related if len(pair) > 1]
        alternatives |= dict.fromkeys(stanza.get("alt_id", []), term)
        replacements[term] = stanza.get("replaced_by", [])
    if not rows:
        raise InputError(f"'{found.name}' holds no terms; an OBO file has them behind '[Term]'.")
    alternatives = {other: term for other, term in alternatives.items() if other not in rows}
    table = pd.DataFrame(
        list(rows.values()), index=list(rows), columns=["name", "ontology", "obsolete"]
    )
    return Ontology(table, parents, alternatives, replacements)


def parse_obo(obo: Any) -> Ontology:
    """Ontology as it is, or read from a file."""
    return obo if isinstance(obo, Ontology) else read_obo(obo)


def _stanzas(text: str) -> Iterable[dict[str, list[str]]]:
    """Tags and values of each term."""
    stanza: dict[str, list[str]] | None = None
    for line in text.split("\n"):
        head = _STANZA.match(line)
        if head is not None:
            if stanza is not None:
                yield stanza
            stanza = {} if head[1] == "Term" else None
        elif stanza is not None and ":" in line and not line.startswith("!"):
            tag, _, value = line.partition(":")
            stanza.setdefault(tag.strip(), []).append(_value(tag, value))
    if stanza is not None:
        yield stanza


def _value(tag: str, value: str) -> str:
    """Value of a line; names are free text, in which ! and { may stand."""
    return value.strip() if tag in ("name", "def", "comment") else _REST.sub("", value.strip())


def _pairs(links: Any) -> tuple[list[str], list[str]]:
    """Genes and terms of annotation, those without a gap."""
    if isinstance(links, Mapping):
        flat = [(gene, term) for term, genes in links.items() for gene in as_text(genes, "links")]
        links = pd.DataFrame(flat, columns=["gene", "term"], dtype=object)
    table = as_pandas(links)
    if table is None or table.shape[1] < 2:
        raise InputTypeError(f"`links` must be a table of genes and terms; got {described(links)}.")
    gene, term = gene_and_set(table.columns)
    genes, terms = (as_text(table[name].to_numpy(), "links") for name in (gene, term))
    kept = [pair for pair in zip(genes, terms, strict=True) if None not in pair]
    return [str(pair[0]) for pair in kept], [str(pair[1]) for pair in kept]
