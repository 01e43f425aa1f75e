"""Made-up data of the benchmarks, the same in every language: arrays by the names of the code."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray]


def expression(
    genes: int = 20_000, samples: int = 24, groups: int = 3, contrasts: int = 3, subjects: int = 0
) -> Arrays:
    """Log-expression of groups with genes' own variances, weights, missing values and blocks."""
    rng = np.random.default_rng(1)
    group = np.arange(samples) % groups
    block = np.arange(samples) // 2 if not subjects else np.arange(samples) % subjects
    sigma = np.sqrt(1 / rng.chisquare(4, (genes, 1)))
    level = rng.normal(8, 2, (genes, 1))
    changes = rng.normal(0, 1, (genes, groups)) * (rng.random((genes, 1)) < 0.1)
    of_block = rng.normal(0, 0.5, (genes, block.max() + 1))
    noise = rng.normal(size=(genes, samples))
    y = level + changes[:, group] + sigma * (of_block[:, block] + noise)
    holes = np.where(rng.random(y.shape) < 0.2, np.nan, y)
    pairs = np.array(np.triu_indices(groups, 1)).T
    chosen = pairs[np.arange(contrasts) % len(pairs)]
    return {
        "y": y,
        "w": rng.gamma(2.0, size=y.shape),
        "holes": holes,
        "design": np.eye(groups)[group],
        "pairs": (np.eye(groups)[chosen[:, 1]] - np.eye(groups)[chosen[:, 0]]).T,
        "group": group,
        "block": block,
        "batch": np.arange(samples) // 2 % 3,
        "status": np.where(np.arange(genes) % 20 == 0, 1, 0),
    }


def counts(genes: int = 20_000, samples: int = 24, zeros: int = 0) -> Arrays:
    """Counts with block effects in two groups; the first `zeros` genes are absent from one."""
    rng = np.random.default_rng(1)
    means = rng.gamma(0.7, 200, genes) + 5
    spread = rng.uniform(0.2, 0.5, samples)
    group = np.arange(samples) % 2
    y = np.empty((genes, samples), dtype=np.int32)
    for gene, mean in enumerate(means):
        effects = np.repeat(rng.normal(0, 0.2, -(-samples // 2)), 2)[:samples]
        y[gene] = rng.poisson(mean * np.exp(effects + rng.normal(0, spread)))
    y[:zeros, group == 1] = 0
    design = np.column_stack([np.ones(samples), group])
    return {"counts": y, "design": design, "group": group, "block": np.arange(samples) // 2}


def sets(genes: int = 20_000, samples: int = 12, sets: int = 1000, size: int = 50) -> Arrays:
    """Expression of two groups with random sets of genes, one row a link."""
    rng = np.random.default_rng(1)
    two = expression(genes, samples, 2, 1)
    size = min(size, genes // 2)
    members = [rng.choice(genes, size, replace=False) for _ in range(sets)]
    return {
        **two,
        "statistic": rng.normal(size=genes),
        "gene_of": np.concatenate(members),
        "set_of": np.repeat(np.arange(sets), size),
        "bias": rng.gamma(2.0, size=genes),
        "listed": rng.choice(genes, min(500, genes // 4), replace=False),
    }


def exons(genes: int = 20_000, samples: int = 12) -> Arrays:
    """Expression of two groups, its rows being exons of genes of 2 to 15."""
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(genes), rng.integers(2, 16, genes))[:genes]
    return {**expression(genes, samples, 2, 1), "owner": owner}


def variances(genes: int = 20_000) -> Arrays:
    """Residual variances with equal and unequal df, and the mean expression."""
    rng = np.random.default_rng(1)
    df = rng.integers(2, 12, genes).astype(float)
    prior = 4 / rng.chisquare(4, genes)
    return {
        "s2": prior * rng.chisquare(8, genes) / 8,
        "df": df,
        "s2_unequal": prior * rng.chisquare(df) / df,
        "mean": rng.normal(8, 2, genes),
    }


def points(genes: int = 20_000) -> Arrays:
    """A scatter of points about a curve, weights, and p-values of which a tenth are small."""
    rng = np.random.default_rng(1)
    x = rng.normal(8, 2, genes)
    p = rng.random(genes)
    p[: genes // 10] **= 10
    return {
        "x": x,
        "y": np.sin(x) + rng.normal(0, 0.5, genes),
        "w": rng.gamma(2.0, size=genes),
        "p": p,
    }


def intensities(genes: int = 20_000, samples: int = 8) -> Arrays:
    """Foreground intensities: exponential signal and normal background; controls have no signal."""
    rng = np.random.default_rng(1)
    status = (np.arange(genes) % 20 == 0).astype(int)
    signal = rng.exponential(500, (genes, samples)) * (status[:, None] == 0)
    return {"raw": signal + rng.normal(100, 15, (genes, samples)), "status": status}


def named_in(code: str, arrays: Arrays) -> Arrays:
    """The arrays that the code names."""
    words = set(re.findall(r"[A-Za-z_]\w*", code))
    return {name: array for name, array in arrays.items() if name in words}


def write(arrays: Arrays, folder: Path) -> None:
    """Write each array as raw numbers, column after column, and a line with its kind and shape."""
    lines = []
    for name, array in arrays.items():
        kind = "double" if array.dtype.kind == "f" else "integer"
        numbers = array.astype("<f8" if kind == "double" else "<i4", copy=False)
        numbers.T.tofile(folder / f"{name}.bin")
        lines.append(" ".join([name, kind, *map(str, array.shape)]))
    (folder / "arrays.txt").write_text("".join(f"{line}\n" for line in lines))
