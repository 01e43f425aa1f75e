"""A whole analysis of simulated counts: a table, plots, and a comparison with the truth.

Run as ``python examples/demo.py FOLDER``; everything is written into the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

import pylimma

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

FALSE_DISCOVERY_RATE = 0.05


def main(folder: Path) -> None:
    """Simulate, analyse, draw, and compare the genes found with the truth."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)

    data = pylimma.simulate_counts(n_genes=10_000, n_samples=8, rng=1)
    design = pd.get_dummies(data.samples["group"], dtype=float)
    y = pylimma.DGEList(data.counts, samples=data.samples)
    y = y.subset(pylimma.filter_by_expr(y, design), keep_lib_sizes=False)
    y = pylimma.norm_lib_sizes(y)

    v = pylimma.voom(y, design)
    fit = pylimma.lm_fit(v, design)
    fit = pylimma.contrasts_fit(fit, pylimma.make_contrasts("treated - control", levels=design))
    fit = pylimma.e_bayes(fit)
    table = pylimma.top_table(fit, coef=0, number=None, sort_by="p")
    table.to_csv(folder / "top_table.csv", index_label="gene")

    calls = pylimma.decide_tests(fit, p_value=FALSE_DISCOVERY_RATE)
    draw(folder / "samples.png", lambda ax: pylimma.plot_mds(v, group=data.samples["group"], ax=ax))
    draw(folder / "variances.png", lambda ax: pylimma.plot_sa(fit, ax=ax))
    draw(
        folder / "fold_changes.png",
        lambda ax: pylimma.plot_md(fit, coef=0, status=calls[:, 0], ax=ax),
    )
    draw(folder / "volcano.png", lambda ax: pylimma.volcanoplot(fit, coef=0, highlight=10, ax=ax))

    text = summary(data, table)
    (folder / "summary.txt").write_text(text)
    print(text, end="")
    print(f"Written to {folder}: " + ", ".join(sorted(path.name for path in folder.iterdir())))


def draw(path: Path, plot: Callable[[Axes], object]) -> None:
    """Save a plot."""
    figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
    plot(ax)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def summary(data: pylimma.CountData, table: pd.DataFrame) -> str:
    """Compare the significant genes with those that truly differ."""
    called = table.index[table["adj_p_value"] < FALSE_DISCOVERY_RATE]
    de = data.truth["de"]
    true = int(de[called].sum())
    testable = int(de[table.index].sum())
    false_rate = (len(called) - true) / max(len(called), 1)
    return (
        f"{len(data.counts):,} genes simulated in {data.counts.shape[1]} samples, "
        f"{int(de.sum()):,} of them differ\n"
        f"{len(table):,} genes pass the filter, {testable:,} of them differ\n"
        f"{len(called):,} genes significant at a false discovery rate of "
        f"{FALSE_DISCOVERY_RATE:.0%}\n"
        f"{true:,} true discoveries, {true / testable:.0%} of the differing genes that were "
        "tested\n"
        f"{false_rate:.1%} observed false discovery rate\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pylimma-demo"))
