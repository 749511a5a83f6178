# The recipes that the README and CI call. `make demo` and `make test` install what they need first.

.DEFAULT_GOAL := help
.PHONY: help demo test dev lint bench bench-extraction fuzz docs lock install replay clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
REPLAY := .venv-replay
# The newest CPython that the project supports and the machine has; `make PYTHON=/path/to/python` overrides.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; done)

help: ## list the recipes
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

demo: install ## run the main job offline on the bundled test portals
	$(BIN)/hanoi-corpus demo

test: install ## run every test
	$(BIN)/pytest -n 2 --dist worksteal

dev: install ## open the Dagster UI on http://127.0.0.1:3000
	$(BIN)/hanoi-corpus dev

lint: $(INSTALLED) ## ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED) ## measure speed and memory, each beside its baseline
	$(BIN)/python -m bench

bench-extraction: $(INSTALLED) ## score extraction on the gold cases, beside other extractors
	$(BIN)/python -m bench.extraction

fuzz: $(INSTALLED) ## bend pages by chance for ten minutes and report what extraction does not stand
	$(BIN)/python -m bench.fuzz --minutes 10

docs: $(INSTALLED) ## make docs/data-model.md from the dbt project, and the dbt sources from the datasets
	$(BIN)/python -m dagster_project.data_model > docs/data-model.md
	$(BIN)/python -m dagster_project.dbt_sources > dbt_models/models/staging/_sources.yml

lock: ## choose versions anew; names no index host
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements.lock
	echo 'pywb>=2.9' | uv pip compile - --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements-replay.lock

install: $(INSTALLED) ## install the locked dependencies into .venv, and read the dbt models for Dagster
	@$(BIN)/python -m dagster_project.dbt.manifest

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "CPython 3.11, 3.12 or 3.13 is needed and was not found; say where with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@# --no-deps: the lock holds every dependency, and older pips stumble over extras in hash mode.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

replay: $(REPLAY)/.installed ## install pywb, by which a test replays what was archived, into an environment of its own

# Not among the project's own: pywb brings a web server and pins of its own, one of which must be compiled.
$(REPLAY)/.installed: requirements-replay.lock
	$(PYTHON) -m venv --clear $(REPLAY)
	$(REPLAY)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements-replay.lock
	@touch $@

clean: ## remove the environment and caches; data stays
	rm -rf $(VENV) $(REPLAY) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dbt_models/target
