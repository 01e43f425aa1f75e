"""Raw intensities on the scale of their pictures."""

from __future__ import annotations

import warnings
from typing import Any

from pylimma.containers.expression import EList, EListRaw
from pylimma.containers.two_color import RGList
from pylimma.errors import InputWarning
from pylimma.preprocessing.arrays.background import background_correct
from pylimma.preprocessing.arrays.two_color import log_intensities, ma_rg


def on_log_scale(data: Any) -> Any:
    """Raw intensities less their background as log-ratios or log-expression; others unchanged.

    Spots that are not positive are missing, which pictures tell in a note.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        if isinstance(data, RGList):
            return ma_rg(data, "subtract")
        if not isinstance(data, EListRaw):
            return data
        corrected = background_correct(data, "subtract")
        kept = {name: corrected[name] for name in corrected if name != "E"}
        result = EList(kept, E=log_intensities(corrected["E"], "intensities"))
    return result.set_names(genes=data.names("genes"), samples=data.names("samples"))
