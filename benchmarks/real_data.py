"""Longer lines of the table, as pairs of Python and R: real data read, and whole analyses."""

TUTORIAL = (
    """
counts = pd.read_csv(data / "yoruba_counts.csv.gz", index_col=0)
group = pd.read_csv(data / "yoruba_targets.csv", index_col=0)["gender"]
def analysis():
    lib_size = counts.sum(axis=0)
    rate = counts.div(lib_size, axis=1) * 1e6
    keep = (rate > 10 / (lib_size.median() / 1e6)).sum(axis=1) >= group.value_counts().min()
    design = pd.get_dummies(group, dtype=float)
    fit = lm_fit(voom(counts[keep], design), design)
    fit = e_bayes(contrasts_fit(fit, np.array([[-1.0], [1.0]])))
    return top_table(fit, coef=0, number=None, sort_by="p")
v = voom(counts, pd.get_dummies(group, dtype=float))
arrays = [counts.to_numpy(), np.asarray(v["E"]), np.asarray(v["weights"])]
""",
    """
counts <- as.matrix(read.csv(file.path(data, "yoruba_counts.csv.gz"), row.names = 1))
group <- factor(read.csv(file.path(data, "yoruba_targets.csv"), row.names = 1)$gender)
analysis <- function() {
  lib.size <- colSums(counts)
  rate <- t(t(counts) / lib.size) * 1e6
  keep <- rowSums(rate > 10 / (median(lib.size) / 1e6)) >= min(table(group))
  design <- model.matrix(~ 0 + group)
  fit <- lmFit(voom(counts[keep, ], design), design)
  fit <- eBayes(contrasts.fit(fit, matrix(c(-1, 1), 2)))
  topTable(fit, coef = 1, number = Inf, sort.by = "p")
}
""",
)
ANALYSIS = ("analysis()['p_value']", "analysis()$P.Value")
TUTORIAL_ARRAYS = ("[a.copy()[0, 0] for a in arrays]", None)

SWIRL = (
    """
import gzip, tempfile
folder = Path(tempfile.mkdtemp())
spots = [folder / f"swirl.{n}.spot" for n in range(1, 5)]
for spot in spots:
    spot.write_bytes(gzip.decompress((real / "swirl" / f"{spot.name}.gz").read_bytes()))
raw = read_maimages(spots, source="spot")
raw.genes = read_gal(real / "swirl" / "fish.gal")
raw.printer = get_layout(raw.genes)
""",
    """
spots <- file.path(tempdir(), paste0("swirl.", 1:4, ".spot"))
for (s in spots) writeLines(readLines(file.path(real, "swirl", paste0(basename(s), ".gz"))), s)
raw <- read.maimages(spots, source = "spot", verbose = FALSE)
raw$genes <- readGAL(file.path(real, "swirl", "fish.gal"))
raw$printer <- getLayout(raw$genes)
""",
)

MAMMARY = (
    """
folder = real / "msigdb_mammary"
gene_sets = read_gene_sets(folder / "Mm.c2.rdata")
E, weights = (pd.read_csv(folder / f"voom_{k}.csv.gz", index_col=0) for k in ("E", "weights"))
design = pd.read_csv(folder / "design.csv", index_col=0)
contrast = pd.read_csv(folder / "contrasts.csv", index_col=0)["BasalvsLP"].to_numpy()
v = pylimma.EList({"E": E, "weights": weights.to_numpy(), "design": design})
genes = E.index.astype(str)
index = ids2indices(gene_sets, genes)
""",
    """
folder <- file.path(real, "msigdb_mammary")
gene_sets <- get(load(file.path(folder, "Mm.c2.rdata")))
rd <- function(k) as.matrix(read.csv(file.path(folder, k), row.names = 1))
v <- new("EList", list(E = rd("voom_E.csv.gz"), weights = rd("voom_weights.csv.gz")))
design <- rd("design.csv")
contrast <- rd("contrasts.csv")[, "BasalvsLP"]
genes <- rownames(v$E)
index <- ids2indices(gene_sets, genes)
""",
)

