# make demo   a whole analysis of simulated counts; tables and plots in pylimma-demo/
# make test   the test suite
# make check  what CI runs: the tests, style, types and documentation
#
# Each first sets up an environment in $(VENV), or refreshes it when pyproject.toml has changed.
# PYTHON= chooses the interpreter, VENV= the environment, PYTEST= the options of pytest.

PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v "$$python" && break; done)
VENV ?= .venv
PYTEST ?= -q -n 2
PIP = $(VENV)/bin/python -m pip install -qq --disable-pip-version-check

.PHONY: help demo test check clean

help:
	@sed -n 's/^# //p' Makefile

demo: $(VENV)/package-installed
	$(VENV)/bin/python examples/demo.py pylimma-demo

test: $(VENV)/developer-installed
	OPENBLAS_NUM_THREADS=1 $(VENV)/bin/python -m pytest $(PYTEST)

check:
	bash .ci/run

clean:
	rm -rf $(VENV) build dist pylimma-demo

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with PYTHON=" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/package-installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) --upgrade 'pip>=25.1'
	$(PIP) --editable .
	@touch $@

$(VENV)/developer-installed: $(VENV)/package-installed
	$(PIP) --editable . --group dev
	@touch $@
