r"""Over-representation of terms among lists of genes.

A term holds N of the G genes of the universe, a list D of them, both together x. Its p-value is
the probability of x or more when D genes are drawn at random: hypergeometric, or Wallenius' where
genes differ in their chance to be in a list [1]_. Then a gene of the term is drawn with odds

.. math:: \omega = \frac{\sum_\text{term} \pi}{\sum_\text{others} \pi} \cdot \frac{G - N}{N},

:math:`\pi` being the genes' probabilities of being in a list under the null hypothesis.

References
----------
.. [1] Young MD, Wakefield MJ, Smyth GK, Oshlack A (2010). Genome Biol 11:R14.
       https://doi.org/10.1186/gb-2010-11-2-r14
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from pylimma.arguments import numbers, whole
from pylimma.containers.names import names_of
from pylimma.errors import InputError, InputWarning, Note, ShapeError, quoted, warn
from pylimma.genesets.annotation import Links
from pylimma.genesets.gene_lists import GeneLists
from pylimma.genesets.identifiers import Matching, as_text, folded, kind_of, numbered, remedy
from pylimma.genesets.trend import detection_trend
from pylimma.numerics.distributions.hypergeometric import hyper_log_sf
from pylimma.numerics.distributions.wallenius import wallenius_log_sf
from pylimma.numerics.p_values import adjust_p_values
from pylimma.record import Record
from pylimma.typing import AnyArray, BoolArray, FloatArray, IntArray

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Enrichment(Record):
    """What is counted of terms and lists."""

    size: IntArray  # (terms,): genes of the universe in each term
    count: IntArray  # (terms, lists): genes of each list among them
    log_p: FloatArray  # (terms, lists): log probability of as many or more


def enrichment(
    membership: sparse.csr_array, in_list: FloatArray, probability: FloatArray | None
) -> Enrichment:
    """Test terms × genes against genes × lists, perhaps by the genes' null probabilities."""
    n_genes = membership.shape[1]
    size, count = membership.sum(axis=1), membership @ in_list
    drawn = in_list.sum(axis=0)
    n = size[:, None]
    if probability is None:
        log_p = hyper_log_sf(count - 1, drawn, n_genes - drawn, n)
    else:
        inside = (membership @ probability)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = inside / np.maximum(probability.sum() - inside, 0.0) * ((n_genes - n) / n)
        log_p = wallenius_log_sf(count, n, n_genes - n, drawn, odds)
    return Enrichment(size.astype(int), count.astype(int), log_p)


class Background(NamedTuple):
    """Genes among which lists are compared with terms, as the user gave them."""

    universe: Any = None
    null_prob: Any = None
    covariate: Any = None
    restrict: bool = False  # to genes of some term
    average_repeats: bool = True  # else the first value of a repeated gene counts


class Selection(NamedTuple):
    """Which terms are tested and how identifiers match, as the user gave it."""

    terms: Any = None
    min_size: int | None = None
    max_size: int | None = None
    match: Matching = "exact"
    log10_p_value: bool = False


class Tested(NamedTuple):
    """Terms tested against lists, and what the test was about."""

    table: pd.DataFrame  # by term: n, counts, p-values, and what R does not have
    links: Links
    probability: FloatArray | None  # null probabilities of the genes of the universe
    covariate: FloatArray | None
    in_any: BoolArray  # whether each of them is in some list


def tested_terms(
    lists: GeneLists, links: Links, background: Background, selection: Selection
) -> Tested:
    """Count and test every term, select terms, and adjust the p-values of what is left."""
    fold = folded(selection.match)
    genes, value = _universe(lists, links, background)
    number = {name: k for k, name in enumerate(fold(genes))}
    membership, terms, given = _membership(links, fold, number)
    annotated = membership.sum(axis=0) > 0
    _check_overlap(links.genes, genes, int(annotated.sum()))
    about = f"universe: {len(genes):,} genes, {int(annotated.sum()):,} in some set"
    if background.restrict and not annotated.all():
        membership, genes = membership[:, annotated], list(np.array(genes, object)[annotated])
        value = None if value is None else value[annotated]
        number = {name: k for k, name in enumerate(fold(genes))}
        about = f"{about}, to which it is restricted"
    in_list = _in_lists(lists, fold, number, genes)
    in_any: BoolArray = in_list.max(axis=1) > 0
    covariate = value if _by_covariate(lists, background) else None
    probability = None if covariate is None else detection_trend(in_any, covariate)
    probability = value if covariate is None else probability
    if not in_any.any():
        probability = None  # R's too: nothing is known of what detection depends on
    found = enrichment(membership, in_list, probability)
    at = _selected(found.size, terms, selection)
    table = _table(lists.names, found, at, given, selection.log10_p_value)
    table.index = pd.Index(terms[at], dtype=object)
    table.attrs["meaning"] = f"over-representation, genes taken as independent; {about}; " + (
        f"{len(at):,} of {len(terms):,} terms tested"
        if len(at) < len(terms)
        else f"{len(terms):,} terms tested"
    )
    return Tested(table, links, probability, covariate, in_any)