TERMS = (
    """
import gzip
folder = real / "goslim_arabidopsis"
text = gzip.decompress((folder / "slim_association.txt.gz").read_bytes()).decode()
rows = [line.split("\\t") for line in text.splitlines() if "\\t" in line]
links = pd.DataFrame([(g, t.strip()) for g, terms in rows for t in terms.split(";") if t.strip()])
links.columns = ["gene", "term"]
links["ontology"], links["name"] = "BP", links["term"]
genes = (folder / "study.txt").read_text().split()
universe = gzip.decompress((folder / "population.txt.gz").read_bytes()).decode().split()
""",
    """
folder <- file.path(real, "goslim_arabidopsis")
a <- strsplit(readLines(file.path(folder, "slim_association.txt.gz")), "\\t")
a <- a[lengths(a) > 1]
l <- strsplit(sapply(a, `[`, 2), ";")
links <- data.frame(gene = rep(sapply(a, `[`, 1), lengths(l)), pathway = trimws(unlist(l)))
links <- links[nzchar(links$pathway), ]
terms <- data.frame(unique(links$pathway), unique(links$pathway))
genes <- readLines(file.path(folder, "study.txt"))
universe <- readLines(file.path(folder, "population.txt.gz"))
""",
)

EXONS = (
    """
files = sorted((real / "pasilla_exons").glob("*fb.txt.gz"))
bins = pd.concat([pd.read_csv(f, sep="\\t", header=None, index_col=0)[1] for f in files], axis=1)
bins = bins[~bins.index.str.startswith("_")]
bins = bins[bins.sum(axis=1) > 50]
genes = bins.index.str.replace(":.*", "", regex=True).to_numpy()
design = np.column_stack([np.ones(7), [1.0] * 3 + [0.0] * 4])
fit = lm_fit(voom(bins.to_numpy(), design), design)
""",
    """
files <- sort(list.files(file.path(real, "pasilla_exons"), "fb\\\\.txt\\\\.gz$", full.names = TRUE))
bins <- sapply(files, function(f) { x <- read.delim(f, header = FALSE); setNames(x[, 2], x[, 1]) })
bins <- bins[!startsWith(rownames(bins), "_"), ]
bins <- bins[rowSums(bins) > 50, ]
genes <- sub(":.*", "", rownames(bins))
design <- cbind(1, rep(1:0, c(3, 4)))
fit <- lmFit(voom(bins, design), design)
""",
)

FIRST_RESULT = (
    """
import numpy as np
import pylimma
y = np.random.default_rng(1).normal(size=(1000, 6))
design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
pylimma.top_table(pylimma.e_bayes(pylimma.lm_fit(y, design)), coef=1)
""",
    """
suppressPackageStartupMessages(library(limma))
y <- matrix(rnorm(6000), 1000)
design <- cbind(1, rep(0:1, each = 3))
invisible(topTable(eBayes(lmFit(y, design)), coef = 2))
""",
)
READ_YORUBA = (
    """
import os
from pathlib import Path
import numpy as np
import pandas as pd
from pylimma import contrasts_fit, e_bayes, lm_fit, top_table, voom
data = Path(os.environ["PYLIMMA_DATA_DIR"])
"""
    + TUTORIAL[0].split("v = voom")[0].strip()
    + "\nanalysis()\n",
    'suppressPackageStartupMessages(library(limma))\ndata <- Sys.getenv("PYLIMMA_DATA_DIR")'
    + TUTORIAL[1]
    + "invisible(analysis())\n",
)
COMMAND = (
    """
import os, tempfile
from pylimma.cli.commands import main
data = os.environ["PYLIMMA_DATA_DIR"]
with tempfile.TemporaryDirectory() as out:
    files = ["--counts", f"{data}/yoruba_counts.csv.gz", "--samples", f"{data}/yoruba_targets.csv"]
    main(["run", *files, "--formula", "~ gender", "--out", out, "--no-plots", "--no-report"])
""",
    """
suppressPackageStartupMessages({library(limma); library(edgeR)})
data <- Sys.getenv("PYLIMMA_DATA_DIR")
counts <- as.matrix(read.csv(file.path(data, "yoruba_counts.csv.gz"), row.names = 1))
samples <- read.csv(file.path(data, "yoruba_targets.csv"), row.names = 1)
d <- DGEList(counts, samples = samples)
d <- calcNormFactors(d[filterByExpr(d, group = samples$gender), , keep.lib.sizes = FALSE])
design <- model.matrix(~ gender, samples)
v <- voom(d, design)
fit <- eBayes(lmFit(v, design))
out <- tempfile()
dir.create(out)
write.csv(topTable(fit, coef = 2, number = Inf), file.path(out, "table.csv"))
write.csv(v$E, file.path(out, "log2.csv"))
saveRDS(fit, file.path(out, "fit.rds"))
""",
)
