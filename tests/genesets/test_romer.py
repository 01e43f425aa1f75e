"""romer against rotations and ranks written out, the null, and top_romer."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import pylimma
from pylimma.errors import InputError, InputTypeError

RNG = np.random.default_rng(6)
GENES = [f"g{k}" for k in range(60)]
Y = pd.DataFrame(RNG.normal(8, 1, (60, 8)), GENES)
DESIGN = np.column_stack([np.ones(8), np.arange(8) % 2])
Y.iloc[:8, 1::2] += 1
SETS = {"up": GENES[:8], "odd": GENES[20:25], "one": GENES[40:41]}


def slow_romer(y, members, statistic, rotations):
    """P-values up, down and mixed of one set without shrinkage."""
    q, r = np.linalg.qr(DESIGN, mode="complete")
    effects = (y @ q)[:, 1:]
    effects[:, 0] *= np.sign(r[1, 1])
    d = 6
    squares = (effects**2).sum(axis=1)
    squeezed = pylimma.squeeze_var((effects[:, 1:] ** 2).mean(axis=1), d)
    s0, d0 = squeezed.var_prior, min(squeezed.df_prior, 1e12)

    def summary(b):
        t = b / np.sqrt((d0 * s0 + squares - b**2) / (d0 + d))
        half = (len(members) + 1) // 2
        if statistic == "mean50":
            up, down = (np.sort(stats.rankdata(x)[members])[-half:] for x in (t, -t))
            return [
                up.mean(),
                down.mean(),
                np.sort(stats.rankdata(np.abs(t))[members])[-half:].mean(),
            ]
        if statistic == "floormean":
            floors = (np.maximum(t, 0), np.maximum(-t, 0), np.maximum(np.abs(t), 1))
        else:
            floors = (t, -t, np.abs(t))
        return [stats.rankdata(x)[members].mean() for x in floors]

    observed = np.array(summary(effects[:, 0]))
    count = np.zeros(3)
    for rotation in rotations:
        count += np.array(summary(effects @ (rotation / np.linalg.norm(rotation)))) >= observed
    return (count + 1) / (len(rotations) + 1)


@pytest.mark.parametrize("statistic", ["mean", "floormean", "mean50"])
def test_p_values_count_rotations_as_defined(statistic):
    rotations = np.random.default_rng(3).standard_normal((99, 7))
    found = pylimma.romer(
        Y, SETS, DESIGN, set_statistic=statistic, nrot=99, shrink_resid=False, rng=3
    )
    for name, genes in SETS.items():
        members = [GENES.index(g) for g in genes]
        expected = slow_romer(Y.to_numpy(), members, statistic, rotations)
        np.testing.assert_allclose(found.loc[name, ["up", "down", "mixed"]], expected, rtol=1e-12)


def test_order_threads_and_contrasts():
    one = pylimma.romer(Y, SETS, DESIGN, nrot=99, rng=3, n_jobs=1)
    assert list(one.index) == list(SETS)
    pd.testing.assert_frame_equal(one, pylimma.romer(Y, SETS, DESIGN, nrot=99, rng=3, n_jobs=3))
    both = pylimma.romer(Y, SETS, DESIGN, [[0, 1], [1, 0]], nrot=99, rng=3)
    assert both.contrast.tolist() == ["contrast1"] * 3 + ["contrast2"] * 3
    assert pylimma.romer(Y, GENES[:4], DESIGN, nrot=9).index.tolist() == ["set"]


def test_true_change_that_is_taken_out_does_not_count_as_chance():
    y = RNG.normal(size=(300, 8))
    y[:150, 1::2] += 4
    found = pylimma.romer(y, {"a": range(0, 150, 10)}, DESIGN, nrot=199, rng=3)
    plain = pylimma.romer(y, {"a": range(0, 150, 10)}, DESIGN, nrot=199, shrink_resid=False, rng=3)
    assert found.up["a"] < plain.up["a"]


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_p_values_are_uniform_under_the_null(rho):
    rng = np.random.default_rng(12)
    p = {"up": [], "down": [], "mixed": []}
    for run in range(60):
        y = rng.normal(size=(80, 8))
        sets = {str(k): range(k * 12, k * 12 + 12) for k in range(3)}
        for members in sets.values():
            y[members] = np.sqrt(1 - rho) * y[members] + np.sqrt(rho) * rng.normal(size=8)
        table = pylimma.romer(y, sets, DESIGN, nrot=199, rng=run)
        for name, values in p.items():
            values.extend(table[name])
    for values in p.values():
        assert stats.kstest(values, "uniform").pvalue > 0.005


def test_top_romer_sorts_by_p_value_then_the_other_then_size():
    table = pd.DataFrame(
        {
            "n_genes": [3, 9, 4, 5],
            "up": [0.5, 0.1, 0.1, 0.1],
            "down": [0.2, 0.9, 0.9, 0.9],
            "mixed": [0.1, 0.3, 0.2, 0.3],
        },
        index=list("abcd"),
    )
    assert pylimma.top_romer(table, 3).index.tolist() == ["c", "b", "d"]
    assert pylimma.top_romer(table, 2, "DOWN").index.tolist() == ["a", "c"]
    assert pylimma.top_romer(table, alternative="mixed").index.tolist() == ["a", "c", "b", "d"]
    whole = pd.concat({"x": table, "y": table}, names=["contrast"]).reset_index(0)
    assert pylimma.top_romer(whole, 1).contrast.tolist() == ["x", "y"]


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError):
        pylimma.romer(Y, SETS, DESIGN, set_statistic="msq")
    with pytest.raises(InputTypeError):
        pylimma.top_romer(pd.DataFrame({"up": [1.0]}))
    with pytest.raises(InputError):
        pylimma.top_romer(pylimma.romer(Y, SETS, DESIGN, nrot=9), alternative="both")
