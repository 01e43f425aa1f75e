"""Links and names of KEGG's pathways, from files that the user downloaded."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pylimma.arguments import flag, text
from pylimma.errors import DataUnavailableError, InputError, Note, warn
from pylimma.readers.files import existing_file, read_text

_SERVICE = "https://rest.kegg.jp"
_CODES = {
    "Hs": "hsa", "Mm": "mmu", "Rn": "rno", "Dm": "dme", "Ce": "cel", "Dr": "dre", "At": "ath",
    "Ag": "aga", "Bt": "bta", "Cf": "cfa", "EcK12": "eck", "EcSakai": "ecs", "Gg": "gga",
    "Mmu": "mcc", "Pf": "pfa", "Pt": "ptr", "Ss": "ssc", "Xl": "xla",
}  # fmt: skip
_BY_ENTREZ = ("hsa", "mmu", "rno", "ptr")  # species whose identifiers are Entrez' already


def get_gene_kegg_links(
    species_kegg: str = "hsa", convert: bool = False, *, path: Any = None, conversion: Any = None
) -> pd.DataFrame:
    r"""Read which genes are in which pathways of KEGG, from a downloaded file.

    Parameters
    ----------
    species_kegg : str
        Code of the species, as ``"hsa"`` or ``"mmu"``.
    convert : bool
        Whether identifiers of KEGG are converted to Entrez'; for human, mouse, rat and chimpanzee
        they are that already.
    path : path
        The file ``https://rest.kegg.jp/link/pathway/hsa``, saved; with another species' code.
    conversion : path, optional
        The file ``https://rest.kegg.jp/conv/hsa/ncbi-geneid``, saved; needed to convert.

    Returns
    -------
    DataFrame
        Columns `GeneID` and `PathwayID`, for `kegga`.

    Raises
    ------
    DataUnavailableError
        If a file is not given; nothing is downloaded.
    InputError
        If a file is missing or of another form.

    Warns
    -----
    Note
        If genes have no other identifier and are dropped.

    See Also
    --------
    get_kegg_pathway_names : Names of the pathways.

    Examples
    --------
    >>> import pathlib, tempfile, pylimma
    >>> path = pathlib.Path(tempfile.mkdtemp(), "links.txt")
    >>> _ = path.write_text("hsa:10327\tpath:hsa00010\nhsa:124\tpath:hsa00010\n")
    >>> pylimma.get_gene_kegg_links(path=path).to_numpy().tolist()
    [['10327', 'hsa00010'], ['124', 'hsa00010']]
    """
    code = text(species_kegg, "species_kegg")
    links = _two_columns(path, f"link/pathway/{code}", "path", ["GeneID", "PathwayID"])
    for column in links.columns:
        links[column] = _without_prefix(links[column])
    if not flag(convert, "convert") or code in _BY_ENTREZ:
        return links
    pairs = _two_columns(conversion, f"conv/{code}/ncbi-geneid", "conversion", ["entrez", "kegg"])
    pairs = pairs.apply(_without_prefix)
    both = links.merge(pairs.drop_duplicates("kegg"), left_on="GeneID", right_on="kegg", how="left")
    lost = both["entrez"].isna()
    if lost.any():
        warn(
            f"{int(lost.sum()):,} of {len(both):,} links are dropped: their genes have no Entrez "
            f"identifier, as '{both['GeneID'][lost].iloc[0]}'.",
            Note,
        )
    kept = both[~lost].reset_index(drop=True)
    return pd.DataFrame({"GeneID": kept["entrez"], "PathwayID": kept["PathwayID"]})


def get_kegg_pathway_names(
    species_kegg: str | None = None, remove_qualifier: bool = False, *, path: Any = None
) -> pd.DataFrame:
    r"""Read the names of KEGG's pathways, from a downloaded file.

    Parameters
    ----------
    species_kegg : str, optional
        Code of the species, as ``"hsa"``; default: reference pathways.
    remove_qualifier : bool
        Whether the species behind the last dash is removed from the names.
    path : path
        The file ``https://rest.kegg.jp/list/pathway/hsa``, saved; with another species' code, or
        without one.

    Returns
    -------
    DataFrame
        Columns `PathwayID` and `Description`, for `kegga`.

    Raises
    ------
    DataUnavailableError
        If the file is not given; nothing is downloaded.
    InputError
        If the file is missing or of another form.

    See Also
    --------
    get_gene_kegg_links : Genes of the pathways.

    Examples
    --------
    >>> import pathlib, tempfile, pylimma
    >>> path = pathlib.Path(tempfile.mkdtemp(), "names.txt")
    >>> _ = path.write_text("hsa00010\tGlycolysis - Homo sapiens (human)\n")
    >>> pylimma.get_kegg_pathway_names("hsa", True, path=path).to_numpy().tolist()
    [['hsa00010', 'Glycolysis']]
    """
    code = None if species_kegg is None else text(species_kegg, "species_kegg")
    source = "list/pathway" if code is None else f"list/pathway/{code}"
    names = _two_columns(path, source, "path", ["PathwayID", "Description"])
    names["PathwayID"] = _without_prefix(names["PathwayID"])
    if flag(remove_qualifier, "remove_qualifier"):
        names["Description"] = [name.rpartition(" - ")[0] or name for name in names["Description"]]
    return names


def links_advice(species: Any, species_kegg: Any) -> str:
    """Where annotation of a species can be found."""
    code = _CODES.get(str(species), "hsa") if species_kegg is None else str(species_kegg)
    return (
        f"for KEGG, save {_SERVICE}/link/pathway/{code} and read it by "
        f"`get_gene_kegg_links({code!r}, path=...)`"
    )


def _two_columns(path: Any, source: str, argument: str, columns: list[str]) -> pd.DataFrame:
    """Table of two columns in a file of KEGG's service."""
    if path is None:
        raise DataUnavailableError(
            f"Nothing is downloaded from KEGG: save {_SERVICE}/{source} and give the file as "
            f"`{argument}`."
        )
    found = existing_file(path)
    rows = [line.split("\t") for line in read_text(found).split("\n") if line.strip()]
    wrong = next((k for k, row in enumerate(rows, 1) if len(row) != 2), None)
    if wrong is not None or not rows:
        raise InputError(
            f"'{found.name}' is not {_SERVICE}/{source}: line {wrong or 1} does not hold two "
            f"fields separated by a tab."
        )
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _without_prefix(column: pd.Series) -> pd.Series:
    """Identifiers without what stands before the first colon, of one length for all."""
    size = str(column.iloc[0]).find(":") + 1
    return column.str[size:]
