"""How the documentation is built."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from api_pages import write_pages
from decision_picture import draw
from notebooks import copy_to
from page_code import PICTURES, draw_pictures

from pylimma.release import version as installed_version

write_pages(Path(__file__).parent / "reference")
copy_to(Path(__file__).parent / "tutorials")
draw_pictures()
draw(PICTURES / "which-method.png")

project = "pylimma"
author = "The pylimma developers"
release = installed_version()

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

nb_execution_mode = "off"  # the notebooks of `examples` hold their output; tests run them

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_title = "pylimma"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
