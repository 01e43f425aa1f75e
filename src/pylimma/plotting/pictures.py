"""Pictures that computations may ask for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pylimma.plotting.samples import draw_mds
from pylimma.plotting.trend import group_trends, voom_trend

PICTURES: Mapping[str, Callable[..., Any]] = {
    "group_trends": group_trends,
    "mds": draw_mds,
    "voom_trend": voom_trend,
}
