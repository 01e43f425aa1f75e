"""The Python of the guides that bring their own data runs as it stands."""

import re
from pathlib import Path

import pytest

GUIDES = Path(__file__).parents[1] / "docs" / "how-to"


@pytest.mark.filterwarnings("ignore::pylimma.errors.PylimmaWarning")
@pytest.mark.parametrize("page", ["designs.md", "anndata.md"])
def test_the_code_on_a_page_runs(page, capsys):
    text = (GUIDES / page).read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) > 3
    exec(compile("\n".join(blocks), page, "exec"), {})  # noqa: S102 - our own page
    assert "positive log fold change means higher in" in capsys.readouterr().out
