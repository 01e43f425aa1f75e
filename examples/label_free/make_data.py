"""Make proteinGroups.txt.gz and truth.tsv: a label-free experiment whose truth is known.

Four control and four treated samples, 600 proteins. An eighth of the proteins change; a few are
absent from one group. Values vary less the more peptides a protein has, and low ones are often
missing: the probability of a value is logistic in its logarithm.
"""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

GROUPS = np.repeat(["control", "treated"], 4)
SAMPLES = [f"{group}_{k % 4 + 1}" for k, group in enumerate(GROUPS)]
N_PROTEINS, N_CONTAMINANTS, N_DECOYS = 600, 18, 12
DF_PRIOR = 6.0
HALF_SEEN, SLOPE = 22.5, 0.9  # of the probability that a value is seen


def simulate(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Log2 intensities with missing values, numbers of peptides, and the truth."""
    rng = np.random.default_rng(seed)
    level = rng.normal(25, 2.2, N_PROTEINS)
    mean_peptides = 2 ** ((level - 22) / 1.6) * rng.lognormal(0, 0.4, N_PROTEINS)
    peptides = np.clip(np.round(mean_peptides), 1, 45).astype(int)
    kind = np.full(N_PROTEINS, "same", dtype=object)
    chosen = rng.permutation(N_PROTEINS)
    kind[chosen[:75]] = "changed"
    kind[chosen[75:90]] = "on or off"
    size = np.where(kind == "changed", rng.uniform(0.6, 2.0, N_PROTEINS), 0.0)
    size = np.where(kind == "on or off", 9.0, size)
    log_fc = size * rng.choice([-1, 1], N_PROTEINS)
    variance = (0.12**2 + 0.55**2 / peptides) * DF_PRIOR / rng.chisquare(DF_PRIOR, N_PROTEINS)
    # a protein that is off lies below the level that it has in the other group
    effect = np.where(kind == "on or off", np.minimum(log_fc, 0), log_fc)
    other = np.where(kind == "on or off", np.minimum(-log_fc, 0), 0)
    mean = level[:, None] + np.where(GROUPS == "treated", effect[:, None], other[:, None])
    y = mean + rng.normal(size=mean.shape) * np.sqrt(variance)[:, None]
    seen = rng.random(y.shape) < 1 / (1 + np.exp(-SLOPE * (y - HALF_SEEN)))
    y[~seen] = np.nan
    names = [f"P{k:05d}" for k in range(10_000, 10_000 + N_PROTEINS)]
    values = pd.DataFrame(y, index=names, columns=SAMPLES)
    truth = pd.DataFrame({"kind": kind, "log_fc": log_fc, "peptides": peptides}, index=names)
    return values, truth


def table(values: pd.DataFrame, truth: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The table of protein groups as MaxQuant writes it, with decoys and contaminants."""
    names = [
        *values.index,
        *(f"CON__P{k:05d}" for k in range(N_CONTAMINANTS)),
        *(f"REV__P{k:05d}" for k in range(N_DECOYS)),
    ]
    n_extra = N_CONTAMINANTS + N_DECOYS
    extra = pd.DataFrame(rng.normal(25, 2, (n_extra, len(SAMPLES))), columns=SAMPLES)
    intensity = 2 ** pd.concat([values, extra]).fillna(-np.inf).to_numpy()
    peptides = np.concatenate([truth["peptides"], rng.integers(1, 9, n_extra)])
    each = np.where(intensity > 0, 1 + rng.binomial(peptides[:, None] - 1, 0.8, intensity.shape), 0)
    columns = {
        "Protein IDs": names,
        "Majority protein IDs": names,
        "Gene names": [f"GENE{k}" for k in range(1, len(names) + 1)],
        "Peptides": peptides,
        "Razor + unique peptides": peptides,
        **{f"Razor + unique peptides {s}": each[:, k] for k, s in enumerate(SAMPLES)},
        **{f"LFQ intensity {s}": _digits(intensity[:, k]) for k, s in enumerate(SAMPLES)},
        "Only identified by site": "",
        "Reverse": ["+" if name.startswith("REV__") else "" for name in names],
        "Potential contaminant": ["+" if name.startswith("CON__") else "" for name in names],
    }
    return pd.DataFrame(columns).sample(frac=1, random_state=1)


def _digits(values: np.ndarray) -> list[int]:
    """Five significant digits, as MaxQuant writes intensities."""
    return [int(float(f"{value:.5g}")) for value in values]


if __name__ == "__main__":
    folder = Path(__file__).parent
    values, truth = simulate(1)
    text = table(values, truth, np.random.default_rng(2)).to_csv(sep="\t", index=False)
    with gzip.GzipFile(folder / "proteinGroups.txt.gz", "wb", mtime=0) as file:
        file.write(text.encode())
    truth.round(4).to_csv(folder / "truth.tsv", sep="\t", index_label="protein")
