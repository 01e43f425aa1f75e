"""Which genes go up or down in which contrast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.mixins import NDArrayOperatorsMixin

from pylimma.arguments import flag, numbers
from pylimma.containers.names import positions
from pylimma.containers.saved import Saved
from pylimma.typing import FloatArray

_SIGNED = {-1.0: "Down", 0.0: "NotSig", 1.0: "Up"}
_UNSIGNED = {0.0: "NotSig", 1.0: "Sig"}


class TestResults(Saved, NDArrayOperatorsMixin):
    """Outcome of a test for every gene and contrast: -1 down, 0 not significant, 1 up.

    Works as an array in comparisons and NumPy functions, and keeps the names.

    Parameters
    ----------
    values : array of shape (genes, coefs)
        Outcomes, NaN where there was no test.
    row_names, col_names : Index, optional
        Names of genes and contrasts.
    signed : bool
        Whether direction is known; otherwise outcomes are 0 and 1.
    """

    __test__ = False  # not a class of tests, whatever pytest makes of its name

    def __init__(
        self,
        values: Any,
        row_names: pd.Index | None = None,
        col_names: pd.Index | None = None,
        *,
        signed: bool = True,
    ) -> None:
        self.values: FloatArray = numbers(values, "values")
        self.row_names = row_names
        self.col_names = col_names
        self.signed = flag(signed, "signed")

    def archive_parts(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            "values": self.values,
            "row_names": self.row_names,
            "col_names": self.col_names,
            "signed": self.signed,
        }

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of genes and contrasts."""
        return self.values.shape

    @property
    def ndim(self) -> int:
        """Always 2."""
        return self.values.ndim

    @property
    def levels(self) -> list[str]:
        """Words for the outcomes, in the order of `summary`."""
        return list((_SIGNED if self.signed else _UNSIGNED).values())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plain = [x.values if isinstance(x, TestResults) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        row = positions(rows, self.shape[0], self.row_names, "genes")
        column = positions(columns, self.shape[1], self.col_names, "coefficients")
        return TestResults(
            self.values[row][:, column],
            None if self.row_names is None else self.row_names[row],
            None if self.col_names is None else self.col_names[column],
            signed=self.signed,
        )

    def __len__(self) -> int:
        return len(self.values)

    def ravel(self) -> FloatArray:
        """All outcomes in one dimension.

        Returns
        -------
        array of shape (genes * coefs,)
            Row by row.
        """
        return self.values.ravel()

    def to_frame(self) -> pd.DataFrame:
        """Outcomes with their names.

        Returns
        -------
        DataFrame of shape (genes, coefs)
            Integers, or floats where outcomes are missing.
        """
        values = self.values
        whole = values if np.isnan(values).any() else values.astype(int)
        return pd.DataFrame(whole, index=self.row_names, columns=self.col_names)

    def summary(self) -> pd.DataFrame:
        """Count the outcomes of each contrast.

        Returns
        -------
        DataFrame
            Rows Down, NotSig, Up (or NotSig, Sig), a column for each contrast; missing
            outcomes are not counted.
        """
        words = _SIGNED if self.signed else _UNSIGNED
        counts = [(self.values == outcome).sum(axis=0) for outcome in words]
        return pd.DataFrame(np.array(counts), index=list(words.values()), columns=self.col_names)

    def __repr__(self) -> str:
        headline = f"TestResults of {self.shape[0]:,} genes × {self.shape[1]} tests"
        return f"{headline}\n{self.summary().to_string()}"

    def _repr_html_(self) -> str:
        return str(self.summary().to_html())
