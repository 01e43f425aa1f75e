"""The files that a run writes, by style."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pylimma.cli.galaxy_files import write_galaxy
from pylimma.cli.jobs import Job
from pylimma.cli.nf_core_files import write_nf_core
from pylimma.cli.own_files import write_own
from pylimma.cli.tables import TableFormat

Writer: TypeAlias = Callable[[Path, list[Job], Mapping[str, Any], TableFormat], None]

WRITERS: Mapping[str, Writer] = {
    "pylimma": write_own,
    "nf-core": write_nf_core,
    "galaxy": write_galaxy,
}
