"""Every picture of the package, drawn from one study of any size."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import pylimma
from pylimma.draw import draw


@dataclass
class Study:
    """Data of all kinds on the same genes and samples."""

    y: pd.DataFrame  # log2 expression
    counts: pd.DataFrame
    group: pd.Series  # by name of the sample
    design: pd.DataFrame
    fit: pylimma.MArrayLM  # moderated, its last coefficient the effect
    exons: pylimma.SpliceFit  # four features a gene
    raw: pylimma.RGList  # of a slide with as many spots as genes

    @property
    def calls(self):
        return pylimma.decide_tests(self.fit)

    @property
    def ma(self):
        half = np.log2(self.raw["R"]), np.log2(self.raw["G"])
        return pylimma.MAList(M=half[0] - half[1], A=(half[0] + half[1]) / 2)


def study(n_genes=200, changed=20, groups=("control", "treated"), n_samples=8, missing=False):
    """A study in which the first genes change in the last group."""
    rng = np.random.default_rng(3)
    names = [f"gene{k}" for k in range(n_genes)]
    samples = [f"sample{k}" for k in range(n_samples)]
    group = np.array(groups)[np.arange(n_samples) * len(groups) // n_samples]
    mean = rng.gamma(6, 1.2, (n_genes, 1))
    y = mean + rng.normal(0, 0.4, (n_genes, n_samples)) * np.sqrt(rng.chisquare(9, (n_genes, 1)))
    size = 30 * rng.choice([-1, 1], changed)[:, None]
    last = group == groups[-1]
    if len(groups) > 1:
        y[:changed] += size * last
        design = {"(Intercept)": 1.0} | {g: (group == g) * 1.0 for g in groups[1:]}
    else:
        y[:changed] += size
        y[changed:] -= mean[changed:]
        design = {"mean": 1.0}
    y = pd.DataFrame(y, index=names, columns=samples)
    counts = pd.DataFrame(rng.negative_binomial(4, 0.01, y.shape) + 1, names, samples)
    if missing:
        y.iloc[n_genes // 2] = np.nan
        y.iloc[n_genes // 3, 0] = np.nan
    design = pd.DataFrame(design, index=samples)
    fit = pylimma.lm_fit(y, design)
    fit["genes"] = pd.DataFrame({
        "GeneID": [f"g{k // 4}" for k in range(n_genes)], "Start": np.arange(n_genes) * 300 + 1,
        "End": np.arange(n_genes) * 300 + 120, "Length": np.where(np.arange(n_genes) % 4, 120, 1),
        "Strand": "+",
    }, index=names)  # fmt: skip
    grids = 2 if n_genes < 1000 else 5
    spots = n_genes // grids**2
    rows = max(k for k in range(1, 200) if spots % k == 0 and k * k <= spots)
    layout = {"ngrid_r": grids, "ngrid_c": grids, "nspot_r": rows, "nspot_c": spots // rows}
    channels = {
        channel: pd.DataFrame(scale * rng.gamma(6, 1, y.shape), names, samples)
        for channel, scale in (("R", 500), ("G", 400), ("Rb", 9), ("Gb", 9))
    }
    return Study(
        y, counts, pd.Series(group, index=samples), design, pylimma.e_bayes(fit),
        pylimma.diff_splice(fit, "GeneID"), pylimma.RGList(**channels, printer=layout),
    )  # fmt: skip


def _curve(n):
    x = np.linspace(2, 15, n)
    return {"x": x, "y": 1 / x, "line_x": x, "line_y": 1 / x, "first_line": (x, 2 / x)}


# Pictures of samples by their groups.
OF_SAMPLES = {
    "coolmap": lambda s, **o: pylimma.coolmap(s.y[:120].dropna(), groups=s.group, **o)[0],
    "plot_densities": lambda s, **o: pylimma.plot_densities(s.y, s.group, **o),
    "plot_library_sizes": lambda s, **o: pylimma.plot_library_sizes(s.counts, s.group, **o),
    "plot_mds": lambda s, **o: pylimma.plot_mds(s.y.dropna(), group=s.group, **o),
    "plot_missing_values": lambda s, **o: pylimma.plot_missing_values(
        s.y.mask(s.y < np.nanquantile(s.y, 0.2)), s.group, **o
    ),
    "plot_sample_weights": lambda s, **o: pylimma.plot_sample_weights(
        pd.Series(np.linspace(0.5, 1.5, len(s.group)), s.group.index), s.group, **o
    ),
    "plot_top_genes": lambda s, **o: pylimma.plot_top_genes(
        s.fit, s.y, s.fit.shape[1] - 1, s.group, **o
    )[0],
}
# Pictures of the tests of genes.
OF_TESTS = {
    "barcodeplot": lambda s, **o: pylimma.barcodeplot(
        s.fit, list(s.y.index[:20]), coef=s.fit.shape[1] - 1, **o
    ),
    "heat_diagram": lambda s, **o: pylimma.heat_diagram(
        s.calls, s.fit.frame("coefficients"), s.fit.shape[1] - 1, **o
    ),
    "plot_exon_junc": lambda s, **o: pylimma.plot_exon_junc(s.exons, **o),
    "plot_exons": lambda s, **o: pylimma.plot_exons(s.fit, **o),
    "plot_ma": lambda s, **o: pylimma.plot_ma(s.fit, status=s.calls[:, -1], **o),
    "plot_md": lambda s, **o: pylimma.plot_md(s.fit, status=s.calls, **o),
    "plot_p_values": lambda s, **o: pylimma.plot_p_values(s.fit, s.fit.shape[1] - 1, **o),
    "plot_sa": lambda s, **o: pylimma.plot_sa(s.fit, **o),
    "plot_sets": lambda s, **o: pylimma.plot_sets(
        pd.DataFrame({"n_genes": 9, "p_value": s.fit["p_value"][:, -1]}, s.y.index).assign(
            fdr=lambda t: t["p_value"] ** 0.5
        ), **o,
    ),
    "plot_splice": lambda s, **o: pylimma.plot_splice(s.exons, **o),
    "plot_upset": lambda s, **o: pylimma.plot_upset(s.calls, **o),
    "plot_with_highlights": lambda s, **o: pylimma.plot_with_highlights(
        s.fit["Amean"], s.fit["t"][:, -1], s.calls[:, -1], **o
    ),
    "qqt": lambda s, **o: pylimma.qqt(s.fit["t"][:, -1], df=9, plot_it=True, **o) and plt.gca(),
    "venn_diagram": lambda s, **o: pylimma.venn_diagram(s.calls, **o),
    "volcanoplot": lambda s, **o: pylimma.volcanoplot(s.fit, s.fit.shape[1] - 1, **o),
}  # fmt: skip
# Pictures of values.
OF_VALUES = {
    "genas": lambda s, **o: draw(
        "genas", o, x=s.y.iloc[:, 0].to_numpy(), y=s.y.iloc[:, 1].to_numpy(),
        technical=np.eye(2), biological=np.array([[1, 0.5], [0.5, 1]]),
    ),
    "group_trends": lambda s, **o: draw(
        "group_trends", o,
        points=dict.fromkeys(s.group.unique(), (s.fit["Amean"], s.fit["sigma"])),
        lines={g: ([0, 1], [0, 1]) for g in s.group.unique()},
    ),
    "imageplot": lambda s, **o: pylimma.imageplot(s.raw["Gb"][:, 0], s.raw["printer"], **o),
    "mdplot": lambda s, **o: pylimma.mdplot(s.y, **o),
    "plot_fb": lambda s, **o: pylimma.plot_fb(pylimma.EListRaw(E=s.raw["R"], Eb=s.raw["Rb"]), **o),
    "plot_md, samples": lambda s, **o: pylimma.plot_md(s.y, **o),
    "plot_rldf": lambda s, **o: pylimma.plot_rldf(s.y.dropna(), labels_y=s.group, **o),
    "plot_print_tip_loess": lambda s, **o: pylimma.plot_print_tip_loess(s.raw, **o),
    "plot_printorder": lambda s, **o: pylimma.plot_printorder(s.raw, **o),
    "plotlines": lambda s, **o: pylimma.plotlines(s.y[:6250], **o),
    "set_trend": lambda s, **o: draw(
        "set_trend", o, covariate_rank=np.arange(1, len(s.y) + 1),
        probability=np.linspace(0, 1, len(s.y)), index=np.arange(len(s.y) // 2),
    ),
    "voom_trend": lambda s, **o: draw("voom_trend", o, **_curve(len(s.y))),
}  # fmt: skip
EVERY_PLOT = OF_SAMPLES | OF_TESTS | OF_VALUES
# Public functions whose pictures are files, or that need a fit of another kind.
NOT_HERE = {"imageplot3by2", "plot_dpc", "plot_ma3by2", "plot_variance_fractions"}
