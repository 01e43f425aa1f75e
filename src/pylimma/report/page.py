"""The report of an analysis: one HTML page that opens offline."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from pylimma import release
from pylimma.design.description import DesignDescription
from pylimma.design.rank import non_estimable
from pylimma.output import whole_file
from pylimma.plotting.axes import BLUE, VERMILLION
from pylimma.plotting.trend import spread_of
from pylimma.report.contents import ReportContents
from pylimma.report.payload import pack
from pylimma.report.sections import SECTIONS

_SCRIPTS = (
    "charts.js", "svg.js", "labels.js", "scatter.js", "table.js", "thresholds.js", "heat.js",
    "compare.js", "genes.js", "sets.js", "samples.js", "page.js",
)  # fmt: skip
_ENVIRONMENT = jinja2.Environment(
    autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
)
_FEW_SAMPLES = 30  # names of more samples cover each other
_EXACT = 1e15  # whole numbers below are exact in double precision
_LARGE = 1e5  # no decimal places from here on
_START = "positive log fold change means "


def write_report(
    contents: ReportContents,
    path: Path,
    *,
    title: str,
    sections: Sequence[str] = SECTIONS,
    logo: str | None = None,
) -> Path:
    """Write the page; the file appears complete or not at all."""
    with whole_file(path) as place:
        text = page(contents, title, sections, logo)
        place.write_text(text, encoding="utf-8", newline="\n")
    return path


def page(contents: ReportContents, title: str, sections: Sequence[str], logo: str | None) -> str:
    """The page as text."""
    data, blob = pack(contents)
    versions = {"pylimma": release.version()}
    versions |= {name: version(name) for name in ("numpy", "scipy", "pandas")}
    template = _ENVIRONMENT.from_string(_file("page.html"))
    return template.render(
        title=title,
        logo=None if logo is None else _trusted(logo),
        shows=_shown(contents, sections),
        words=contents.words,
        adjusted=contents.adjusted,
        style=_trusted(f":root {{ --up: {VERMILLION}; --down: {BLUE}; }}\n{_file('style.css')}"),
        script=_trusted("\n".join(_file(name) for name in _SCRIPTS)),
        data=_trusted(data),
        blob=_trusted(blob),
        versions=versions,
        methods=contents.methods,
        references_cited=contents.references,
        settings=_settings(contents, versions),
        **_summary(contents),
        **_details(contents),
    )


def _shown(contents: ReportContents, sections: Sequence[str]) -> dict[str, bool]:
    """Which sections stand on the page: those wanted that the analysis has."""
    shown = {name: name in sections for name in SECTIONS}
    shown["sets"] &= contents.sets is not None
    shown["correlations"] &= contents.correlated
    return shown | {"contrast": shown["genes"] or shown["p_values"] or shown["heatmap"]}


def _summary(contents: ReportContents) -> dict[str, Any]:
    facts = dict(contents.facts)
    rule = facts.pop("calls")
    n_samples = contents.data.shape[1]
    genes = f"{int(contents.kept.sum()):,} of {len(contents.kept):,} {contents.words.features}"
    return {
        "lead": f"{n_samples} samples, {genes}. Model {contents.formula}.",
        "warnings": contents.warnings,
        "rule": rule[0].upper() + rule[1:],
        "facts": list(facts.items()),
        "prior": facts["prior"],
        "blocks": f"Blocks: {facts['blocks']}." if "blocks" in facts else "",
        "contrasts": _contrasts(contents),
        "sets": "" if contents.sets is None else contents.sets.meaning,
        "filtering": f"{genes} passed the filter.",
        "unit": contents.unit,
        "few": n_samples <= _FEW_SAMPLES,
        "outliers": int(spread_of(contents.fit).outlier.sum()),
    }


def _details(contents: ReportContents) -> dict[str, Any]:
    about = DesignDescription.read(contents.design)
    compared_with = {} if about is None else about.compared_with
    contrasts = contents.fit.frame("contrasts").set_axis(list(contents.tables), axis=1)
    return {
        "has": {
            "mds": contents.mds is not None,
            "missing": not np.isfinite(contents.expression["E"]).all(),
            "library": contents.counts is not None,
            "abundance": contents.counts is not None,
            "weights": "sample_weight" in contents.samples,
            "trend": contents.trend is not None,
        },
        "sample_table": html_table(contents.samples, "sample"),
        "formula": contents.formula,
        "coefficients": list(contents.design.columns),
        "lost": non_estimable(contents.design),
        "references": ", ".join(f"{k} {v}" for k, v in compared_with.items()),
        "design_table": html_table(contents.design, "sample"),
        "contrast_table": html_table(contrasts, "coefficient"),
    }


def _contrasts(contents: ReportContents) -> list[dict[str, Any]]:
    most = max(1, *(d + u for d, u in zip(contents.n_down, contents.n_up, strict=True)))
    result = []
    for (name, table), down, up in zip(
        contents.tables.items(), contents.n_down, contents.n_up, strict=True
    ):
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


def _settings(contents: ReportContents, versions: dict[str, str]) -> list[tuple[str, str]]:
    given = [(name, _setting(value)) for name, value in contents.settings.items()]
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


def html_table(table: pd.DataFrame, corner: str = "") -> Markup:
    """A small table with its row names, all text escaped."""
    numeric = [pd.api.types.is_numeric_dtype(table.iloc[:, k]) for k in range(table.shape[1])]
    header = [_cell("th", corner, number=False)]
    header += [_cell("th", name, number=n) for name, n in zip(table.columns, numeric, strict=True)]
    rows = []
    for label, row in zip(table.index, table.itertuples(index=False), strict=True):
        cells = [_cell("td", label, number=False)]
        cells += [_cell("td", _text(v), number=n) for v, n in zip(row, numeric, strict=True)]
        rows.append(_row(cells))
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(
        _row(header), Markup("").join(rows)
    )


def _row(cells: list[Markup]) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _cell(tag: str, text: object, *, number: bool) -> Markup:
    kind = Markup(' class="num"') if number else Markup("")
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), kind, escape(str(text)))  # noqa: S704 - "th" or "td"


def _text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        value = float(value)
        if np.isnan(value):
            return "–"
        whole = value.is_integer() and abs(value) < _EXACT
        return f"{value:,.0f}" if whole or abs(value) >= _LARGE else f"{value:.4g}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return "–" if value is None or value is pd.NA else str(value)


def _file(name: str) -> str:
    return (resources.files("pylimma.report") / "page" / name).read_text(encoding="utf-8")


def _trusted(text: str) -> Markup:
    """Our own text, or JSON made safe, that is not escaped again."""
    return Markup(text)  # noqa: S704 - see above
