"""Names for arrays and choices.

Shapes stand in the docstrings; these aliases say the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]


class Table(Protocol):
    """DataFrame of pandas or polars, or Table of pyarrow."""

    columns: Any


class Sparse(Protocol):
    """Sparse matrix or array of SciPy."""

    def toarray(self) -> Any:
        """All values, zeros among them."""


class AnnDataLike(Protocol):
    """AnnData, samples × genes."""

    X: Any
    obs: Any
    var: Any
    layers: Any


ExpressionLike: TypeAlias = ArrayLike | Table | Sparse | AnnDataLike | Mapping[str, Any]
"""Values of genes × samples: array, table, sparse matrix, AnnData or container."""

DesignLike: TypeAlias = ArrayLike | Table | str
"""Array or table of shape (samples, coefs), or a formula."""

RandomLike: TypeAlias = np.random.Generator | int | None
"""What `numpy.random.default_rng` takes."""

AdjustMethod: TypeAlias = Literal[
    "none", "BH", "fdr", "BY", "holm", "bonferroni", "hochberg", "hommel"
]
