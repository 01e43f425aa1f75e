"""Files of bead chips: profiles as GenomeStudio and BeadStudio write them."""

import numpy as np

ARRAYS = ["1234_A", "1234_B", "S.3"]
HEADING = "[Header]\nArray Content\tHumanHT-12\nGSGX Version\t1.9.0\n[Sample Probe Profile]\n"
OLD_HEADING = "Illumina Inc. BeadStudio version 1.4.0.1\nNormalization = none\n\n"
KINDS = ["NEGATIVE"] * 5 + ["BIOTIN", "HOUSEKEEPING"]


def profile(arrays=ARRAYS, *, n_genes=12, controls=False, seed=1, quantities=None, old=False):
    """A profile as text, with its values by quantity."""
    rng = np.random.default_rng(seed)
    symbols = KINDS if controls else [f"SYM{k}" for k in range(n_genes)]
    start = 900 if controls else 1
    probes = [f"ILMN_{start + k}" for k in range(len(symbols))]
    words = quantities or ["AVG_Signal", "Detection Pval", "BEAD_STDERR", "Avg_NBEADS"]
    shape, top = (len(probes), len(arrays)), 120 if controls else 900
    values = {
        word: np.round(rng.uniform(0, 0.1, shape), 3)
        if word.startswith("Detection")
        else np.round(rng.uniform(60, top, shape), 1)
        for word in words
    }
    named = [
        (f"{word}-{array}" if old else f"{array}.{word}", values[word][:, k])
        for k, array in enumerate(arrays)
        for word in words
    ]
    head = ["TargetID", "ProbeID"] if old else ["PROBE_ID", "SYMBOL"]
    lines = ["\t".join([*head, *(name for name, _ in named)])]
    for row, (probe, symbol) in enumerate(zip(probes, symbols, strict=True)):
        first = [symbol, probe] if old else [probe, symbol]
        lines.append("\t".join([*first, *(f"{column[row]:g}" for _, column in named)]))
    return (OLD_HEADING if old else HEADING) + "\n".join(lines) + "\n", values


def write(folder, text=None, name="probe profile.txt"):
    """Path of a file in a folder."""
    (folder / name).write_text(profile()[0] if text is None else text)
    return folder / name
