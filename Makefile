# Every target sets up what it needs: the virtual environment is made once, and again only when
# pyproject.toml or constraints.txt changed. Packages are compiled where they are first imported: few of them ever are.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CODE := model sim properties reports
LINKS := build/links/broadcast_orchestrator

.DEFAULT_GOAL := help
.PHONY: help setup verify test coverage lint types format benchmark fuzz soak clean distclean

help: ## list the targets (the default)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## make the virtual environment .venv with the pinned dependencies

verify: $(READY) ## prove the guarantees and write the report to build/report
	$(BIN)/broadcast verify --out build/report

test: $(READY) ## run the tests on two processes
	$(BIN)/python -m pytest -n 2 --dist worksteal

coverage: $(READY) ## run the tests and tell which lines and branches none of them took; half as long again
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: $(READY) types ## check style, format, types and the direction of the imports
	$(BIN)/ruff check $(CODE) tests setup.py
	$(BIN)/ruff format --check $(CODE) tests setup.py
	$(BIN)/lint-imports --no-logo

types: $(READY) ## check the types, with the four folders linked under their import name
	@mkdir -p $(LINKS) && for folder in $(CODE); do ln -sfn "$(CURDIR)/$$folder" $(LINKS)/$$folder; done
	$(BIN)/mypy -p broadcast_orchestrator
	$(BIN)/mypy

format: $(READY) ## put the code into the house format and mend what can be mended
	$(BIN)/ruff check --quiet --fix-only $(CODE) tests setup.py
	$(BIN)/ruff format $(CODE) tests setup.py

benchmark: $(READY) ## measure: run tests/benchmarks, which make test leaves out
	$(BIN)/python -m pytest tests/benchmarks -q -s

fuzz: $(READY) ## damage files of every kind for SECONDS=60 and see what the commands make of it; SEED=0
	$(BIN)/python -W ignore tests/benchmarks/fuzz.py --seconds $(or $(SECONDS),60) --seed $(or $(SEED),0) $(if $(INPUT),--input $(INPUT)) $(if $(GUIDED),--guided)

soak: $(READY) ## run EVENINGS=200 real evenings with processes killed, within SECONDS=300; SEED=0, WITH=all for all measures
	$(BIN)/python tests/benchmarks/soak.py --evenings $(or $(EVENINGS),200) --seconds $(or $(SECONDS),300) --seed $(or $(SEED),0) $(if $(WITH),--with $(WITH))

clean: ## remove what the targets wrote: reports, coverage, caches
	rm -rf build dist .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove what was installed as well
	rm -rf .venv sim/node/node_modules tests/node/node_modules

$(READY): pyproject.toml setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "$(PYTHON) is not Python 3.11 or newer: try make PYTHON=python3.11" >&2; exit 1; }
	@echo "Setting up .venv (about a minute the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@touch $@
