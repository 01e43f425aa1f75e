# One task of the core benchmark in R; prints its seconds.
suppressPackageStartupMessages(library(limma))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
task <- arguments[2]
text <- readLines(file.path(folder, "shapes.json"), warn = FALSE)
shape <- function(name) {
  found <- regmatches(text, regexec(paste0('"', name, '": \\[([0-9]+), ([0-9]+)\\]'), text))[[1]]
  as.integer(found[2:3])
}
matrix.of <- function(name) {
  size <- shape(name)
  array(readBin(file.path(folder, paste0(name, ".bin")), "double", prod(size)), size)
}
groups <- function(n.samples, n.groups) {
  diag(n.groups)[rep(seq_len(n.groups), each = ceiling(n.samples / n.groups))[seq_len(n.samples)], ]
}
timed <- function(call) system.time(call)[["elapsed"]]
fitted.groups <- function() {
  fit <- lmFit(matrix.of("groups"), groups(12, 3))
  contrasts.fit(fit, cbind(c(-1, 1, 0), c(-1, 0, 1), c(0, -1, 1)))
}
seconds <- if (startsWith(task, "lm_fit")) {
  name <- switch(task, "lm_fit missing" = "missing", "lm_fit robust" = "robust", "wide")
  y <- matrix.of(name)
  design <- groups(ncol(y), if (name == "robust") 4 else 6)
  weights <- if (endsWith(task, "weights")) matrix.of("wide_weights")
  method <- if (endsWith(task, "robust")) "robust" else "ls"
  timed(suppressWarnings(lmFit(y, design, weights = weights, method = method)))
} else if (startsWith(task, "duplicate")) {
  y <- matrix.of("paired")
  weights <- if (endsWith(task, "weights")) matrix.of("paired_weights")
  timed(duplicateCorrelation(y, cbind(1, rep(0:1, 12)), block = rep(1:12, each = 2), weights = weights))
} else if (startsWith(task, "e_bayes")) {
  fit <- fitted.groups()
  timed(eBayes(fit, trend = TRUE, robust = TRUE))
} else if (task == "genas") {
  fit <- eBayes(fitted.groups())
  timed(genas(fit, coef = c(1, 2)))
} else {
  fit <- eBayes(fitted.groups())
  timed(decideTests(fit, method = strsplit(task, " ")[[1]][2]))
}
cat(sprintf('{"seconds": %.4f}\n', seconds))