def _by_covariate(lists: GeneLists, background: Background) -> bool:
    return background.covariate is not None or lists.covariate is not None


def _universe(
    lists: GeneLists, links: Links, background: Background
) -> tuple[list[str], FloatArray | None]:
    """Distinct genes of the universe, and their covariates or null probabilities."""
    values = background.null_prob if background.covariate is None else background.covariate
    what = "null_prob" if background.covariate is None else "covariate"
    if background.covariate is not None and background.null_prob is not None:
        warn("`null_prob` is not used: it is estimated from `covariate`.", Note)
    if lists.universe is not None:
        if background.universe is not None:
            raise InputError("`universe` is that of the fit; do not give it as well.")
        if lists.covariate is not None and background.covariate is not None:
            raise InputError("Give `trend` or `covariate`, not both: each is what detection needs.")
        if lists.covariate is not None:
            values, what = lists.covariate, "trend"
        return _merged(lists.universe, values, what, average=background.average_repeats)
    if background.universe is None:
        if values is not None:
            warn(f"`{what}` is ignored without `universe`, whose genes its values belong to.")
        return [links.genes[k] for k in pd.unique(links.gene)], None
    given = as_text(background.universe, "universe")
    return _merged(given, values, what, average=background.average_repeats)


def _merged(
    given: list[str | None], values: Any, what: str, *, average: bool
) -> tuple[list[str], FloatArray | None]:
    """Genes without gaps, each once, with the average or the first of its values."""
    value = _values_of(values, given, what)
    known = [k for k, gene in enumerate(given) if gene is not None]
    if value is not None:
        known = [k for k in known if not np.isnan(value[k])]
    code, genes = numbered([given[k] for k in known])
    if not genes:
        raise InputError("`universe` holds no genes.")
    if value is None:
        return genes, None
    value = value[np.array(known, dtype=np.intp)]
    if average:
        return genes, np.bincount(code, value) / np.bincount(code)
    return genes, value[np.unique(code, return_index=True)[1]]


def _values_of(values: Any, given: list[str | None], what: str) -> FloatArray | None:
    """One number for each gene of the universe; a Series is matched by name."""
    if values is None:
        return None
    names = pd.Index(given, dtype=object)
    if isinstance(values, pd.Series) and names.is_unique and names_of(values.index) is not None:
        missing = names.difference(values.index.astype(str), sort=False)
        values = values.set_axis(values.index.astype(str)).reindex(names)
        if len(missing) == len(names):
            raise InputError(
                f"`{what}` has none of the genes of the universe ({quoted(names, 3)})."
            )
    value = numbers(values, what).reshape(-1)
    if value.size != len(given):
        raise ShapeError(f"`{what}` has {value.size} values; the universe has {len(given)} genes.")
    if what == "null_prob" and (value < 0).any():
        raise InputError("`null_prob` must be probabilities; some are negative.")
    return value


def _membership(
    links: Links, fold: Any, number: dict[str, int]
) -> tuple[sparse.csr_array, AnyArray, IntArray]:
    """Terms × genes of the universe, the terms in order of appearance, and their whole sizes."""
    code, distinct = numbered(fold(links.genes))  # of folded names, which may coincide
    pairs = pd.unique(links.term * len(distinct) + code[links.gene])
    term, gene = np.divmod(pairs, len(distinct))
    place = np.array([number.get(name, -1) for name in distinct], dtype=np.intp)[gene]
    inside = place >= 0
    row, used = pd.factorize(term[inside])
    shape = len(used), len(number)
    membership = sparse.csr_array((np.ones(len(row)), (row, place[inside])), shape=shape)
    whole_size = np.bincount(term, minlength=len(links.terms))
    return membership, np.array(links.terms, dtype=object)[used], whole_size[used]


