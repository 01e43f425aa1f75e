"""Smooth curves as results."""

from __future__ import annotations

from dataclasses import dataclass

from pylimma.record import Record
from pylimma.typing import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SmoothCurve(Record):
    """A curve through a scatter of points, in ascending order of x.

    Attributes
    ----------
    x : array of shape (points,)
        The predictor, sorted.
    y : array of shape (points,)
        The smoothed response at these.
    delta : float or None
        Distance between anchors, where it was chosen for the user.
    """

    x: FloatArray
    y: FloatArray
    delta: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SmoothFit(Record):
    """A smooth fit in the order of the input.

    Attributes
    ----------
    fitted : array of shape (points,)
        The smoothed response.
    residuals : array of shape (points,)
        Response minus `fitted`.
    weights : array of shape (points,) or None
        Robustness weights, between 0 and 1.
    delta : float or None
        Distance between anchors.
    """

    fitted: FloatArray
    residuals: FloatArray
    weights: FloatArray | None = None
    delta: float | None = None
