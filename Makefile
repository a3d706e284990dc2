SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-python setup-check setup-cloud setup-tests demo demo-cli test e2e cloud-up cloud-down image e2e-image sam-local \
	check check-format check-types check-imports check-template bench lock clean

# Python keeps what it compiled, also where the environment says otherwise: tests start the program hundreds of times
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
TYPED := layers/core/scims_backup functions localcloud tests $(patsubst %/,%,$(sort $(dir $(wildcard demo/*.py bench/*.py))))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare .venv with scims-backup, PostgreSQL 15 and restic
	@scripts/setup demo

setup-python:
	@scripts/setup python

setup-check:
	@scripts/setup check

setup-cloud:
	@scripts/setup cloud

setup-tests:
	@scripts/setup tests

demo: setup-cloud ## Show the AWS stack on this machine: nightly backups, a drill, a planted loss, and the mail
	@$(BIN)/python -m demo.cloud

demo-cli: setup ## Show the main job on the command line: a backup under live writes, a drill, faults that it finds
	@$(BIN)/python -m demo

cloud-up: setup-cloud ## Start AWS on this machine, to try things out; then: .venv/bin/python -m localcloud --help
	@$(BIN)/python -m localcloud up

cloud-down: ## Stop it
	@$(BIN)/python -m localcloud down

image: ## Build the container image; PG_MAJOR=17 EXTENSIONS=postgresql-17-postgis-3 REDIS_SERVER=redis:7 and others choose
	@scripts/image PG_MAJOR=$(PG_MAJOR) BASE_DIGEST=$(BASE_DIGEST) REDIS_SERVER=$(REDIS_SERVER) EXTENSIONS=$(EXTENSIONS)

e2e: setup-cloud ## Deploy template.yaml on this machine, and inject faults
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

e2e-image: setup-cloud ## Build the image and run functions and tasks in it, as Lambda and Fargate do
	@scripts/e2e-image tests/image $(ARGS)

sam-local: setup-cloud ## Run docs/local.md: every function with every golden event, in containers by `sam local`
	@scripts/sam-local $(if $(ARGS),tests/sam_local $(ARGS))

test: setup-tests ## Run every test except those of `make e2e`, with coverage
	@$(BIN)/python -m pytest --numprocesses=4 --dist=worksteal --cov --cov-report=term $(ARGS)

check: check-format check-types check-imports check-template ## Check format, style, types, imports and template.yaml

check-format: setup-python
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

check-types: setup-python
	@$(BIN)/mypy $(TYPED)

check-imports: setup-python
	@$(BIN)/lint-imports --no-logo

check-template: setup-check
	@scripts/check-template

bench: setup-tests ## Measure time and memory, compared with pg_dump alone
	@$(BIN)/python -m bench $(ARGS)

lock: ## Resolve the dependencies again (requires uv)
	@scripts/lock --upgrade

clean: ## Remove what the other targets created here (not the PostgreSQL servers in the user's cache)
	@rm -rf .venv .coverage .coverage.* coverage.xml htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build layers/core/*.egg-info
	@find layers functions localcloud tests demo bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
