"""One HTML page of a whole analysis, which needs no network."""

from __future__ import annotations

import os
import platform
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from pylimma.design.description import read_description
from pylimma.design.rank import non_estimable
from pylimma.plotting.trend import spread_of
from pylimma.report.methods import methods_paragraph
from pylimma.report.payload import pack, unit
from pylimma.report.tables import html_table

if TYPE_CHECKING:
    from pylimma.analysis.result import Analysis

_SCRIPTS = ("charts.js", "scatter.js", "table.js", "explore.js", "samples.js", "page.js")
_ENVIRONMENT = jinja2.Environment(
    autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
)
_FEW_SAMPLES = 30  # names of more samples cover each other
_START = "positive log fold change means "


def write_report(analysis: Analysis, path: Path, *, title: str) -> Path:
    """Write the page; it appears whole or not at all."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        partial.write_text(page(analysis, title), encoding="utf-8", newline="\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def page(analysis: Analysis, title: str) -> str:
    """The page."""
    data, blob = pack(analysis)
    versions = {name: version(name) for name in ("pylimma", "numpy", "scipy", "pandas")}
    text, references = methods_paragraph(analysis, versions["pylimma"])
    template = _ENVIRONMENT.from_string(_file("page.html"))
    return template.render(
        title=title,
        style=_trusted(_file("style.css")),
        script=_trusted("\n".join(_file(name) for name in _SCRIPTS)),
        data=_trusted(data),
        blob=_trusted(blob),
        versions=versions,
        methods=text,
        references_cited=references,
        settings=_settings(analysis, versions),
        **_summary(analysis),
        **_details(analysis),
    )


def _summary(analysis: Analysis) -> dict[str, Any]:
    facts = dict(analysis.facts)
    n_kept, rule = int(analysis.kept.sum()), facts.pop("calls")
    return {
        "lead": f"{analysis.data.shape[1]} samples, {n_kept:,} of {len(analysis.kept):,} genes. "
        f"Model {analysis.formula}.",
        "warnings": analysis.warnings,
        "rule": rule[0].upper() + rule[1:],
        "facts": list(facts.items()),
        "prior": facts["prior"],
        "blocks": f"Blocks: {facts['blocks']}." if "blocks" in facts else "",
        "contrasts": _contrasts(analysis),
        "filtering": f"{n_kept:,} of {len(analysis.kept):,} genes are kept.",
        "unit": unit(analysis),
        "few": analysis.data.shape[1] <= _FEW_SAMPLES,
        "outliers": int(spread_of(analysis.fit).outlier.sum()),
    }


def _details(analysis: Analysis) -> dict[str, Any]:
    about = read_description(analysis.design)
    compared_with = {} if about is None else about.compared_with
    contrasts = analysis.fit.frame("contrasts").set_axis(list(analysis.tables), axis=1)
    table = analysis.sample_table
    return {
        "has": {
            "mds": analysis.mds is not None,
            "library": analysis.counts is not None,
            "abundance": analysis.counts is not None,
            "weights": "sample_weight" in table,
            "trend": analysis.trend is not None,
        },
        "sample_table": html_table(table, "sample"),
        "formula": analysis.formula,
        "coefficients": list(analysis.design.columns),
        "lost": non_estimable(analysis.design),
        "references": ", ".join(f"{k} {v}" for k, v in compared_with.items()),
        "design_table": html_table(analysis.design, "sample"),
        "contrast_table": html_table(contrasts, "coefficient"),
    }


def _contrasts(analysis: Analysis) -> list[dict[str, Any]]:
    counts = analysis.summary
    most = max(1, int((counts["down"] + counts["up"]).max()))
    result = []
    for name, table in analysis.tables.items():
        down, up = (int(counts[kind].loc[name]) for kind in ("down", "up"))
        meaning = str(table.attrs.get("meaning", ""))
        result.append(
            {
                "name": name,
                "meaning": meaning,
                "short": meaning.removeprefix(_START),
                "down": down,
                "up": up,
                "down_share": f"{100 * down / most:.2f}",
                "up_share": f"{100 * up / most:.2f}",
            }
        )
    return result


def _settings(analysis: Analysis, versions: dict[str, str]) -> list[tuple[str, str]]:
    given = [(name, _setting(value)) for name, value in analysis.options.items()]
    packages = ", ".join(f"{name} {text}" for name, text in versions.items())
    return [*given, ("versions", f"Python {platform.python_version()}, {packages}")]


def _setting(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return (
        ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    )


def _file(name: str) -> str:
    return (resources.files("pylimma.report") / "page" / name).read_text(encoding="utf-8")


def _trusted(text: str) -> Markup:
    """Our own text, or JSON made safe, that is not escaped again."""
    return Markup(text)  # noqa: S704 - see above
