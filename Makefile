# make demo and make test work on a fresh clone: they create the environment first.

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
INSTALLED := .venv/installed
READY := .venv/ready
PLUGIN := examples/isthmus-roundup
# Much of what is installed is never imported: what is, Python compiles then.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
WORKERS ?= auto
PYTEST = $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

# Each process of a test run would compile everything anew where the environment forbids to keep what is compiled.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo setup test lint docs acceptance bench clean

help:  ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# Whoever only wants to see the demo does not wait for the tools of development.
$(INSTALLED): pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[report]'
	@touch $@

$(READY): pyproject.toml $(PLUGIN)/pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[dev]' --editable ./$(PLUGIN) 'roundup>=2.5' || { $(PIP) --editable '.[dev]' --editable ./$(PLUGIN) \
		&& echo 'Roundup could not be installed: its plug-in is not tried on a real tracker.' >&2; }
	mkdir -p .venv/typing && ln -sfn ../.. .venv/typing/isthmus
	@touch $(INSTALLED) $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Isthmus needs Python 3.11 or newer, with its venv module (Debian: python3-venv)." >&2; exit 1; }
	@echo "Building .venv; this takes a minute or two, once."
	$(PYTHON) -m venv .venv

demo: $(INSTALLED)  ## Migrate, mirror and report between two emulated tools; nothing to configure.
	$(BIN)/isthmus demo

setup: $(READY)  ## Build the environment with the tools of development.

test: lint  ## Check style, types and imports, then run the tests with the coverage gate (which lines: .venv/bin/coverage report).
	$(PYTEST) -m 'not acceptance and not unmeasured' --cov --cov-report=
	$(PYTEST) -m 'not acceptance and unmeasured'
	$(PYTEST) --config-file $(PLUGIN)/pyproject.toml $(PLUGIN)/tests

lint: $(READY)  ## Check style, types and imports only.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

docs: $(READY)  ## Regenerate the tables in README.md and docs/.
	$(BIN)/python docs/generate.py

acceptance: $(READY)  ## Run the long form of every check.
	$(PYTEST) -m acceptance --timeout 3600
	$(PYTEST) -m 'hypothesis and not acceptance' --hypothesis-profile long --timeout 3600
	$(PYTEST) --config-file $(PLUGIN)/pyproject.toml $(PLUGIN)/tests -m acceptance --timeout 3600

bench: $(READY)  ## Measure and print a table.
	$(BIN)/python -m benchmarks

clean:  ## Remove the environment and everything that was built.
	rm -rf .venv build dist *.egg-info $(PLUGIN)/build $(PLUGIN)/src/*.egg-info .coverage .coverage.* .hypothesis .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
