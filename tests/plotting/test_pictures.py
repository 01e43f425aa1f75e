"""Pictures that computations ask for by name."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pylimma.draw import draw


def test_nothing_is_shown_on_a_screen(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a picture was shown"))
    draw("surrogate_variance", proportion=np.array([0.5, 0.2]))
