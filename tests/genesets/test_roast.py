"""roast and mroast against rotations written out for one set, their symmetries, and the null."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import InputError, Note, ShapeError
from pylimma.genesets.rotation import rotation_blocks

RNG = np.random.default_rng(6)
GENES = [f"g{k}" for k in range(60)]
SAMPLES = [f"s{k}" for k in range(8)]
TABLE = pd.DataFrame({"group": list("aabbabab")}, index=SAMPLES)
Y = pd.DataFrame(RNG.normal(8, 1, (60, 8)), GENES, SAMPLES)
Y.iloc[:8, [2, 3, 5, 7]] += 0.7
DESIGN = pylimma.model_matrix("~ group", TABLE)
SETS = {"up": GENES[:8], "odd": GENES[20:25], "one": GENES[40:41], "none": []}


def slow_roast(effects, prior, statistic, w, rotations):
    """P-values up, down, either and mixed of one set, one rotation after the other."""
    s0, d0 = prior[0], min(prior[1], 1e12)
    d = effects.shape[1] - 1

    def summary(b):
        s2 = ((effects**2).sum(axis=1) - b**2) / d
        t = b / np.sqrt((d0 * s0 + d * s2) / (d0 + d))
        z = w * pylimma.zscore_t(t, min(d0 + d, 10000), approx=True)
        m, half = z.size, (z.size + 1) // 2
        if statistic == "mean":
            return z.mean(), -z.mean(), np.abs(z).mean()
        if statistic == "floormean":
            floor = w * np.maximum(np.abs(z / w), stats.norm.ppf(0.75))
            return np.maximum(z, 0).mean(), np.maximum(-z, 0).mean(), floor.mean()
        if statistic == "mean50":
            upper = np.sort(np.abs(z))[m - half :].mean()
            return np.sort(z)[m - half :].mean(), -np.sort(z)[:half].mean(), upper
        squares = z**2 / np.abs(w)
        return squares[z > 0].sum() / m, squares[z < 0].sum() / m, squares.mean()

    up, down, mixed = summary(effects[:, 0])
    counts = np.zeros(4)
    for r in rotations:
        u, v, x = summary(effects @ (r / np.linalg.norm(r)))
        one_sided = [int(u > limit) + int(v > limit) for limit in (up, down)]
        counts += [*one_sided, max(u, v) > max(up, down), x > mixed]
    n = len(rotations)
    if statistic == "mean":
        counts[2] = counts[:2].min()
    return (counts + 1) / np.array([2 * n + 1, 2 * n + 1, n + 1, n + 1])


def joined_effects(y, design):
    q, r = np.linalg.qr(design, mode="complete")
    effects = y @ q
    p = design.shape[1]
    effects[:, p - 1] *= np.sign(r[p - 1, p - 1])
    return effects[:, p - 1 :]


@pytest.mark.parametrize("statistic", ["mean", "floormean", "mean50", "msq"])
@pytest.mark.parametrize("name", ["up", "odd"])
def test_p_values_count_rotations_as_defined(statistic, name):
    effects = joined_effects(Y.to_numpy(), DESIGN.to_numpy())
    squeezed = pylimma.squeeze_var((effects[:, 1:] ** 2).mean(axis=1), 6)
    rotations = np.random.default_rng(3).standard_normal((199, 7))
    members = [GENES.index(g) for g in SETS[name]]
    w = np.linspace(0.5, 2, len(members))
    expected = slow_roast(
        effects[members], (squeezed.var_prior, squeezed.df_prior), statistic, w, rotations
    )
    found = pylimma.roast(
        Y, SETS[name], DESIGN, set_statistic=statistic, gene_weights=w, nrot=199, rng=3
    )
    assert found.ngenes_in_set == len(members)
    up, down, either, mixed = found.p_value.p_value[["Up", "Down", "UpOrDown", "Mixed"]]
    np.testing.assert_allclose([up, down, either, mixed], expected, rtol=1e-12)


def test_roast_and_mroast_agree_and_the_seed_decides():
    one = pylimma.roast(Y, SETS["up"], DESIGN, rng=5, nrot=99)
    many = pylimma.mroast(Y, {"up": SETS["up"]}, DESIGN, rng=5, nrot=99)
    assert one.p_value.p_value["UpOrDown"] == many.p_value["up"]
    assert one.p_value.active_prop["Up"] == many.prop_up["up"]
    pd.testing.assert_frame_equal(
        many, pylimma.roast(Y, {"up": SETS["up"]}, DESIGN, rng=5, nrot=99)
    )


def test_numbers_of_threads_and_blocks_do_not_matter(monkeypatch):
    one = pylimma.mroast(Y, SETS, DESIGN, rng=5, nrot=500, n_jobs=1)
    small = "pylimma.genesets.rotation.rotation_blocks"
    monkeypatch.setattr(small, lambda n, genes: rotation_blocks(n, genes, 100))
    pd.testing.assert_frame_equal(one, pylimma.mroast(Y, SETS, DESIGN, rng=5, nrot=500, n_jobs=3))


def test_all_contrasts_share_their_rotations():
    words = {"b": "groupb", "a": "(Intercept)"}
    table = pylimma.mroast(Y, SETS, "~ group", list(words.values()), samples=TABLE, rng=1, nrot=99)
    for text in words.values():
        alone = pylimma.mroast(Y, SETS, DESIGN, text, rng=1, nrot=99)
        part = table[table.contrast == text].drop(columns="contrast")
        pd.testing.assert_frame_equal(part, alone)
    both = pylimma.roast(Y, SETS["up"], DESIGN, list(words.values()), nrot=99, rng=1)
    assert both.p_value.contrast.unique().tolist() == list(words.values())


def test_a_fit_that_keeps_its_data_gives_the_same():
    fit = pylimma.lm_fit(Y, DESIGN, keep="EList")
    expected = pylimma.mroast(Y, SETS, DESIGN, rng=1, nrot=99)
    pd.testing.assert_frame_equal(pylimma.mroast(fit, SETS, rng=1, nrot=99), expected)


def test_a_set_without_genes_has_no_results():
    row = pylimma.mroast(Y, SETS, DESIGN, rng=1, nrot=99).loc["none"]
    assert row[["prop_up", "prop_down", "p_value", "fdr", "p_value_mixed"]].isna().all()


def test_adjustment_by_mid_p_values_is_never_below_p_and_obeys_its_method():
    table = pylimma.mroast(Y, SETS, DESIGN, rng=1, nrot=99, sort=False).dropna()
    half = pylimma.p_adjust(table.p_value - 0.5 / 100)
    np.testing.assert_allclose(table.fdr, np.maximum(half, table.p_value))
    none = pylimma.mroast(Y, SETS, DESIGN, rng=1, nrot=99, adjust_method="none").dropna()
    np.testing.assert_array_equal(none.fdr, none.p_value)


def test_infinite_prior_degrees_of_freedom_take_the_prior_variance():
    found = pylimma.roast(Y, SETS["up"], DESIGN, var_prior=1.0, df_prior=np.inf, nrot=199, rng=3)
    effects = joined_effects(Y.to_numpy(), DESIGN.to_numpy())[:8]
    rotations = np.random.default_rng(3).standard_normal((199, 7))
    expected = slow_roast(effects, (1.0, 1e15), "mean", np.ones(8), rotations)
    np.testing.assert_allclose(found.p_value.p_value["UpOrDown"], expected[2], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"set_statistic": "median"}, InputError),
        ({"nrot": 0}, InputError),
        ({"var_prior": -1, "df_prior": 3}, InputError),
        ({"var_prior": np.ones(7), "df_prior": 3}, ShapeError),
        ({"gene_weights": np.ones(7)}, ShapeError),
        ({"nonsense": 3}, InputError),
    ],
)
def test_what_cannot_be_is_refused(options, error):
    with pytest.raises(error):
        pylimma.roast(Y, SETS["up"], DESIGN, **options)


@pytest.mark.parametrize("rho", [0.0, 0.4])
@pytest.mark.parametrize("statistic", ["mean", "floormean", "mean50", "msq"])
def test_p_values_are_uniform_under_the_null(rho, statistic):
    rng = np.random.default_rng(12)
    design = np.column_stack([np.ones(8), np.arange(8) % 2])
    directional, mixed = [], []
    for run in range(60):
        y = rng.normal(size=(60, 8))
        sets = {str(k): range(k * 12, k * 12 + 12) for k in range(4)}
        for members in sets.values():
            y[members] = np.sqrt(1 - rho) * y[members] + np.sqrt(rho) * rng.normal(size=8)
        table = pylimma.mroast(y, sets, design, set_statistic=statistic, nrot=299, rng=run)
        directional.extend(table.p_value)
        mixed.extend(table.p_value_mixed)
    for p in (directional, mixed):
        assert stats.kstest(p, "uniform").pvalue > 0.005


@pytest.mark.parametrize("test", ["camera", "fry", "mroast", "romer"])
def test_matching_and_sizes_of_sets_are_chosen(test):
    options = {} if test in ("camera", "fry") else {"nrot": 9}
    sets = {"large": [g.upper() for g in GENES[:8]], "small": [GENES[3].upper()]}
    with pytest.warns(Note, match="fewer than 2"):
        table = getattr(pylimma, test)(
            Y, sets, DESIGN, match="ignore_case", min_size=2, max_size=10, **options
        )
    assert table.n_genes.to_dict() == {"large": 8}
