"""Snakemake wrapper of `pylimma run`."""

__author__ = "The pylimma developers"
__license__ = "BSD-3-Clause"

import shlex

from snakemake.shell import shell

log = snakemake.log_fmt_shell(stdout=True, stderr=True)
extra = snakemake.params.get("extra", "")

arguments = ["--out", snakemake.output[0], "--threads", snakemake.threads]
for name in ("counts", "h5ad", "samples", "annotation", "contrasts"):
    if snakemake.input.get(name):
        arguments += [f"--{name}", snakemake.input[name]]
if snakemake.params.get("formula"):
    arguments += ["--formula", snakemake.params.formula]
contrasts = snakemake.params.get("contrast", [])
for contrast in [contrasts] if isinstance(contrasts, str) else contrasts:
    arguments += ["--contrast", contrast]
options = shlex.join(map(str, arguments))

shell("pylimma run {options} {extra} {log}")
