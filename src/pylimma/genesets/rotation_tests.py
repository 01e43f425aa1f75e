"""From data and sets to the p-values of rotation tests, for `roast` and `mroast`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pylimma.adapters.labels import per_gene
from pylimma.arguments import flag, numbers, random_generator, whole
from pylimma.errors import InputError, check_choice
from pylimma.genesets.intake import GeneEffects, Sampling, gene_effects
from pylimma.genesets.positions import SetIndex
from pylimma.genesets.rotation import Counts, Members, Scores, count_rotations
from pylimma.genesets.sets import parse_sets
from pylimma.genesets.tables import ACTIVE, entry_weights
from pylimma.moderation.f_robust import parse_winsor
from pylimma.typing import FloatArray

QUESTION = "roast, a self-contained test by rotations: do genes of the set change at all?"
_STATISTICS = ("mean", "floormean", "mean50", "msq")
_MOST_ROTATIONS = 100_000_000


class Rotations(NamedTuple):
    """How rotation tests are done."""

    statistic: str
    var_prior: Any
    df_prior: Any
    n: int
    method: str  # of z-scores
    rng: np.random.Generator

    @classmethod
    def parse(
        cls,
        set_statistic: Any,
        var_prior: Any,
        df_prior: Any,
        nrot: Any,
        approx_zscore: Any,
        legacy: Any,
        rng: Any,
    ) -> Rotations:
        """Rotations as the user asked for them."""
        check_choice(set_statistic, _STATISTICS, "set_statistic")
        approximate, older = flag(approx_zscore, "approx_zscore"), flag(legacy, "legacy")
        method = ("hill" if older else "bailey") if approximate else "exact"
        n, generator = whole(nrot, "nrot", 1, _MOST_ROTATIONS), random_generator(rng, "rng")
        return cls(set_statistic, var_prior, df_prior, n, method, generator)

    def prior(self, found: GeneEffects, *options: Any) -> tuple[Any, Any]:
        """Prior variances and their degrees of freedom, as given or estimated."""
        if self.var_prior is None or self.df_prior is None:
            squeezed = found.moderate(*options)
            return squeezed.var_prior, squeezed.df_prior
        values = []
        for name, given in (("var_prior", self.var_prior), ("df_prior", self.df_prior)):
            array = numbers(given, name)
            if array.size != 1:
                array = numbers(per_gene(given, found.n_genes, found.gene_names, name), name)
            if not (array >= 0).all():
                raise InputError(f"`{name}` must not be negative or missing.")
            values.append(array if array.size > 1 else float(array.item()))
        return values[0], values[1]


class Tests(NamedTuple):
    """Proportions of active genes and p-values of all sets for one contrast."""

    prop_down: FloatArray
    prop_up: FloatArray
    down: FloatArray
    up: FloatArray
    either: FloatArray
    mixed: FloatArray
    z: FloatArray  # (genes,)


def rotation_tests(
    y: Any,
    index: Any,
    design: Any,
    contrast: Any,
    geneid: Any,
    gene_weights: Any,
    rotations: Rotations,
    options: Mapping[str, Any],
) -> tuple[GeneEffects, SetIndex, list[Tests]]:
    """Effects, sets, and the tests of all sets for each contrast."""
    sampling = Sampling(**{name: options.get(name) for name in Sampling._fields})
    trended = [flag(options.get(name, False), name) for name in ("trend_var", "trend")]
    robust = flag(options.get("robust", False), "robust")
    tails = parse_winsor(options.get("winsor_tail_p", (0.05, 0.1)))
    found = gene_effects(y, design, contrast, sampling, "roast")
    choice: dict[str, Any] = {"match": options.get("match", "exact")}
    choice |= {name: options.get(name) for name in ("min_size", "max_size")}
    sets = parse_sets(index, found.identifiers(geneid), found.n_genes, prefix="set", **choice)
    weights = entry_weights(sets, gene_weights, found.n_genes, found.gene_names)
    var_prior, df_prior = rotations.prior(
        found, found.average if any(trended) else None, robust, tails
    )
    effects = [found.joined(k) for k in range(len(found.labels))]
    scores = [Scores.of(part, var_prior, df_prior, rotations.method) for part in effects]
    members = Members.of(sets, weights)
    counts = count_rotations(
        effects, scores, members, rotations.statistic, rotations.n, rotations.rng, sampling.n_jobs
    )
    tests = []
    for part, score, count in zip(effects, scores, counts, strict=True):
        z = score.z(part[:, :1])[:, 0]
        p = [np.where(sets.n_genes > 0, each, np.nan) for each in _p_values(count, rotations)]
        down, up, either, mixed = p
        tests.append(Tests(*_active(z, members), down, up, either, mixed, z))
    return found, sets, tests


def _p_values(count: Counts, rotations: Rotations) -> list[FloatArray]:
    """P-values down, up, either way and mixed."""
    n, either = rotations.n, count.either
    if rotations.statistic == "mean":
        either = np.minimum(count.up, count.down)
    one_sided = [(c + 1) / (2 * n + 1) for c in (count.down, count.up)]
    return [*one_sided, (either + 1) / (n + 1), (count.mixed + 1) / (n + 1)]


def _active(z: FloatArray, members: Members) -> tuple[FloatArray, FloatArray]:
    """Shares of genes with weight that go down and up by more than the threshold."""
    signed = z[members.genes][members.positions] * np.sign(members.weights)
    of = np.repeat(np.arange(members.size.size), np.diff(members.indptr))
    counted, down, up = (
        np.bincount(of, which, minlength=members.size.size)
        for which in (members.weights != 0, signed < -ACTIVE, signed > ACTIVE)
    )
    with np.errstate(invalid="ignore"):
        return down / counted, up / counted


def several_sets(index: Any) -> bool:
    """Whether these are several sets, or one with weights of its own."""
    if isinstance(index, Mapping | pd.DataFrame | Path):
        return True
    return isinstance(index, list | tuple) and any(np.ndim(member) > 0 for member in index)
