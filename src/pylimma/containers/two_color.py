"""Two-colour arrays: raw channels, log-ratios, and how spots lie on the slide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pylimma.arguments import check_keywords, mapping
from pylimma.containers.components import Components
from pylimma.containers.expression import GENES_SAMPLES, SHARED
from pylimma.errors import InputWarning, warn
from pylimma.typing import FloatArray


class RGList(Components):
    """Red and green intensities.

    As an array it is its log-ratios, with the background subtracted.

    Attributes
    ----------
    R, G : array of shape (genes, samples)
        Foreground of the red (Cy5) and green (Cy3) channel.
    Rb, Gb : array of shape (genes, samples)
        Background of the two channels.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "R": GENES_SAMPLES,
        "G": GENES_SAMPLES,
        "Rb": GENES_SAMPLES,
        "Gb": GENES_SAMPLES,
        **SHARED,
    }
    FRAMES = frozenset({"genes", "targets"})
    NESTED = frozenset({"other"})
    MAIN = "R"

    R: FloatArray
    G: FloatArray
    Rb: FloatArray
    Gb: FloatArray

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        red, green = (self[name] - self.get(f"{name}b", 0.0) for name in ("R", "G"))
        known = (red > 0) & (green > 0)
        ratio = np.divide(red, green, out=np.full(red.shape, np.nan), where=known)
        return np.log2(ratio).astype(dtype or float, copy=False)

    def to_frame(self) -> pd.DataFrame:
        """Gene annotation and all channels side by side.

        Returns
        -------
        DataFrame
            A row for each gene, the columns of the channels named ``R.array``, ``G.array`` and so
            on. Names that repeat are numbered.
        """
        whole = super().to_frame()
        n_arrays = self.shape[1]
        genes = whole.iloc[:, : whole.shape[1] - n_arrays]
        arrays = range(1, n_arrays + 1) if self.col_names is None else self.col_names
        channels = [
            pd.DataFrame(self[name], whole.index, [f"{name}.{array}" for array in arrays])
            for name in ("R", "G", "Rb", "Gb")
            if name in self
        ]
        return pd.concat([genes, *channels], axis=1)


class MAList(Components):
    """Log-ratios and average log-intensities.

    Attributes
    ----------
    M : array of shape (genes, samples)
        Log2 of red over green.
    A : array of shape (genes, samples)
        Mean of the two log2 intensities.
    """

    AXES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "M": GENES_SAMPLES,
        "A": GENES_SAMPLES,
        **SHARED,
    }
    FRAMES = frozenset({"genes", "targets"})
    NESTED = frozenset({"other"})
    MAIN = "M"

    M: FloatArray
    A: FloatArray

    def _take(self, chosen: Mapping[str, Any]) -> Self:
        """Copy with the chosen positions along some axes; warn of a design that it leaves open."""
        result = super()._take(chosen)
        if "samples" in chosen and (design := result.get("design")) is not None and design.size:
            rank = np.linalg.matrix_rank(design)
            if rank < design.shape[1]:
                warn(
                    f"The {len(design)} arrays chosen leave a design of rank {rank} with "
                    f"{design.shape[1]} coefficients.",
                    InputWarning,
                )
        return result


class PrintLayout(dict[str, float]):
    """Rows and columns of grids on the slide and of spots in each grid.

    Keys are `ngrid_r`, `ngrid_c`, `nspot_r`, `nspot_c`, and, where known, `ndups`,
    `spacing`, `npins` and `start`; each is also an attribute.
    """

    KEYS = (
        *("ngrid_r", "ngrid_c", "nspot_r", "nspot_c"),
        *("ndups", "spacing", "npins", "start"),
    )

    def __init__(self, layout: Any = (), **more: float) -> None:
        given = {**mapping(layout, "layout"), **more}
        sizes = {str(name).replace(".", "_"): value for name, value in given.items()}
        check_keywords(sizes, self.KEYS, "PrintLayout")
        super().__init__(sizes)

    def __getattr__(self, name: str) -> float:
        if name in self:
            return self[name]
        raise AttributeError(name)
