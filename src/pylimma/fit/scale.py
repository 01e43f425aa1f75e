"""Whether values are logarithms, as far as their size tells."""

from __future__ import annotations

import numpy as np

from pylimma.adapters.expression import Expression
from pylimma.errors import InputWarning, warn
from pylimma.numerics.missing_values import sampled_rows

_NO_LOGARITHM = 1000  # values beyond it, if not whole numbers, are intensities or TPM
_WIDEST_LOGARITHMS = 100  # between logarithms; the largest double has a log2 of 1024
_BEYOND_MEASURES = 1e12  # no sequencer gives as many reads, no scanner as much light


def check_scale(data: Expression, function: str) -> None:
    """Warn of values that are no logarithms: counts, intensities, TPM."""
    some = sampled_rows(data.matrix)
    highest, lowest = np.nanmax(some, initial=-np.inf), np.nanmin(some, initial=np.inf)
    if not (highest >= _NO_LOGARITHM or highest - lowest > _WIDEST_LOGARITHMS):
        return
    if not (highest < _BEYOND_MEASURES and lowest > -_BEYOND_MEASURES):
        return
    finite = some[np.isfinite(some)]
    if (finite >= 0).all() and (finite == np.rint(finite)).all():
        if highest >= _NO_LOGARITHM:
            warn(
                f"The values are whole numbers up to {highest:g}: counts? `{function}` expects "
                f"log-expression; use `voom` first.",
                InputWarning,
            )
        return
    warn(
        f"The values range from {lowest:.4g} to {highest:.4g}, as no logarithms do: intensities or "
        f"TPM that are not logged? `{function}` expects log-expression, such as `np.log2(values)` "
        f"of intensities; for counts, also estimated ones, use `voom`.",
        InputWarning,
    )
