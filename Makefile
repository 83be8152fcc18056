# Sanad. `make` alone prints what can be made. Needs Python 3.11 or later, git and make; no root.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
BIN    := .venv/bin
READY  := .venv/.ready
STORY  := $(BIN)/sanad demo
DEEP   := $(wildcard tests/property tests/differential tests/faults)

##@ To use it

.PHONY: help
help: ## print this
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## prepare the environment in .venv (once, and again when the requirements change)

# On a terminal the story gets a process group of its own: Ctrl-C then reaches it alone, and make ends with its exit code.
.PHONY: run
run: setup ## set up, play the story of a small nation, and leave its node serving until Ctrl-C
	@if [ -t 0 ]; then set -m 2>/dev/null || true; fi; $(STORY) --stay

.PHONY: demo
demo: setup ## play the same story, and end by itself
	@$(STORY)

.PHONY: bench
bench: setup ## measure: posting end to end, with a separate client
	@$(BIN)/sanad bench

.PHONY: bench-portal
bench-portal: setup ## measure: the portal's pages for 50 people at once, beside a bare page
	@$(BIN)/python -m bench.portal

.PHONY: bench-screening
bench-screening: setup ## measure: names found and told apart, and how fast (needs SANAD_TEST_DATA)
	@PYTHONPATH=src $(BIN)/python bench/screening.py

##@ To work on it

.PHONY: test
test: setup ## run all tests, on all cores; a file's tests stay together, for they share what was set up for them
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile

.PHONY: check
check: setup lint types imports ## the gate, under 2 minutes: lint, types, imports, unit, scenarios, tidy
	@$(BIN)/pytest -q $(wildcard tests/unit tests/scenarios tests/tidy)

.PHONY: lint
lint: setup ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: setup ## mypy --strict
	@$(BIN)/mypy

.PHONY: imports
imports: setup ## imports go down only
	@$(BIN)/lint-imports

.PHONY: format
format: setup ## format the code and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: docs
docs: setup ## write the generated references anew
	@$(BIN)/sanad docs

.PHONY: translations
translations: setup ## gather the sentences to translate, and compile their Urdu
	@$(BIN)/python -m tests.tidy.translations

.PHONY: campaign
campaign: setup ## the deep tests without bounds of time: many examples, many kills (hours)
	@SANAD_CAMPAIGN=1 $(BIN)/pytest --timeout=0 $(DEEP)

.PHONY: requirements
requirements: setup ## compile requirements/*.in to hashed pins, without any index address
	@for set in run develop; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $(UPGRADE) requirements/$$set.in --output-file requirements/$$set.txt || exit 1; \
	done

.PHONY: clean
clean: ## remove what was made, but never ./var, which holds your record
	@rm -rf .venv build out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis src/*.egg-info
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment -------------------------------------------------------------------------------------------------

$(READY): requirements/develop.txt pyproject.toml | .venv/bin/python
	@echo "Installing what Sanad needs into .venv; the first time this takes a minute or two ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/develop.txt \
		|| { echo; echo "The packages could not be installed; the lines above say why. 'make setup' tries again." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable . \
		|| { echo; echo "Sanad itself could not be installed; the lines above say why." >&2; exit 1; }
	@touch $@
	@echo "Ready."

.venv/bin/python:
	@python=; for candidate in $(PYTHON) python3.11 python3 python; do \
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Sanad needs Python 3.11 or later, and none was found. Install it, or name one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "Creating .venv with $$($$python --version) ..."; \
	$$python -m venv .venv || { rm -rf .venv; \
		echo "The environment could not be created. On Debian and Ubuntu the package python3-venv (python3.11-venv) is missing." >&2; exit 1; }