def _check_overlap(annotated: list[str], genes: list[str], n_annotated: int) -> None:
    """Raise where no gene of the universe is annotated; warn where a remedy would double them."""
    advice = remedy(genes, n_annotated, annotated)
    if n_annotated and advice:
        warn(f"{n_annotated:,} of {len(genes):,} genes of the universe are annotated, {advice}.")
    if not n_annotated:
        reason = f", {advice}" if advice else f": {kind_of(genes)} against {kind_of(annotated)}"
        raise InputError(
            f"None of the {len(genes):,} genes of the universe ({', '.join(genes[:_EXAMPLES])}) is "
            f"among the {len(annotated):,} genes with a term ({', '.join(annotated[:_EXAMPLES])})"
            f"{reason}."
        )


def _in_lists(lists: GeneLists, fold: Any, number: dict[str, int], genes: list[str]) -> FloatArray:
    """Genes × lists: 1 where a gene is in a list; genes outside the universe are noted."""
    in_list = np.zeros((len(number), len(lists.names)))
    outside: dict[str, None] = {}
    listed: dict[str, None] = {}
    for k, members in enumerate(lists.members):
        places = [number.get(name, -1) for name in fold(members)]
        in_list[[at for at in places if at >= 0], k] = 1.0
        outside.update((name, None) for name, at in zip(members, places, strict=True) if at < 0)
        listed.update(dict.fromkeys(members))
    if outside and lists.universe is None:
        kept = len(listed) - len(outside)
        advice = remedy(list(listed), kept, genes)
        text = (
            f"{len(outside):,} of {len(listed):,} genes of the lists are not among the "
            f"{len(genes):,} genes of the universe and do not count"
        )
        if kept == 0:
            kinds = [kind_of(listed), kind_of(genes)]
            told = [f"{kind} such as " if kinds[0] != kinds[1] else "" for kind in kinds]
            examples = [", ".join(map(repr, list(names)[:_EXAMPLES])) for names in (listed, genes)]
            text = f"{text}: lists have {told[0]}{examples[0]}; the universe has "
            text = f"{text}{told[1]}{examples[1]}"
        elif not advice:
            text = f"{text}: {quoted(outside, _EXAMPLES)}"
        text = f"{text}; more {advice}" if advice else text
        warn(f"{text}.", InputWarning if advice or not kept else Note)
    return in_list


def _selected(size: IntArray, terms: AnyArray, selection: Selection) -> IntArray:
    """Terms that are tested: chosen ones, of a size within limits; others are noted."""
    chosen = np.ones(len(terms), dtype=bool)
    if selection.terms is not None:
        wanted = [name for name in as_text(selection.terms, "terms") if name is not None]
        chosen = pd.Index(terms).isin(wanted)
        unknown = [name for name in wanted if name not in set(terms)]
        if unknown and chosen.any():
            warn(f"No gene of the universe has the terms {quoted(unknown, _EXAMPLES)}.", Note)
    low = 0 if selection.min_size is None else whole(selection.min_size, "min_size", 0)
    high = np.inf if selection.max_size is None else whole(selection.max_size, "max_size", low)
    small, large = chosen & (size < low), chosen & (size > high)
    if small.any() or large.any():
        warn(
            f"{int(small.sum() + large.sum()):,} of {int(chosen.sum()):,} terms are not tested: "
            f"{int(small.sum()):,} with fewer than {low} genes and {int(large.sum()):,} with more "
            f"than {high}.",
            Note,
        )
    at = np.flatnonzero(chosen & ~small & ~large)
    if not at.size:
        raise InputError(
            f"No term is left to be tested; the universe has genes of {quoted(terms, _EXAMPLES)}."
        )
    return at


def _table(
    names: list[str], found: Enrichment, at: IntArray, given: IntArray, with_logs: bool
) -> pd.DataFrame:
    """Counts, p-values, and behind them what R does not have."""
    log_p = found.log_p[at]
    columns: dict[str, AnyArray] = {"n": found.size[at]}
    columns |= {name: found.count[at, k] for k, name in enumerate(names)}
    columns |= {f"p_{name}": np.exp(log_p[:, k]) for k, name in enumerate(names)}
    columns |= {f"fdr_{name}": adjust_p_values(columns[f"p_{name}"]) for name in names}
    if with_logs:
        columns |= {f"log10_p_{name}": log_p[:, k] / np.log(10) for k, name in enumerate(names)}
    columns["n_given"] = given[at]
    return pd.DataFrame(columns)
