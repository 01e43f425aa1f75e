"""Simulated proteomes have the truth that they say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import pylimma as pl
from pylimma.errors import InputError, ShapeError


def test_noise_is_the_one_that_is_asked_for():
    data = pl.sim_protein_data_set(n_peptides=2000, sigma=0.2, prop_de=0, rng=1)
    assert_allclose(data.other["E_complete"].std(axis=1, ddof=1).mean(), 0.2, rtol=0.05)


def test_changes_missing_values_and_counts_are_those_asked_for():
    data = pl.sim_protein_data_set(n_peptides=4000, fc=4, prop_de=0.1, prop_missing=0.3, rng=2)
    assert_allclose(np.isnan(data.E).mean(), 0.3, atol=0.02)
    status = data.genes.drop_duplicates("Protein")["DEStatus"].value_counts()
    assert status.to_dict() == {"NotDE": 900, "Up": 50, "Down": 50}
    complete, group = data.other["E_complete"], data.targets["group"].to_numpy()
    change = complete[:, group == "group2"].mean(axis=1) - complete[:, group == "group1"].mean(
        axis=1
    )
    for name, size in (("Up", 2), ("Down", -2), ("NotDE", 0)):
        assert_allclose(change[(data.genes["DEStatus"] == name).to_numpy()].mean(), size, atol=0.1)
    assert np.isnan(data.E[complete < 3]).mean() > np.isnan(data.E[complete > 9]).mean() + 0.3


def test_the_same_seed_gives_the_same_data():
    one, two = (pl.sim_protein_data_set(rng=3).E for _ in range(2))
    assert np.array_equal(one, two, equal_nan=True)


def test_ranges_and_proportions_are_checked():
    with pytest.raises(ShapeError, match="two levels"):
        pl.sim_protein_data_set(mu_range=5)
    with pytest.raises(InputError, match="increasing"):
        pl.sim_protein_data_set(mu_range=(5, 2))
    with pytest.raises(InputError, match="prop_missing"):
        pl.sim_protein_data_set(prop_missing=1)
