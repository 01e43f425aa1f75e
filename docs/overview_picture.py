"""Draw the picture that opens the README, from simulated counts.

Run as ``python docs/overview_picture.py``.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import pylimma


def main(path: Path) -> None:
    """Draw samples, trend and fold changes side by side."""
    data = pylimma.simulate_counts(n_genes=10_000, n_samples=10, rng=3)
    design = pd.get_dummies(data.samples["group"], dtype=float)
    y = pylimma.DGEList(data.counts, samples=data.samples)
    y = y.subset(pylimma.filter_by_expr(y, design), keep_lib_sizes=False)
    y = pylimma.norm_lib_sizes(y)
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.2), layout="constrained")

    v = pylimma.voom(y, design)
    pylimma.plot_mds(v, group=data.samples["group"], main="Samples", ax=axes[0])

    fit = pylimma.lm_fit(v, design)
    contrast = pylimma.make_contrasts("treated - control", levels=design)
    fit = pylimma.e_bayes(pylimma.contrasts_fit(fit, contrast))
    calls = pylimma.decide_tests(fit)
    pylimma.plot_md(fit, coef=0, status=calls[:, 0], main="Fold changes", ax=axes[1])
    pylimma.volcanoplot(fit, coef=0, highlight=8, main="Top genes", ax=axes[2])
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(Path(__file__).parent / "_static" / "overview.png")
