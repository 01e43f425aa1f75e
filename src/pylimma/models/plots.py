"""Plots of the contrasts that a model tested."""

from __future__ import annotations

from typing import Any

from pylimma.containers.fit import MArrayLM
from pylimma.draw import draw
from pylimma.errors import StageError


class ContrastPlots:
    """Plots of the contrasts that were tested last.

    Attributes
    ----------
    result : MArrayLM or None
        Fit of these contrasts.
    """

    result: MArrayLM | None

    def plot_volcano(self, contrast: Any = 0, **options: Any) -> Any:
        """Volcano plot of a contrast that was tested last.

        Parameters
        ----------
        contrast : int or str
            Which one.
        **options : object
            Passed to `volcanoplot`.

        Returns
        -------
        Axes
            Where it was drawn.

        Raises
        ------
        StageError
            If no contrasts were tested.
        """
        return draw("volcano", fit=self._tested("plot_volcano"), coef=contrast, **options)

    def plot_ma(self, contrast: Any = 0, **options: Any) -> Any:
        """Log fold changes of a contrast that was tested last, against average expression.

        Parameters
        ----------
        contrast : int or str
            Which one.
        **options : object
            Passed to `plot_md`.

        Returns
        -------
        Axes
            Where it was drawn.

        Raises
        ------
        StageError
            If no contrasts were tested.
        """
        return draw("mean_difference", object=self._tested("plot_ma"), column=contrast, **options)

    def _tested(self, function: str) -> MArrayLM:
        if self.result is None:
            raise StageError(f"`{function}` shows a contrast: call `test_contrasts` first.")
        return self.result
