# Each target installs what it needs; `make help` tells what there is.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
WORKERS ?= 2
# Servers and tests start many processes: with bytecode kept, each starts in a fraction of the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

$(VENV)/.synced: requirements.lock pyproject.toml | $(BIN)/uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	touch $@

.PHONY: setup
setup: $(VENV)/.synced ## Install everything into .venv, from the lock file

.PHONY: lock
lock: | $(BIN)/uv ## Resolve the dependencies again and write requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --quiet --all-extras --group dev --group docs -o requirements.lock

.PHONY: run
run: setup frontend-build ## Start a demo at https://localhost:8443: installs, builds, makes a study, prints where to go
	$(BIN)/readroom demo --data data

.PHONY: migration
migration: setup ## Write the first database migration again from the tables
	scripts/migration.sh

.PHONY: format
format: setup ## Format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: lint
lint: setup ## Style, import law, size budget, docstrings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/check_sizes.py
	$(BIN)/python scripts/check_docstrings.py

.PHONY: types
types: setup ## mypy in strict mode over all of src
	$(BIN)/mypy

.PHONY: system
system: ## Install PostgreSQL and Chromium from the system's packages, where they are missing
	scripts/install_system_packages.sh

.PHONY: test
test: setup system frontend-build ## Everything that must hold: lint, types, tests, both halves, a real browser
	$(MAKE) lint types frontend-test
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup
	$(MAKE) e2e

NPM := cd frontend && npm

frontend/node_modules/.synced: frontend/package-lock.json frontend/package.json
	$(NPM) ci --no-fund --no-audit --loglevel error
	touch $(CURDIR)/$@

.PHONY: frontend-setup
frontend-setup: frontend/node_modules/.synced ## Install the front end's tools, from its lock file

WIRE := frontend/src/contract/wire.generated.ts

$(WIRE): contract/openapi.json frontend/scripts/write-contract.mjs frontend/node_modules/.synced
	$(NPM) run --silent contract

WEB := src/readroom/server/web/index.html

$(WEB): frontend/node_modules/.synced $(WIRE) $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts -type f)
	$(NPM) run --silent build

.PHONY: frontend-build
frontend-build: $(WEB) ## Build the pages that the server shows

.PHONY: frontend-test
frontend-test: frontend-setup $(WIRE) ## Style, types and unit tests of the front end
	$(NPM) run --silent lint && npm run --silent types && npm test --silent

.PHONY: e2e
e2e: setup frontend-build ## Read studies in a real browser against a real server
	$(NPM) run --silent e2e

.PHONY: bench
bench: setup frontend-build ## Measure ours and the peers on the same data in the same run
	$(BIN)/python -m bench

.PHONY: openapi
openapi: setup ## Write contract/openapi.json from the API
	$(BIN)/python scripts/write_openapi.py

.PHONY: docs
docs: setup ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

.PHONY: clean
clean: ## Remove what was built, keep the data
	rm -rf $(VENV) site dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
