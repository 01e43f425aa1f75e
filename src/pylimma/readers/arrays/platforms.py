"""Tables of the platforms of GEO: what is known of each probe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from pylimma.errors import InputError, Note, quoted, warn
from pylimma.readers.cells import typed
from pylimma.readers.delimited import TextTable, table_below
from pylimma.readers.files import existing_file, read_text

_BEGIN, _END = "!platform_table_begin", "!platform_table_end"
_PLATFORM = re.compile(r"\^PLATFORM = (.*)")


def read_platform(path: Any, names: pd.Index, platform: str | None) -> pd.DataFrame:
    """Rows of a platform's table for the probes; missing for those that it lacks."""
    table = _platform_table(existing_file(path), platform)
    identifiers = table.row_names()
    repeated = identifiers[identifiers.duplicated()].unique()
    if len(repeated):
        raise InputError(f"Identifiers of '{table.path.name}' repeat: {quoted(repeated, 3)}.")
    known = names.isin(identifiers)
    if not known.any():
        raise InputError(
            f"None of the {len(names):,} probes ({quoted(names, 3)}) is in '{table.path.name}' "
            f"({quoted(identifiers, 3)}); is it of the platform {platform or 'of the series'}?"
        )
    warn(f"'{table.path.name}' annotates {known.sum():,} of {len(names):,} probes.", Note)
    columns = table.texts(range(1, table.frame.shape[1])).apply(typed)
    return columns.set_axis(identifiers, axis=0).reindex(names)


def _platform_table(path: Path, platform: str | None) -> TextTable:
    """Table of a platform, plain or between the marks of a SOFT file."""
    text = read_text(path, or_latin=True).split("\n")
    begins = [k for k, line in enumerate(text, 1) if line.startswith(_BEGIN)]
    ends = [k for k, line in enumerate(text, 1) if line.startswith(_END)]
    if len(begins) > 1:
        found = [match[1] for match in map(_PLATFORM.match, text) if match]
        raise InputError(
            f"'{path.name}' has tables of {len(begins)} platforms: {quoted(found, 3)}; give that "
            f"of {platform} alone."
        )
    if begins:
        if len(ends) != 1 or ends[0] <= begins[0]:
            raise InputError(f"'{path.name}' is cut off: it has no line '{_END}'.")
        return table_below(text, begins[0] + 1, path, end=ends[0], quotes=False)
    header = next((k for k, line in enumerate(text, 1) if line.strip() and line[0] not in "#!^"), 0)
    if not header:
        raise InputError(f"'{path.name}' holds no table of a platform.")
    return table_below(text, header, path, quotes=False)
