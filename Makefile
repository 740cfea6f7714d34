# Every target does its own set-up: a machine with python3 and make is enough.
PYTHON ?= python3
RUN := .venv/bin
JOBS ?= 2
SEEDS ?= 2000
ORDERS ?= 10000
LOCK := $(RUN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
PYTEST := $(RUN)/python -m pytest -n $(JOBS) --max-worker-restart 0
QUICK := tests/unit tests/architecture
SLOW := $(filter-out $(QUICK) tests/typing %.py %__pycache__,$(wildcard tests/*))
TYPED := hub connectors mappings tools/cases.py tools/mutants.py $(wildcard demo) tests/typing tests/fixtures/acme_connector/entrepot_acme

.DEFAULT_GOAL := help
.PHONY: help demo test lint types format unit acceptance simulate mutants bench docs lock upgrade hooks clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/ready ## Run shop, hub, ERP, carrier and mail on this machine and compare what each of them says.
	@$(RUN)/python -m demo

test: lint unit acceptance ## Run every check and every test.

lint: .venv/ready ## Check style, types, import rules and spelling.
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(MAKE) --no-print-directory types
	@$(RUN)/lint-imports --no-logo
	@$(RUN)/codespell

types: .venv/ready ## Check types alone.
	@$(RUN)/mypy $(TYPED)

format: .venv/ready ## Rewrite the code in the project's style.
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

unit: .venv/ready ## Run the tests that need no other program.
	@$(PYTEST) $(QUICK)

acceptance: .venv/ready ## Run the tests with connectors, servers and the command line.
	@$(PYTEST) --dist loadfile $(SLOW)

simulate: .venv/ready ## Play SEEDS simulations of the whole hub with faults at every seam, and tell what went wrong.
	@$(RUN)/python -m hub.testing.simulation --seeds $(SEEDS) --jobs $(JOBS) --scripts .cache/simulation

mutants: .venv/ready ## Put one bug after another into a copy of the hub and show that the simulation notices each.
	@$(RUN)/python -m tools.mutants --jobs $(JOBS)

bench: .venv/ready ## Measure what importing ORDERS orders costs, beside a bare script that does only that.
	@$(RUN)/python -m bench --orders $(ORDERS) --runs 3

docs: .venv/ready ## Check the links of the pages, and follow docs/first-connector.md word by word.
	@$(RUN)/python -m pytest tests/architecture/test_pages.py tests/acceptance/test_first_connector.py

lock: .venv/ready ## Write the locks anew for what pyproject.toml asks, keeping the versions that still fit.
	@$(LOCK) $(UPGRADE) pyproject.toml -o requirements.lock
	@$(LOCK) $(UPGRADE) pyproject.toml --extra testing --group dev -c requirements.lock -o requirements-dev.lock
	@for wanted in $$(find connectors -name requirements.in); do \
		$(LOCK) $(UPGRADE) $$wanted -o $${wanted%.in}.lock || exit 1; done

upgrade: ## Write the locks anew with the newest versions.
	@$(MAKE) lock UPGRADE=--upgrade

hooks: .venv/ready ## Run the linters before each commit.
	@$(RUN)/pre-commit install

clean: ## Remove everything that make has made.
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/ready: requirements-dev.lock pyproject.toml
	@tools/environment.sh $(PYTHON)
