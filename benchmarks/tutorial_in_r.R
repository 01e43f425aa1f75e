# The tutorial's analysis without its pictures; prints its seconds and its number of genes.
suppressPackageStartupMessages(library(limma))
files <- commandArgs(trailingOnly = TRUE)
counts <- as.matrix(read.csv(files[1], row.names = 1, check.names = FALSE))
targets <- read.csv(files[2], row.names = 1)
start <- proc.time()[["elapsed"]]
group <- factor(targets$gender)
lib.size <- colSums(counts)
cpm <- t(t(counts) / lib.size) * 1e6
keep <- rowSums(cpm > 10 / (median(lib.size) / 1e6)) >= min(table(group))
design <- model.matrix(~ 0 + group)
v <- voom(counts[keep, ], design)
fit <- lmFit(v, design)
fit <- eBayes(contrasts.fit(fit, matrix(c(-1, 1), 2)))
result <- topTable(fit, coef = 1, number = Inf, sort.by = "p")
called <- sum(result$adj.P.Val < 0.05)
seconds <- proc.time()[["elapsed"]] - start
cat(sprintf('{"pipeline": %.3f, "called": %d}\n', seconds, called))
