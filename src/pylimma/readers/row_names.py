"""Names of genes that are suspicious: changed by a spreadsheet, or not genes at all."""

from __future__ import annotations

import pandas as pd

from pylimma.errors import InputWarning, quoted, warn

_MONTH = (
    r"(?:jan|feb|fév|mar|mär|maa|mrt|apr|avr|abr|may|mai|mei|jun|jui|jul|aug|aoû|ago|sep|oct|okt|"
    r"out|nov|dec|déc|dez|dic)[a-zéû]{0,6}\.?"
)
_DATES = (
    rf"(?i)\d{{1,2}}[-. ]{_MONTH}(?:[-. ]\d{{2,4}})?|{_MONTH}[-. ]\d{{2,4}}|"
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?|\d{1,2}[/.]\d{1,2}[/.](?:\d{2}|\d{4})"
)
_POWERS = r"\d(?:[.,]\d+)?E\+\d+"  # 2310009E13Rik as a number
_SUMMARIES = ("_", "N_")  # rows of HTSeq and STAR that count reads without a gene
_FEW = 0.5  # share of a column's cells up to which dates in it are names gone wrong


def warn_of_names(names: pd.Index, files: str, genes: pd.DataFrame | None = None) -> None:
    """Warn of names and annotation that a spreadsheet changed, and of summaries; `files` quoted."""
    text = names.astype(str)
    _warn_of_spreadsheet(text, f"Genes of {files} are called")
    annotation = {} if genes is None else dict(genes.items())
    for column, cells in annotation.items():
        if cells.dtype == object or pd.api.types.is_string_dtype(cells):
            found = pd.Index(cells.dropna().astype(str).unique())
            _warn_of_spreadsheet(found, f"Column '{column}' of {files} holds", few=True)
    summaries = text[text.str.startswith(_SUMMARIES)]
    if len(summaries):
        warn(
            f"Rows of {files} are not genes but summaries: {quoted(summaries)}; remove them, as "
            f"they add to the library sizes.",
            InputWarning,
        )


def _warn_of_spreadsheet(names: pd.Index, where: str, *, few: bool = False) -> None:
    for pattern, kind in ((_DATES, "dates"), (_POWERS, "numbers")):
        wrong = names[names.str.fullmatch(pattern)]
        if len(wrong) and not (few and len(wrong) > _FEW * len(names)):
            warn(
                f"{where} {quoted(wrong, 4)}: a spreadsheet took their names for {kind}. Export "
                f"the counts again, with names as text.",
                InputWarning,
            )
