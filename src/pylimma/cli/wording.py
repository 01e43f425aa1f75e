"""Messages for the command line: what Python calls an argument is an option there."""

from __future__ import annotations

import re
from collections.abc import Mapping

import click

_ARGUMENT = re.compile(r"`(\w+)(?:=([^`]*))?`")
_QUOTED = re.compile(r'(?<![\w`])(\w+)="([^"`]*)"')  # formula="~ 0 + group", without backticks
_CALLED = {
    "contrasts": "--contrast",
    "counts_from": "--counts-from-abundance",
    "data": "--counts",
    "group_col": "--pseudobulk-group",
    "n_jobs": "--threads",
    "sample_col": "--pseudobulk-sample",
}


def in_options(text: str, command: click.Command) -> str:
    """A message on one line that names options in place of arguments."""
    options = {str(p.name): p.opts[0] for p in command.params if isinstance(p, click.Option)}
    switched = {str(p.name): p.secondary_opts[0] for p in command.params if p.secondary_opts}

    def spelled(found: re.Match[str]) -> str:
        return _spelled(found, {**options, **_CALLED}, switched)

    def quoted(found: re.Match[str]) -> str:
        return f"{options[found[1]]} '{found[2]}'" if found[1] in options else found[0]

    return _QUOTED.sub(quoted, _ARGUMENT.sub(spelled, " ".join(text.split())))


def _spelled(found: re.Match[str], options: Mapping[str, str], switched: Mapping[str, str]) -> str:
    name, value = found[1], found[2]
    if name not in options:
        return found[0]
    if value == "False":
        return switched.get(name, options[name])
    if value is None or value == "True":
        return options[name]
    return f"{options[name]} {value.strip(chr(34) + chr(39))}"
