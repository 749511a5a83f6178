# Recipes for users, developers and CI. `make demo` and `make test` install their dependencies first.

.DEFAULT_GOAL := help
.PHONY: help demo test cms check fmt dev lint bench bench-scale bench-extraction bench-peers fuzz regexes torture docs lock install replay clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
REPLAY := .venv-replay
# The newest supported CPython on this machine; override with `make PYTHON=/path/to/python`.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; done)

help: ## list the recipes
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

demo: install ## run the main job offline on the bundled test portals
	$(BIN)/hanoi-corpus demo

test: install ## run every test, without those of real CMSs
	$(BIN)/pytest -n 2 --dist worksteal -m "not cms"

cms: install ## run the tests of real CMSs: WordPress (Debian's packages), Pelican and Wagtail (installed from PyPI)
	$(BIN)/pytest -m cms tests/cms

check: install lint ## run linters and the fast tests; under a minute with warm caches
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow and not process and not cms"

fmt: $(INSTALLED) ## format the code and apply safe fixes
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

dev: install ## open the Dagster UI on http://127.0.0.1:3000
	$(BIN)/hanoi-corpus dev

lint: $(INSTALLED) ## run ruff, mypy, import-linter and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_models/models dbt_models/tests

bench: $(INSTALLED) ## measure speed and memory, each beside its baseline
	$(BIN)/python -m bench

bench-scale: $(INSTALLED) ## build a million articles, and new ones beside as many; an hour, and 20 GB in build/bench
	$(BIN)/python -m bench.scale

bench-extraction: $(INSTALLED) ## score extraction on the gold cases, beside other extractors
	$(BIN)/python -m bench.extraction

bench-peers: $(INSTALLED) ## run over the public test corpora of similar projects; list what is missed and why
	$(BIN)/python -m bench.peers

fuzz: $(INSTALLED) ## mutate inputs of every format at random for ten minutes and report where a reader fails
	$(BIN)/python -m bench.fuzz --minutes 10

regexes: $(INSTALLED) ## time every regular expression on a megabyte of its worst case
	$(BIN)/python -m bench.regexes

torture: $(INSTALLED) ## kill commands, damage files and fill the disk; build random histories in steps; report what is lost or wrong
	$(BIN)/python -m bench.torture --minutes 10
	$(BIN)/python -m tests.dbt_models.histories --histories 20

docs: $(INSTALLED) ## generate docs/data-model.md from the dbt project, and the dbt sources from the datasets
	$(BIN)/python -m dagster_project.data_model > docs/data-model.md
	$(BIN)/python -m dagster_project.dbt.sources > dbt_models/models/staging/_sources.yml

lock: ## resolve dependencies again; the lock files name no index host
	for cms in pelican wagtail; do echo $$cms | uv pip compile - --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file tests/cms/requirements-$$cms.lock; done
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements.lock
	echo 'pywb>=2.9' | uv pip compile - --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file requirements-replay.lock

install: $(INSTALLED) ## install the locked dependencies into .venv, and make dbt's manifest for Dagster
	@$(BIN)/python -m dagster_project.dbt.manifest

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "CPython 3.11, 3.12 or 3.13 was not found; give its path: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@# --no-deps: the lock has every dependency, and older pips fail on extras in hash mode.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

replay: $(REPLAY)/.installed ## install pywb into its own environment, for the test that replays an export

# A separate environment: pywb brings a web server and its own pins, one of which must be compiled.
$(REPLAY)/.installed: requirements-replay.lock
	$(PYTHON) -m venv --clear $(REPLAY)
	$(REPLAY)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements-replay.lock
	@touch $@

clean: ## remove environments and caches; data is kept
	rm -rf $(VENV) $(REPLAY) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dbt_models/target
