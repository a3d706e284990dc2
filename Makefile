SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-check setup-tests demo demo-cli test check check-format check-types check-imports bench lock clean

BIN := .venv/bin
TYPED := layers/core/scims_backup tests $(patsubst %/,%,$(sort $(dir $(wildcard demo/*.py bench/*.py))))

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare .venv with scims-backup, PostgreSQL 15 and restic
	@scripts/setup demo

setup-check:
	@scripts/setup python

setup-tests:
	@scripts/setup tests

demo: setup ## Show the main job: backup under live writes, drill, and a drill that finds faults
	@$(BIN)/python -m demo

demo-cli: setup ## Show the main job, by the command line alone
	@$(BIN)/python -m demo

test: setup-tests ## Run every test, with coverage
	@$(BIN)/python -m pytest --numprocesses=3 --dist=worksteal --cov --cov-report=term $(ARGS)

check: setup-check check-format check-types check-imports ## Check format, style, types and the direction of imports

check-format: setup-check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

check-types: setup-check
	@$(BIN)/mypy $(TYPED)

check-imports: setup-check
	@$(BIN)/lint-imports --no-logo

bench: setup-tests ## Measure: time and memory beside pg_dump alone
	@$(BIN)/python -m bench $(ARGS)

lock: ## Resolve the dependencies anew (wants uv)
	@scripts/lock --upgrade

clean: ## Remove what the other targets made here (not the PostgreSQL servers in the user's cache)
	@rm -rf .venv .coverage .coverage.* coverage.xml htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build layers/core/*.egg-info
	@find layers tests demo bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
