"""Simulated proteomics data whose missing values depend on intensity, with known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from pylimma.arguments import number, numbers, random_generator, whole
from pylimma.containers.expression import EList
from pylimma.errors import InputError, ShapeError
from pylimma.typing import FloatArray, IntArray

_NODES, _MASS = np.polynomial.legendre.leggauss(16)
_MOST = 10**8  # of rows and samples
_STEPS = 2  # of Newton, from the middle of the levels


def sim_protein_data_set(
    n_peptides: int = 100,
    n_groups: int = 2,
    samples_per_group: int = 5,
    peptides_per_protein: int = 4,
    mu_range: Any = (2.0, 10.0),
    sigma: float = 0.6,
    prop_de: float = 0.2,
    fc: float = 2.0,
    dpc_intercept: float | None = None,
    dpc_slope: float = 0.7,
    prop_missing: float = 0.4,
    *,
    rng: Any = None,
) -> EList:
    r"""Log2 intensities of peptides with intensity-dependent missing values.

    Parameters
    ----------
    n_peptides : int
        Number of rows.
    n_groups : int
        Number of groups; the first two differ.
    samples_per_group : int
        Samples of each.
    peptides_per_protein : int
        Rows of each protein.
    mu_range : (float, float)
        Lowest and highest log2 level.
    sigma : float
        Standard deviation of a value, log2.
    prop_de : float
        Proportion of proteins that differ.
    fc : float
        Their fold change.
    dpc_intercept : float, optional
        Intercept of the detection probability curve. Default: what gives `prop_missing`.
    dpc_slope : float
        Its slope.
    prop_missing : float
        Proportion of missing values.
    rng : Generator or int, optional
        Random numbers.

    Returns
    -------
    EList
        `E` with missing values; `genes` with the columns `Protein` and `DEStatus`; `targets` with
        the column `group`; ``other["E_complete"]``, the values before any was missed; `dpc`.

    Raises
    ------
    InputError
        If a proportion lies outside 0 and 1.

    See Also
    --------
    dpc_quant : Quantification of such data.

    Notes
    -----
    The value of row r in sample i is :math:`N(\mu_{ri}, \sigma^2)`, detected with probability
    :math:`F(\beta_0 + \beta_1 y)`. Half of the proteins that differ, one more if they are odd, go
    up from the first group to the second.

    Examples
    --------
    >>> import numpy as np, pylimma
    >>> data = pylimma.sim_protein_data_set(rng=1)
    >>> data.shape, bool(np.isnan(data.E).mean() > 0.3)
    ((100, 10), True)
    """
    rng = random_generator(rng, "rng")
    n = whole(n_peptides, "n_peptides", 1, _MOST)
    per = whole(peptides_per_protein, "peptides_per_protein", 1, _MOST)
    n_groups = whole(n_groups, "n_groups", 1, _MOST)
    size = whole(samples_per_group, "samples_per_group", 1, _MOST)
    low, high = _range(mu_range)
    slope = number(dpc_slope, "dpc_slope", 0, finite=True)
    missing = number(prop_missing, "prop_missing", 0, 1, inside=True)
    intercept = (
        _intercept(low, high, slope, 1 - missing)
        if dpc_intercept is None
        else number(dpc_intercept, "dpc_intercept", finite=True)
    )
    protein = np.arange(n) // per
    n_proteins = int(protein[-1]) + 1
    n_changed = round(number(prop_de, "prop_de", 0, 1) * n_proteins)
    status = np.zeros(n_proteins, dtype=int)
    changed = rng.permutation(n_proteins)[:n_changed]
    status[changed[: (n_changed + 1) // 2]] = 1
    status[changed[(n_changed + 1) // 2 :]] = -1
    half = np.log2(number(fc, "fc", 0, finite=True, inside=True)) / 2
    group = np.repeat(np.arange(n_groups), size)
    shift = np.where(group == 0, -half, np.where(group == 1, half, 0.0))
    level = np.linspace(low, high, n)[:, None] + status[protein][:, None] * shift
    noise = number(sigma, "sigma", 0, finite=True)
    complete = level + noise * rng.standard_normal((n, n_groups * size))
    seen = rng.random(complete.shape) < expit(intercept + slope * complete)
    found = _labelled(np.where(seen, complete, np.nan), protein, status, group)
    found["dpc"] = np.array([intercept, slope])
    found["other"] = {"E_complete": complete}
    return found


def _labelled(values: FloatArray, protein: IntArray, status: IntArray, group: IntArray) -> EList:
    """Values with names of peptides, proteins and samples."""
    width = len(str(len(status)))
    genes = pd.DataFrame(
        {
            "Protein": [f"Protein{k + 1:0{width}d}" for k in protein],
            "DEStatus": np.array(["Down", "NotDE", "Up"], dtype=object)[status[protein] + 1],
        },
        index=[f"Peptide{k + 1:0{len(str(len(values)))}d}" for k in range(len(values))],
    )
    samples = [f"S{k + 1}" for k in range(len(group))]
    targets = pd.DataFrame({"group": [f"group{k + 1}" for k in group]}, index=samples)
    frame = pd.DataFrame(values, index=genes.index, columns=samples)
    return EList(E=frame, genes=genes, targets=targets)


def _range(mu_range: Any) -> tuple[float, float]:
    pair = numbers(mu_range, "mu_range")
    if pair.shape != (2,):
        raise ShapeError(f"`mu_range` must be two levels; got {mu_range!r}.")
    if not (np.isfinite(pair).all() and pair[0] <= pair[1]):
        raise InputError(f"`mu_range` must be two increasing levels; got {mu_range!r}.")
    return float(pair[0]), float(pair[1])


def _intercept(low: float, high: float, slope: float, detected: float) -> float:
    """Intercept for a mean probability of detection over the levels, by two Newton steps."""
    levels = (low + high) / 2 + (high - low) / 2 * _NODES
    mass: FloatArray = _MASS / _MASS.sum()
    b = float(np.log(detected / (1 - detected)) - slope * (low + high) / 2)
    for _ in range(_STEPS):
        p = expit(b + slope * levels)
        b += float((detected - mass @ p) / (mass @ (p * (1 - p))))
    return b
