"""What the files of each scanner call their columns.

A further scanner is a further entry of `SOURCES`. The wavelengths of GenePix are told by its
header: `Wavelengths` lists them, and the numerator of `RatioFormulations`, W1 by default, is red.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pylimma.errors import InputError, quoted


@dataclass(frozen=True, slots=True)
class Source:
    """Columns of the files of a scanner, and where their table lies."""

    columns: Mapping[str, str]  # R, G, Rb, Gb (or E, Eb) → names in the file
    annotation: tuple[str, ...] = ()
    places: tuple[str, ...] = ()  # columns that say where a spot lies
    identifiers: tuple[str, ...] = ()  # columns that say what it is
    heading: str = "generic"  # how the names of the columns are found
    end: str | None = None  # the line below the table; one that must be there ends in "!"
    quotes: bool = True  # whether cells may be quoted
    row: str = ""  # what each line of the table begins with


def _channels(red: str, green: str, red_back: str = "", green_back: str = "") -> dict[str, str]:
    columns = {"R": red, "G": green, "Rb": red_back, "Gb": green_back}
    return {channel: name for channel, name in columns.items() if name}


_PLACE = ("Block", "Row", "Column")
_GENEPIX = Source(
    _channels("F635 Mean", "F532 Mean", "B635 Median", "B532 Median"),
    (*_PLACE, "ID", "Name"),
    _PLACE,
    ("ID",),
    heading="genepix",
)
_AGILENT = Source(
    _channels("rMedianSignal", "gMedianSignal", "rBGMedianSignal", "gBGMedianSignal"),
    (
        *("Row", "Col", "Start", "Sequence", "SwissProt", "GenBank", "Primate", "GenPept"),
        *("ProbeUID", "ControlType", "ProbeName", "GeneName", "SystematicName", "Description"),
    ),
    ("Row", "Col"),
    ("ProbeName",),
    end=r'"?\*"?[\t ]*',
    quotes=False,
    row="DATA",
)
_ARRAYVISION = Source(
    _channels("ARM Dens - Levels", "ARM Dens - Levels.1", "Bkgd", "Bkgd.1"),
    ("Spot labels", "ID"),
    ("Spot labels",),
    ("ID",),
    heading="arrayvision",
)
_SPOT_PLACE = ("indexs", "grid.r", "grid.c", "spot.r", "spot.c")
_SPOT = Source(_channels("Rmean", "Gmean", "morphR", "morphG"), places=_SPOT_PLACE)
_SMD_LONG = (
    *("Spot", "Clone ID", "Gene Symbol", "Gene Name", "Cluster ID", "Accession", "Preferred name"),
    *("Locuslink ID", "Name", "Sequence Type", "X Grid Coordinate (within sector)"),
    *("Y Grid Coordinate (within sector)", "Sector", "Failed", "Plate Number", "Plate Row"),
    *("Plate Column", "Clone Source", "Is Verified", "Is Contaminated", "Luid"),
)
_IMAGENE_PLACE = ("Field", "Meta Row", "Meta Column", "Row", "Column")

SOURCES: dict[str, Source] = {
    "generic": Source({}),
    "agilent": _AGILENT,
    "agilent.median": _AGILENT,
    "agilent.mean": replace(
        _AGILENT,
        columns=_channels("rMeanSignal", "gMeanSignal", "rBGMedianSignal", "gBGMedianSignal"),
    ),
    "arrayvision": _ARRAYVISION,
    "arrayvision.ARM": _ARRAYVISION,
    "arrayvision.MTM": replace(
        _ARRAYVISION,
        columns=_channels("MTM Dens - Levels", "MTM Dens - Levels.1", "Bkgd", "Bkgd.1"),
    ),
    "bluefuse": Source(
        _channels("AMPCH2", "AMPCH1"),
        ("ROW", "COL", "SUBGRIDROW", "SUBGRIDCOL", "BLOCK", "NAME", "ID"),
        ("ROW", "COL", "SUBGRIDROW", "SUBGRIDCOL"),
        ("ID",),
    ),
    "genepix": _GENEPIX,
    "genepix.mean": _GENEPIX,
    "genepix.median": replace(
        _GENEPIX, columns=_channels("F635 Median", "F532 Median", "B635 Median", "B532 Median")
    ),
    "genepix.custom": replace(
        _GENEPIX, columns=_channels("F635 Mean", "F532 Mean", "B635", "B532")
    ),
    "imagene": Source(
        {},
        (*_IMAGENE_PLACE, "Gene ID"),
        _IMAGENE_PLACE,
        ("Gene ID",),
        heading="imagene",
        end="End Raw Data",
    ),
    "imagene9": Source(
        _channels("Signal Mean 2", "Signal Mean 1", "Background Median 2", "Background Median 1"),
        (*_IMAGENE_PLACE[1:], "Gene ID"),
        _IMAGENE_PLACE,
        ("Gene ID",),
        heading="imagene",
        end="End Raw Data",
    ),
    "quantarray": Source(
        _channels("ch2 Intensity", "ch1 Intensity", "ch2 Background", "ch1 Background"),
        ("Array Row", "Array Column", "Row", "Column", "Name"),
        ("Array Row", "Array Column", "Row", "Column"),
        ("Name",),
        heading="quantarray",
        end="End Data!",
    ),
    "scanarrayexpress": Source(
        _channels("Ch2 Mean", "Ch1 Mean", "Ch2 B Median", "Ch1 B Median"),
        ("Array Row", "Array Column", "Spot Row", "Spot Column"),
        ("Array Row", "Array Column", "Spot Row", "Spot Column"),
        ("ID",),
        end="End Data",
    ),
    "smd": Source(
        _channels(
            *("Ch2 Intensity (Mean)", "Ch1 Intensity (Mean)"),
            *("Ch2 Background (Median)", "Ch1 Background (Median)"),
        ),
        _SMD_LONG,
        ("Spot",),
        ("Clone ID",),
        heading="smd",
    ),
    "smd.old": Source(
        _channels("CH2I_MEAN", "CH1I_MEAN", "CH2B_MEDIAN", "CH1B_MEDIAN"),
        (
            *("SPOT", "NAME", "Clone ID", "Gene Symbol", "Gene Name", "Cluster ID", "Accession"),
            *("Preferred name", "SUID"),
        ),
        ("SPOT",),
        ("NAME", "Clone ID"),
        heading="smd",
    ),
    "spot": _SPOT,
    "spot.close.open": replace(
        _SPOT, columns=_channels("Rmean", "Gmean", "morphR.close.open", "morphG.close.open")
    ),
}


def full_name(source: str) -> str:
    """Name of a source, which may be shortened as long as it is unique."""
    found = [name for name in SOURCES if name.startswith(source)] if source else []
    if source in SOURCES or len(found) == 1:
        return source if source in SOURCES else found[0]
    raise InputError(f"`source` must be one of {quoted(found or SOURCES, 30)}; got {source!r}.")


def genepix_channels(
    columns: Mapping[str, str], titles: list[str], header: Mapping[str, Any]
) -> tuple[dict[str, str], str | None]:
    """Columns with the wavelengths of a file of GenePix, and what is to be said of them."""
    told = re.findall(r"\d+", str(header.get("Wavelengths") or ""))
    there = [match[1] for title in titles if (match := re.fullmatch(r"F(\d+) Mean", title))]
    waves = [wave for wave in dict.fromkeys([*told, *there]) if wave in there]
    formula = re.match(r"W(\d)/W(\d)", str(header.get("RatioFormulations") or "")) or ["", "1", "2"]
    if {"635", "532"} <= set(there):
        swapped = waves[:2] == ["635", "532"] and formula[1] == "2"
        swapped |= waves[:2] == ["532", "635"] and formula[1] == "1"
        said = "its ratios are 532/635; here red is 635, green is 532, and M is red over green"
        return dict(columns), said if swapped else None
    if len(waves) > 1:
        order = [int(formula[k]) - 1 for k in (1, 2)]
        red, green = (waves[k] if k < len(waves) else waves[j] for j, k in enumerate(order))
        said = f"red is {red} and green is {green}, as its header tells"
        return {
            channel: re.sub(r"(?<=[FB])635", red, re.sub(r"(?<=[FB])532", green, name))
            for channel, name in columns.items()
        }, said
    if waves:
        one = {"E": columns["R"], "Eb": columns.get("Rb")}
        said = f"it has one channel, {waves[0]}: the result is an EListRaw"
        return {
            channel: re.sub(r"(?<=[FB])635", waves[0], name)
            for channel, name in one.items()
            if name
        }, said
    return dict(columns), None
