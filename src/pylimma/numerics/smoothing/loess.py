"""Local lines at the vertices of a tree, joined by cubics: loess [1]_ and locfit [2]_.

References
----------
.. [1] Cleveland WS, Grosse E (1991). Stat Comput 1:47-62. https://doi.org/10.1007/BF01890836
.. [2] Loader C (1999). Local Regression and Likelihood. Springer. https://doi.org/10.1007/b98858
"""

from __future__ import annotations

from collections import deque

import numpy as np

from pylimma.numerics.smoothing.local_lines import LocalLines
from pylimma.numerics.smoothing.neighbours import Neighbourhoods, ascending_order, nearest_distance
from pylimma.typing import FloatArray

_MARGIN = 0.005  # of the range of x, by which the outer vertices lie beyond the data
_LEAF = 0.01  # of the points, which a cell of the tree keeps together
_QUADRATIC_LEAF = 0.2  # the same, of the points within a span, for local quadratics
_MOST_CELLS = 200
_COARSEST = 0.8  # of the smaller bandwidth, the widest interval that is not halved
LEVEL = 1e-14  # of the largest possible spread, below which a line is level


def loess_sorted(x: FloatArray, y: FloatArray, weights: FloatArray, span: float) -> FloatArray:
    """Loess values at sorted points, of degree 1 and not robust."""
    size = min(x.size, int(np.floor(x.size * span + 1e-5)))
    vertices = tree_vertices(x)
    bandwidth = nearest_distance(x, vertices, size)
    return _through_vertices(x, y, weights, vertices, bandwidth)


def locfit_sorted(
    x: FloatArray, y: FloatArray, weights: FloatArray, span: float, fits: int
) -> FloatArray:
    """Locfit values at sorted points: robust local lines on adaptively halved intervals."""
    vertices, bandwidth = halved_intervals(x, max(1, int(np.floor(x.size * span))))
    fitted = _through_vertices(x, y, weights, vertices, bandwidth)
    for _ in range(fits - 1):
        distance = np.abs(y - fitted)
        scale = 6 * np.median(distance)
        if scale == 0:
            break
        robustness = np.maximum(1 - (distance / scale) ** 2, 0) ** 2
        fitted = _through_vertices(x, y, weights * robustness, vertices, bandwidth)
    return fitted


def quadratic_loess(x: FloatArray, y: FloatArray, at: FloatArray, span: float) -> FloatArray:
    """Loess values at positions within the data, of degree 2 and not robust."""
    order = ascending_order(x)
    x, y = x[order], y[order]
    size = min(x.size, int(np.floor(x.size * span + 1e-5)))
    vertices = tree_vertices(x, leaf=_QUADRATIC_LEAF * span)
    curves = []
    for vertex, bandwidth in zip(vertices, nearest_distance(x, vertices, size), strict=True):
        distance = np.abs(x - vertex)
        near = distance < bandwidth if bandwidth > 0 else distance == 0
        # root weights of the tricube kernel; the polynomial is about the vertex, in bandwidths
        root = (1 - (distance[near] / (bandwidth or 1)) ** 3) ** 1.5
        terms = np.vander((x[near] - vertex) / (bandwidth or 1), 3, increasing=True)
        value, slope, _ = np.linalg.lstsq(root[:, None] * terms, root * y[near], rcond=None)[0]
        curves.append((value, slope / (bandwidth or 1)))
    value, slope = np.array(curves).T
    return _hermite(at, vertices, value, slope)


def tree_vertices(x: FloatArray, leaf: float = _LEAF) -> FloatArray:
    """Cuts of a one-dimensional k-d tree, with two ends beyond the data."""
    # Cells are cut at their middle point, breadth first, until they hold few points or are too
    # many.
    n = x.size
    margin = _MARGIN * (x[-1] - x[0])
    low, high = float(x[0] - margin), float(x[-1] + margin)
    fewest, most_cells = int(np.floor(leaf * n)), max(_MOST_CELLS, n) - 2
    vertices, n_cells = {low, high}, 1
    cells = deque([(0, n - 1, low, high)])
    while cells:
        begin, end, left, right = cells.popleft()
        if end - begin + 1 <= fewest or n_cells > most_cells or end < begin:
            continue
        middle = _cut_place(x, begin, end)
        cut = float(x[middle])
        if cut in (left, right):
            continue
        vertices.add(cut)
        n_cells += 2
        cells.append((begin, middle, left, cut))
        cells.append((middle + 1, end, cut, right))
    return np.array(sorted(vertices))


def _cut_place(x: FloatArray, begin: int, end: int) -> int:
    """Place nearest the middle of a cell whose next point differs, else the middle."""
    middle = (begin + end + 2) // 2 - 1
    for offset in range(end - begin + 1):
        for place in (middle + offset, middle - offset):
            if not begin <= place < end:
                return middle
            if x[place] != x[place + 1]:
                return place
    return middle


def halved_intervals(x: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Ends of intervals that are halved until short beside their bandwidths."""
    vertices = np.unique(x[[0, -1]])
    bandwidth = nearest_distance(x, vertices, size)
    while True:
        narrower = np.minimum(bandwidth[:-1], bandwidth[1:])
        middle = 0.5 * (vertices[:-1] + vertices[1:])
        splits = (np.diff(vertices) > _COARSEST * narrower) & (narrower > 0)
        if not splits.any():
            return vertices, bandwidth
        places, middle = np.flatnonzero(splits) + 1, middle[splits]
        vertices = np.insert(vertices, places, middle)
        bandwidth = np.insert(bandwidth, places, nearest_distance(x, middle, size))


def _through_vertices(
    x: FloatArray, y: FloatArray, weights: FloatArray, vertices: FloatArray, bandwidth: FloatArray
) -> FloatArray:
    """Cubic Hermite interpolant of the local lines at the vertices."""
    lines = LocalLines(x, y, Neighbourhoods.within(x, vertices, bandwidth)).fit(weights)
    level = ~(lines.spread > LEVEL * lines.total * bandwidth**2)
    return _hermite(x, vertices, lines.value(level), lines.slope(level))


def _hermite(x: FloatArray, at: FloatArray, value: FloatArray, slope: FloatArray) -> FloatArray:
    """Piecewise cubic with given values and slopes."""
    if at.size == 1:
        return np.full_like(x, value[0])
    left = np.clip(np.searchsorted(at, x, side="right") - 1, 0, at.size - 2)
    gap = np.diff(at)[left]
    t = (x - at[left]) / gap
    rise, up, down = np.diff(value)[left], slope[left] * gap, slope[left + 1] * gap
    curve: FloatArray = value[left] + t * (
        up + t * ((3 * rise - 2 * up - down) + t * (up + down - 2 * rise))
    )
    return curve
