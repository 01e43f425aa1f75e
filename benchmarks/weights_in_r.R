# One task on counts from a file; prints its seconds and the memory that it adds.
suppressPackageStartupMessages({library(limma); library(edgeR)})
few <- 500
arguments <- commandArgs(trailingOnly = TRUE)
size <- as.integer(arguments[3:4])
counts <- matrix(readBin(arguments[2], "integer", prod(size)), size[1], size[2], byrow = TRUE)
design <- cbind(1, (seq_len(size[2]) - 1) %% 2)
block <- (seq_len(size[2]) - 1) %/% 2
same <- function(y) y
tasks <- list(
  voom = function(y) voom(y, design, span = chooseLowessSpan(nrow(y), 50, 0.3, 1/3)),
  array_weights = function(v) arrayWeights(v, design),
  array_weights_reml = function(y) arrayWeights(y, design, method = "reml"),
  voom_with_quality_weights = function(y) voomWithQualityWeights(y, design),
  voom_lm_fit = function(y) voomLmFit(y, design, block = block),
  tmm = function(y) calcNormFactors(y),
  cyclicloess = function(y) normalizeCyclicLoess(y, span = 0.4),
  quantile = function(y) normalizeQuantiles(y)
)
prepared <- list(
  array_weights = function(y) voom(y, design),
  array_weights_reml = function(y) voom(y, design)$E,
  cyclicloess = function(y) log2(y + 1),
  quantile = function(y) log2(y + 1)
)
task <- tasks[[arguments[1]]]
prepare <- prepared[[arguments[1]]]
if (is.null(prepare)) prepare <- same
sink(stderr())
invisible(suppressMessages(task(prepare(counts[seq_len(few), ]))))
data <- prepare(counts)
before <- sum(gc(reset = TRUE)[, 2])
seconds <- system.time(suppressMessages(task(data)))
peak <- sum(gc()[, 6])
sink()
cat(sprintf('{"clock": %.3f, "cpu": %.3f, "memory": %.2f}\n', seconds[["elapsed"]],
            seconds[["user.self"]] + seconds[["sys.self"]],
            (peak - before) * 2^20 / (8 * prod(size))))
