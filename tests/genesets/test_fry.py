"""fry against its definition for one set at a time, its symmetries, and under the null."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import pylimma
from pylimma.errors import InputError, InputTypeError, ShapeError, StageError
from pylimma.genesets.fry import _expected_largest

RNG = np.random.default_rng(6)
GENES = [f"g{k}" for k in range(80)]
SAMPLES = [f"s{k}" for k in range(9)]
TABLE = pd.DataFrame({"group": list("aaabbbccc")}, index=SAMPLES)
Y = pd.DataFrame(RNG.normal(8, 1, (80, 9)), GENES, SAMPLES)
Y.iloc[:12, 3:6] += 1
DESIGN = pylimma.model_matrix("~ group", TABLE)
WEIGHTS = RNG.uniform(0.3, 3, (80, 9))
SETS = {"up": GENES[:12], "few": GENES[20:23], "one": GENES[40:41], "many": GENES[30:70]}


def joined_effects(y, design):
    q, r = np.linalg.qr(design, mode="complete")
    effects = y @ q
    p = design.shape[1]
    effects[:, p - 1] *= np.sign(r[p - 1, p - 1])
    return effects[:, p - 1 :]


def slow_fry(effects):
    """Directional and mixed p-values of the standardised effects of one set."""
    m, n = effects.shape
    means = effects.mean(axis=0)
    t = means[0] / np.sqrt((means[1:] ** 2).mean())
    directional = 2 * stats.t.sf(abs(t), n - 1)
    if m == 1:
        return directional, directional
    a = np.linalg.svd(effects, compute_uv=False) ** 2
    k = a.size
    f = ((effects[:, 0] ** 2).sum() - a[-1]) / (a[0] - a[-1])
    # shares are Dirichlet(1/2, ..., 1/2): their mean, variance and covariance
    mean, var = 1 / k, (k - 1) / (k**2 * (k / 2 + 1))
    cov = -var / (k - 1)
    mu = (mean * a.sum() - a[-1]) / (a[0] - a[-1])
    v = (var * (a**2).sum() + cov * (a.sum() ** 2 - (a**2).sum())) / (a[0] - a[-1]) ** 2
    both = mu * (1 - mu) / v - 1
    return directional, stats.beta.sf(f, mu * both, (1 - mu) * both)


def test_p_values_are_those_of_the_definition():
    found = pylimma.fry(Y, SETS, DESIGN, standardize="none", sort="none")
    effects = joined_effects(Y.to_numpy(), DESIGN.to_numpy())
    for name, genes in SETS.items():
        expected = slow_fry(effects[[GENES.index(g) for g in genes]])
        row = found.loc[name]
        assert (row.p_value, row.p_value_mixed) == pytest.approx(expected, rel=1e-9)
        assert 10**row.log10_p_value == pytest.approx(row.p_value)


def test_weights_of_genes_multiply_their_effects():
    w = RNG.normal(size=80)
    found = pylimma.fry(Y, SETS, DESIGN, gene_weights=pd.Series(w, GENES)[::-1], standardize="none")
    effects = joined_effects(Y.to_numpy(), DESIGN.to_numpy()) * w[:, None]
    expected = slow_fry(effects[:12])
    assert found.p_value["up"] == pytest.approx(expected[0], rel=1e-9)
    assert found.p_value_mixed["up"] == pytest.approx(expected[1], rel=1e-9)


def test_a_set_with_weights_of_its_own_ignores_those_of_the_genes():
    table = pd.DataFrame({"gene": GENES[:12], "weight": np.arange(1.0, 13)})
    sets = {"own": table, "plain": GENES[:12]}
    found = pylimma.fry(Y, sets, DESIGN, gene_weights=np.r_[np.arange(1.0, 13), np.ones(68)])
    assert found.p_value["own"] == found.p_value["plain"]
    assert pylimma.fry(Y, table, DESIGN).index.tolist() == ["set1"]


def test_the_expected_largest_square_is_near_the_integral():
    exact = integrate.quad(lambda x: 1 - stats.chi2.cdf(x, 1) ** 6, 0, 60)[0]
    assert _expected_largest(6) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_all_contrasts_at_once_are_each_alone(weights):
    words = {"b": "groupb", "c - b": "groupc - groupb"}
    table = pylimma.fry(Y, SETS, "~ group", words, samples=TABLE, weights=weights)
    for name, text in words.items():
        alone = pylimma.fry(
            Y, SETS, "~ group", {name: text}, samples=TABLE, weights=weights, robust=False
        )
        part = table[table.contrast == name].drop(columns="contrast")
        pd.testing.assert_frame_equal(part, alone, check_flags=False)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_a_fit_that_keeps_its_data_gives_the_same(weights):
    fit = pylimma.lm_fit(Y, DESIGN, weights=weights, keep=("cov_by_gene", "EList"))
    expected = pylimma.fry(Y, SETS, DESIGN, weights=weights)
    pd.testing.assert_frame_equal(pylimma.fry(fit, SETS), expected)
    with pytest.raises(StageError, match="EList"):
        pylimma.fry(pylimma.lm_fit(Y, DESIGN), SETS)


def test_blocks_of_a_fit_are_those_of_its_tests():
    block = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    fit = pylimma.lm_fit(Y, DESIGN, block=block, correlation=0.3, keep="EList")
    expected = pylimma.fry(Y, SETS, DESIGN, block=block, correlation=0.3)
    pd.testing.assert_frame_equal(pylimma.fry(fit, SETS), expected)


def test_turning_the_sign_of_data_turns_directions():
    one, other = pylimma.fry(Y, SETS, DESIGN), pylimma.fry(-Y, SETS, DESIGN)
    np.testing.assert_allclose(one.p_value, other.p_value, rtol=1e-9)
    assert (one.direction != other.direction).all()


@pytest.mark.parametrize("standardize", ["residual.sd", "posterior.sd", "p2"])
@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_p_values_do_not_depend_on_the_unit(unit, standardize):
    found, expected = (pylimma.fry(y, SETS, DESIGN, standardize=standardize) for y in (Y * unit, Y))
    np.testing.assert_allclose(found.p_value, expected.p_value, rtol=1e-6)


def test_genes_without_variation_count_for_nothing():
    flat = pd.concat([Y, pd.DataFrame(1 / 3, [f"flat{k}" for k in range(4)], SAMPLES)])
    sets = {"up": [*GENES[:12], "flat1", "flat2"]}
    found = pylimma.fry(flat, sets, DESIGN, standardize="residual.sd")
    expected = pylimma.fry(Y, SETS, DESIGN, standardize="residual.sd")
    assert found.p_value["up"] == pytest.approx(expected.p_value["up"], rel=1e-9)


def test_sorting_is_by_either_p_value_or_none():
    assert pylimma.fry(Y, SETS, DESIGN).p_value.is_monotonic_increasing
    assert pylimma.fry(Y, SETS, DESIGN, sort="mixed").p_value_mixed.is_monotonic_increasing
    assert pylimma.fry(Y, SETS, DESIGN, sort=False).index.tolist() == list(SETS)


def test_number_of_threads_does_not_matter():
    many = {f"s{k}": RNG.choice(80, 10, replace=False) for k in range(600)}
    one, two = (pylimma.fry(Y, many, DESIGN, n_jobs=n) for n in (1, 3))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"standardize": "nonsense"}, InputError),
        ({"sort": "nonsense"}, InputError),
        ({"gene_weights": np.ones(7)}, ShapeError),
        ({"gene_weights": ["a"] * 80}, InputTypeError),
        ({"gene_weights": np.full(80, np.nan)}, InputError),
        ({"array_weights": np.ones(80)}, ShapeError),
    ],
)
def test_what_cannot_be_is_refused(options, error):
    with pytest.raises(error):
        pylimma.fry(Y, SETS, DESIGN, **options)


@pytest.mark.parametrize("rho", [0.0, 0.3])
@pytest.mark.parametrize("size", [1, 4, 25])
def test_p_values_are_uniform_under_the_null(rho, size):
    rng = np.random.default_rng(10 * size)
    design = np.column_stack([np.ones(8), np.arange(8) % 2])
    sets = {str(k): range(k * size, (k + 1) * size) for k in range(5)}
    directional, mixed = [], []
    for _ in range(60):
        y = rng.normal(size=(200, 8))
        for members in sets.values():
            y[members] = np.sqrt(1 - rho) * y[members] + np.sqrt(rho) * rng.normal(size=8)
        table = pylimma.fry(y, sets, design)
        directional.extend(table.p_value)
        mixed.extend(table.p_value_mixed)
    assert stats.kstest(directional, "uniform").pvalue > 0.01
    if 1 < size < 7:  # sets of fewer genes than effects: R's approximation is conservative
        assert stats.kstest(mixed, "uniform", alternative="greater").pvalue > 0.01
    else:
        assert stats.kstest(mixed, "uniform").pvalue > 0.005


def test_many_samples_give_the_definition_too():
    rng = np.random.default_rng(3)
    y, design = rng.normal(size=(60, 24)), np.column_stack([np.ones(24), np.arange(24) % 2])
    sets = {"large": range(40), "small": range(40, 46), "none": []}
    found = pylimma.fry(y, sets, design, standardize="none", sort=False)
    effects = joined_effects(y, design)
    for name in ("large", "small"):
        expected = slow_fry(effects[list(sets[name])])
        row = found.loc[name]
        assert (row.p_value, row.p_value_mixed) == pytest.approx(expected, rel=1e-9)
    assert found.loc["none", ["p_value", "p_value_mixed"]].isna().all()
