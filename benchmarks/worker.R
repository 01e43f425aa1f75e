# The R side of a workload: as worker.py.
setup <- Sys.getenv("BENCHMARK_R_SETUP")
if (nzchar(setup)) source(setup) else suppressPackageStartupMessages({library(limma); library(edgeR)})
sink(stderr())
folder <- commandArgs(trailingOnly = TRUE)[1]
data <- Sys.getenv("PYLIMMA_DATA_DIR", "absent")
real <- file.path(dirname(data), "real")
code <- function(part) parse(file.path(folder, paste0(part, ".R")), keep.source = FALSE)
prepared <- code("prepared")
run <- eval(call("function", NULL, as.call(c(as.name("{"), as.list(code("timed"))))))
arrays <- function(size) {
  place <- file.path(folder, size)
  for (line in strsplit(readLines(file.path(place, "arrays.txt")), " ")) {
    shape <- as.integer(line[-(1:2)])
    numbers <- readBin(file.path(place, paste0(line[1], ".bin")), line[2], prod(shape))
    assign(line[1], if (length(shape) > 1) array(numbers, shape) else numbers, globalenv())
  }
}
quietly <- function(call) suppressWarnings(suppressMessages(call))
made <- length(readLines(file.path(folder, "few", "arrays.txt"))) > 0
result <- NULL
for (size in c("few", "all")) {
  arrays(size)
  quietly(for (step in prepared) eval(step, globalenv()))
  if (size == "few") for (i in seq_len(if (made) 3 else 1)) result <- quietly(run())
}
say <- function(...) { sink(); cat(..., "\n"); flush(stdout()); sink(stderr()) }
say("ready")
input <- file("stdin", "r")
while (length(line <- readLines(input, 1))) {
  if (line == "total") {
    numbers <- suppressWarnings(as.numeric(unlist(result)))
    say(format(sum(abs(numbers[is.finite(numbers)])), digits = 17))
    next
  }
  result <- NULL
  gc()
  before <- proc.time()
  for (i in seq_len(as.integer(line))) result <- quietly(run())
  spent <- proc.time() - before
  say(spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]])
}
