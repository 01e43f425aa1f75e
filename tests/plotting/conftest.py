"""A small fit built by hand, and figures that are closed again."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import pylimma


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture
def fit():
    """Fit of 60 genes and two coefficients with a constant prior."""
    rng = np.random.default_rng(5)
    genes = [f"g{k}" for k in range(60)]
    coefficients = pd.DataFrame(rng.normal(size=(60, 2)), index=genes, columns=["A", "B"])
    t = coefficients.to_numpy() * 3
    p_value = np.clip(np.exp(-np.abs(t) * 2), 1e-12, 1)
    return pylimma.MArrayLM(
        {
            "coefficients": coefficients,
            "stdev_unscaled": np.full((60, 2), 0.5),
            "sigma": rng.uniform(0.5, 2, 60),
            "df_residual": np.full(60, 4.0),
            "Amean": rng.uniform(2, 12, 60),
            "t": t,
            "p_value": p_value,
            "lods": np.abs(t) - 4,
            "s2_prior": 1.21,
            "df_prior": 3.0,
        }
    )
