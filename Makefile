# pgteller. `make run` starts everything from nothing, `make test` runs every test.

.DEFAULT_GOAL := help
PYTHON ?= python3
export HOST ?= 127.0.0.1
export PORT ?= 8000

PY := .venv/bin/python
PGTELLER := .venv/bin/pgteller
RUNTIME := .venv/runtime-installed
DEV := .venv/dev-installed
ASSETS := web/pgteller/shell/assets/vendor/package-lock.json

.PHONY: help install run demo dev db psql stop test test-sql test-py torture lint contract examples \
	screenshots bench bench-growth dist clean

.NOTPARALLEL:  # two installs into one .venv

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(DEV) $(ASSETS)  ## Install all that running, tests and lint need into .venv

run: $(RUNTIME) $(ASSETS)  ## Run pgteller on http://HOST:PORT (127.0.0.1:8000), with its own PostgreSQL
	@$(PGTELLER) run

demo: $(RUNTIME) $(ASSETS)  ## Show a bank with three months of invented life, in a ledger of its own
	@$(PGTELLER) demo

dev: $(RUNTIME) $(ASSETS)  ## Run it with automatic restart when a file changes
	@$(PGTELLER) run --reload

db: $(RUNTIME)  ## Install the ledger, or upgrade it: migrations, then every function
	@$(PGTELLER) init --yes

psql: $(RUNTIME)  ## Open psql on the database
	@$(PGTELLER) psql

stop: $(RUNTIME)  ## Stop the PostgreSQL under .pg/, and every `make run` on it
	@$(PGTELLER) embedded stop

test: $(DEV) $(ASSETS)  ## Run every test: pgTAP and pytest
	@$(PY) -m dev.test sql py

test-sql: $(DEV)  ## Run the pgTAP tests of the functions
	@$(PY) -m dev.test sql

test-py: $(DEV) $(ASSETS)  ## Run the pytest tests
	@$(PY) -m dev.test py

contract: $(DEV)  ## Write anew what is made from sql/: web/*.json, docs/, the README's tables
	@$(PY) -m dev.contract

examples: $(DEV)  ## Write README.md and examples/ anew where they show output
	@$(PY) -m dev.examples

screenshots: $(DEV) $(ASSETS)  ## Take pictures of the pages into docs/images
	@$(PY) -m dev.screenshots

torture: $(DEV)  ## Attack it for longer: random histories, many threads, kill -9; prints a tally
	@$(PY) -m dev.torture

lint: $(DEV)  ## Check style and types of Python, style of SQL, and the bodies of the functions
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict web/pgteller dev bench
	.venv/bin/hadolint deploy/Dockerfile
	.venv/bin/sqlfluff lint sql/*.sql sql/migrations sql/functions
	@! grep -rnE --include='*.sql' '^.{101,}' sql/*.sql sql/migrations sql/functions | grep -v "^[^:]*:[0-9]*:('"
	$(PY) -m dev.lint_search_paths
	$(PY) -m dev.lint_functions

bench: $(RUNTIME)  ## Measure speed, some 9 minutes (BENCH_SECONDS=2 BENCH_ROUNDS=3)
	@$(PY) -m bench

bench-growth: $(RUNTIME)  ## Measure ledgers of 100 thousand to 10 million legs, and pages on them, some 20 minutes
	@$(PY) -m bench growth

dist: $(DEV) $(ASSETS)  ## Build the wheel and the sdist into dist/
	@$(PY) -m dev.dist

clean:  ## Remove .venv, .tools and .pg, the database included
	@if [ -x $(PGTELLER) ]; then $(PGTELLER) embedded remove --yes; fi
	rm -rf .venv .tools .pg dist .mypy_cache .ruff_cache .pytest_cache .hypothesis $(dir $(ASSETS))

$(RUNTIME): requirements.txt pyproject.toml
	@$(PYTHON) -m dev.install requirements.txt
	@touch $@

$(DEV): requirements-dev.txt pyproject.toml
	@$(PYTHON) -m dev.install requirements-dev.txt
	@touch $(RUNTIME) $@

# After whichever install this run of make has to do: it takes the npm that is there.
$(ASSETS): web/package-lock.json dev/assets.py | $(RUNTIME)
	@$(PYTHON) -m dev.assets
	@touch $@
