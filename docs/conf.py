"""How the documentation is built."""

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from api_pages import write_pages

write_pages(Path(__file__).parent / "reference")

project = "pylimma"
author = "The pylimma developers"
release = version_of("pylimma")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
myst_enable_extensions = ["dollarmath", "deflist"]
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
suppress_warnings = ["ref.footnote", "ref.citation"]  # numpydoc renames them in each docstring

# The tutorials need the real data; without them they are shown, not run.
nb_execution_mode = "force" if os.environ.get("PYLIMMA_DATA_DIR") else "off"
nb_execution_raise_on_error = True
nb_execution_timeout = 300

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_title = "pylimma"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
