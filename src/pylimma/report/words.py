"""What the rows of an analysis are called."""

from __future__ import annotations

from dataclasses import dataclass

from pylimma.record import Record


@dataclass(frozen=True, slots=True, eq=False)
class FeatureWords(Record):
    """The words for what is measured: every sentence about it takes them from here."""

    feature: str
    features: str
    level: str  # what is measured of it
    changed: str  # title of those that differ


GENES = FeatureWords("gene", "genes", "expression", "Differentially expressed genes")
PROTEINS = FeatureWords("protein", "proteins", "abundance", "Differentially abundant proteins")
PROBES = FeatureWords("probe", "probes", "expression", "Differentially expressed probes")

BY_IDENTIFIERS = {"UniProt accessions": PROTEINS, "probe identifiers": PROBES}
"""Words by the kind of the row names; genes for all others."""
