"""Pages written from the package itself: the public names by room, and their names in R."""

import ast
import csv
from collections import defaultdict
from inspect import isfunction, signature
from pathlib import Path

import pylimma

ROOMS = {
    "datasets": "Example data",
    "containers": "Labelled results",
    "design": "Designs and contrasts",
    "preprocessing": "Counts, filters, normalisation",
    "weights": "Precision weights",
    "fit": "Linear models",
    "moderation": "Moderated variances",
    "results": "Tables and decisions",
    "statistics": "Statistics beside the tests",
    "exploration": "Samples in few dimensions",
    "models": "Models of an AnnData",
    "genesets": "Gene sets",
    "splicing": "Differential splicing",
    "proteomics": "Proteins with uncertainty",
    "plotting": "Plots",
    "numerics": "Numerical functions",
    "errors": "Errors",
}


def write_pages(folder: Path) -> None:
    """Write ``api.md`` and ``names.md`` into a folder."""
    (folder / "api.md").write_text(api_page())
    (folder / "names.md").write_text(names_page(folder / "names.tsv"))


def names_by_room() -> dict[str, list[str]]:
    """Public names of the stub, by the room that they come from."""
    stub = ast.parse(Path(pylimma.__file__).with_suffix(".pyi").read_text())
    rooms = defaultdict(list)
    for node in stub.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                rooms[(node.module or alias.name).split(".")[0]].append(alias.name)
    unnamed = sorted(set(rooms) - set(ROOMS))
    return {room: sorted(rooms[room]) for room in (*ROOMS, *unnamed) if room in rooms}


def api_page() -> str:
    """List every public name with the first line of its docstring."""
    parts = ["# Functions and classes\n"]
    for room, names in names_by_room().items():
        lines = "\n".join(f"   {name}" for name in names)
        parts.append(
            f"## {ROOMS.get(room, room.capitalize())}\n\n"
            "```{eval-rst}\n"
            ".. currentmodule:: pylimma\n"
            ".. autosummary::\n"
            "   :toctree: generated\n\n"
            f"{lines}\n"
            "```\n"
        )
    return "\n".join(parts)


def names_page(table: Path) -> str:
    """Set R's names beside Python's, with the arguments of both."""
    public = set(pylimma.__all__)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    there = [row for row in rows if row["python_name"] in public]
    absent = sorted({row["r_name"] for row in rows} - {row["r_name"] for row in there})
    lines = [
        "# Names in R and in Python",
        "",
        "Functions and arguments have R's names in snake_case, in R's order. Positions, such as",
        "`coef`, count from zero. What Python adds follows by keyword. Where a function of R only",
        "asks what NumPy, pandas or SciPy already have, use theirs.",
        "",
        "| R | Python | arguments in R | arguments in Python |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_row(row) for row in there]
    lines += ["", "## Not in pylimma", "", ", ".join(f"`{name}`" for name in absent) or "Nothing."]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, str]) -> str:
    name = row["python_name"]
    thing = getattr(pylimma, name)
    package = "" if row["r_package"] == "limma" else f" ({row['r_package']})"
    ours = f"`{_arguments(thing)}`" if isfunction(thing) else "a class"
    theirs = f"`{row['r_arguments']}`" if row["r_arguments"] else ""
    cells = [f"`{row['r_name']}`{package}", f"{{any}}`pylimma.{name}`", theirs, ours]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _arguments(function: object) -> str:
    plain = [p.replace(annotation=p.empty) for p in signature(function).parameters.values()]
    return str(
        signature(function).replace(parameters=plain, return_annotation=signature(function).empty)
    )


if __name__ == "__main__":
    write_pages(Path(__file__).parent / "reference")
