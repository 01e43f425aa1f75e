r"""Fisher scoring with Levenberg's damping for models of two parameters, many genes at once.

A step solves :math:`(I(\theta) + \lambda\,\mathbf 1)\,\delta = U(\theta)`, with score
:math:`U` and information :math:`I`. It is repeated with twice the damping
:math:`\lambda` until the objective goes down, and success at the first try makes the next
step bolder. Genes leave as they converge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from pylimma.record import Record

if TYPE_CHECKING:
    from pylimma.typing import FloatArray, IntArray

RELIEF = 10.0  # damping is divided by this after success at the first try
HOPELESS = 1e15  # times the information: damping at which no step can be seen


class Local(NamedTuple):
    """The model at one point for each gene.

    Attributes
    ----------
    objective : array of shape (genes,)
        What is to be made small.
    score : array of shape (2, genes)
        Direction of descent, :math:`U`.
    information : array of shape (3, genes)
        :math:`I_{11}, I_{12}, I_{22}`.
    """

    objective: FloatArray
    score: FloatArray
    information: FloatArray


Model: TypeAlias = "Callable[[FloatArray, IntArray], Local]"


class StoppingRule(NamedTuple):
    """When a step counts and when the steps end.

    Attributes
    ----------
    decrease : float
        The objective must go down by at least this much.
    tolerance : float
        Product of score and step below which a gene has converged.
    rounds : int
        Greatest number of steps.
    """

    decrease: float
    tolerance: float
    rounds: int


@dataclass(frozen=True, slots=True, eq=False)
class ScoringPath(Record):
    """Where scoring ended.

    Attributes
    ----------
    parameters : array of shape (2, genes)
        The last point accepted.
    penultimate : array of shape (2, genes)
        The point from which the last step was taken.
    """

    parameters: FloatArray
    penultimate: FloatArray


def damped_scoring(start: FloatArray, model: Model, rule: StoppingRule) -> ScoringPath:
    """Parameters at which the objective of each gene is smallest.

    Parameters
    ----------
    start : array of shape (2, genes)
        First point.
    model : callable
        Takes parameters of shape (2, k) and the positions of the k genes they belong to, and
        returns a `Local`.
    rule : StoppingRule
        Limits of the iteration.

    Returns
    -------
    ScoringPath
        The last two points. A gene for which no damping helps stays where it is.
    """
    parameters, penultimate = start.copy(), start.copy()
    active = np.arange(start.shape[1])
    here = model(start, active)
    damping = (here.information[0] + here.information[2]) / 4
    for _ in range(rule.rounds):
        penultimate[:, active] = parameters[:, active]
        there, step, damping = _descend(parameters[:, active], here, damping, active, model, rule)
        parameters[:, active] += step
        gain = (here.score * step).sum(axis=0)
        going = gain >= rule.tolerance
        if not going.any():
            break
        active, damping = active[going], damping[going]
        here = Local(*(part[..., going] for part in there))
    return ScoringPath(parameters, penultimate)


def _descend(
    point: FloatArray,
    here: Local,
    damping: FloatArray,
    genes: IntArray,
    model: Model,
    rule: StoppingRule,
) -> tuple[Local, FloatArray, FloatArray]:
    """One step of every gene: the model after it, the step (0 if none helps), the damping."""
    there = Local(*(part.copy() for part in here))
    taken = np.zeros_like(point)
    damping = damping.copy()
    limit = HOPELESS * np.maximum(here.information[0], here.information[2])
    pending = np.arange(len(genes))
    first_try = True
    while pending.size:
        step = _damped_step(here.score[:, pending], here.information[:, pending], damping[pending])
        trial = model(point[:, pending] + step, genes[pending])
        better = trial.objective <= here.objective[pending] - rule.decrease
        won = pending[better]
        taken[:, won] = step[:, better]
        for part, new in zip(there, trial, strict=True):
            part[..., won] = new[..., better]
        if first_try:
            damping[won] /= RELIEF
            first_try = False
        pending = pending[~better]
        damping[pending] *= 2
        pending = pending[damping[pending] <= limit[pending]]
    return there, taken, damping


def _damped_step(score: FloatArray, information: FloatArray, damping: FloatArray) -> FloatArray:
    """Solutions of the damped two-by-two systems, of shape (2, genes)."""
    first, cross, second = information
    first, second = first + damping, second + damping
    determinant = first * second - cross**2
    solution: FloatArray = np.stack(
        [second * score[0] - cross * score[1], first * score[1] - cross * score[0]]
    )
    return solution / determinant
