"""Draw the picture of the page on methods: from the data to the functions."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

BLUE, GREY, ORANGE = "#D6E8F3", "#EEEEEE", "#FBE5C8"
COLUMNS = (0.0, 2.45, 5.0, 7.55)  # of data, preparation, model and tests
WIDTH, HEIGHT = 2.05, 0.62
ROUTES = (
    ("RNA-seq counts\nof genes", "filter_by_expr\nnorm_lib_sizes", "voom\nlm_fit"),
    (
        "Counts of exons\nor transcripts",
        "catch_salmon, …\nfilter_by_expr",
        "voom, lm_fit\ndiff_splice",
    ),
    ("Single cells\nof donors", "pseudobulk\nnorm_lib_sizes", "voom\nlm_fit"),
    ("Microarrays,\nlog-intensities", "background_correct\nnormalize_…", "lm_fit\n(array_weights)"),
    ("Protein\nintensities", "log2\nnormalize_…", "lm_fit\n(vooma_lm_fit)"),
    ("Precursors with\nmissing values", "dpc\ndpc_quant", "dpc_de"),
)
TESTS = (
    ("Do genes change?", "e_bayes, top_table"),
    ("By more than is negligible?", "treat, top_treat"),
    ("Which contrasts?", "decide_tests"),
    ("Which sets of genes?", "camera, fry"),
)


def draw(path: Path) -> None:
    """Draw boxes for data, preparation and model, and what all of them end in."""
    rows = len(ROUTES)
    figure, ax = plt.subplots(figsize=(9.6, 5.0), layout="constrained")
    for row, texts in enumerate(ROUTES):
        y = rows - row - 1
        for column, (text, color) in enumerate(zip(texts, (GREY, BLUE, BLUE), strict=True)):
            box(ax, COLUMNS[column], y, text, color, code=column > 0)
            if column:
                arrow(ax, COLUMNS[column - 1] + WIDTH, y, COLUMNS[column], y)
    gap = (rows - 1) / (len(TESTS) - 1)
    middle = COLUMNS[2] + WIDTH + 0.22
    ax.plot([middle, middle], [0, rows - 1], color="#777777", lw=1)
    for row in range(rows):
        ax.plot([COLUMNS[2] + WIDTH, middle], [row, row], color="#777777", lw=1)
    for k, (question, functions) in enumerate(TESTS):
        y = (rows - 1) - k * gap
        box(ax, COLUMNS[3], y, f"{question}\n{functions}", ORANGE, code=False, width=2.6)
        arrow(ax, middle, y, COLUMNS[3], y)
    heads = ("Data", "Prepare", "Model", "Ask")
    for x, text in zip(COLUMNS, heads, strict=True):
        ax.text(x, rows - 0.35, text, fontsize=12, fontweight="bold")
    ax.set(xlim=(-0.1, 10.3), ylim=(-0.5, rows))
    ax.set_axis_off()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def box(
    ax: Axes, x: float, y: float, text: str, color: str, *, code: bool, width: float = WIDTH
) -> None:
    """Draw a box with its text."""
    ax.add_patch(plt.Rectangle((x, y - HEIGHT / 2), width, HEIGHT, fc=color, ec="#777777", lw=0.8))
    family = {"family": "monospace", "fontsize": 8.5} if code else {"fontsize": 9.5}
    ax.text(x + width / 2, y, text, ha="center", va="center", **family)


def arrow(ax: Axes, x0: float, y0: float, x1: float, y1: float) -> None:
    """Draw an arrow."""
    style = {"arrowstyle": "-|>", "color": "#777777", "lw": 1, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x1, y1), (x0, y0), arrowprops=style)
