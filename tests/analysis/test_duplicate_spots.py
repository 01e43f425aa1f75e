import numpy as np
import pandas as pd
import pytest

import pylimma
from pylimma.errors import InputError

N_GENES = 60


@pytest.fixture
def spots():
    rng = np.random.default_rng(1)
    genes = rng.normal(8, 2, (N_GENES, 1)) + rng.normal(0, 0.3, (N_GENES, 6))
    genes[:5, 3:] += 2
    values = np.concatenate([genes, genes]) + rng.normal(0, 0.1, (2 * N_GENES, 6))
    names = [f"g{k}" for k in range(N_GENES)] * 2
    return pd.DataFrame(values, index=names, columns=[f"s{k}" for k in range(6)])


SAMPLES = pd.DataFrame({"group": list("aaabbb")}, index=[f"s{k}" for k in range(6)])


def analyzed(spots, **options):
    more = {"method": "ls", "ndups": 2, "spacing": N_GENES, "progress": False} | options
    return pylimma.analyze(spots, SAMPLES, "~ group", **more)


def test_duplicate_spots_are_fitted_as_the_steps_fit_them(spots, tmp_path):
    found = analyzed(spots)
    design = pylimma.model_matrix("~ group", SAMPLES)
    how = {"ndups": 2, "spacing": N_GENES}
    correlation = pylimma.duplicate_correlation(spots, design, **how).consensus_correlation
    fit = pylimma.lm_fit(spots, design, correlation=correlation, **how)
    expected = pylimma.top_table(pylimma.e_bayes(fit), coef=1, number=None)
    pd.testing.assert_frame_equal(
        found.tables["groupb"], expected, check_exact=False, check_names=False
    )
    assert f"2 of each gene, correlation of them {correlation:.3f}" in repr(found)
    assert f"The correlation of the 2 spots of a gene was estimated as {correlation:.3f}" in (
        found.report(tmp_path / "page.html").read_text()
    )


def test_spots_beside_each_other_are_the_same_genes(spots):
    beside = spots.iloc[np.arange(2 * N_GENES).reshape(2, N_GENES).T.ravel()]
    pd.testing.assert_frame_equal(
        analyzed(beside, spacing=1).tables["groupb"], analyzed(spots).tables["groupb"]
    )


def test_a_given_correlation_is_used(spots):
    assert analyzed(spots, correlation=0.3).fit["correlation"] == 0.3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "voom"}, "`ndups` goes with the method 'ls'"),
        ({"fit_method": "robust"}, "`ndups` goes with the method 'ls' and with least squares"),
        ({"block": list("uvwuvw")}, "Give `block` or `ndups`, not both"),
        ({"ndups": 0}, "`ndups` must be at least 1"),
        ({"filter": np.arange(2 * N_GENES) > 0}, "`filter` removes spots"),
    ],
)
def test_what_does_not_go_with_duplicate_spots_is_refused(spots, options, message):
    with pytest.raises(InputError, match=message):
        analyzed(spots, **options)
