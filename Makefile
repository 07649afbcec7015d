# Two commands are enough on a new machine:  make demo   and   make test
# They make the virtual environment, install the locked dependencies, and install the system packages they
# need, or say which ones to ask for.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PIP    := $(BIN)/python -m pip install --disable-pip-version-check

# What a tool says matters only when it fails.
quietly = $(1) > $(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; exit 1; }

# Tests mostly wait for processes: each core takes a share, and whoever is done first takes from the others.
SPREAD := --numprocesses auto --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test check format lock words campaign fuzz clean

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY)   ## the whole journey between two throw-away agencies
	@.ci/system-packages demo
	@$(BIN)/congvan demo $(DEMO)

test: $(READY)   ## the default tests (TEST="-k word" narrows them)
	@.ci/system-packages test
	@$(BIN)/python -m pytest $(SPREAD) $(TEST)

campaign: $(READY)   ## the long tests: every byte, every commit boundary (tens of minutes)
	@.ci/system-packages test
	@$(BIN)/python -m pytest -m campaign --timeout=3600 $(TEST)

SECONDS ?= 3600
FUZZED ?= update pdf cms trust evidence proof

fuzz: $(READY)   ## coverage-guided fuzzing of what reads strangers' bytes (SECONDS=3600 for each of FUZZED)
	@$(call quietly,$(PIP) --no-build-isolation -e '.[fuzz]')
	@for target in $(FUZZED); do \
	    $(BIN)/python -m tests.fuzz.run $$target --seconds $(SECONDS) || exit 1; \
	done

check: $(READY)  ## format, lint, types, import contracts, catalogues
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python exchange/locale/gather.py --check

format: $(READY) ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

words: $(READY)  ## gather sentences for translation and compile the catalogues
	@$(BIN)/python exchange/locale/gather.py

lock: $(READY)   ## resolve the dependencies anew (names, versions and hashes; never addresses)
	@$(BIN)/pip-compile --quiet --extra dev,template,trusted-lists --generate-hashes --allow-unsafe --strip-extras --no-header \
	    --no-emit-options -o requirements.lock pyproject.toml

$(READY): requirements.lock pyproject.toml
	@.ci/system-packages python $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "congvan: installing the locked dependencies into $(VENV)"
	@$(call quietly,$(PIP) --require-hashes -r requirements.lock)
	@$(call quietly,$(PIP) --no-deps --no-build-isolation -e .)
	@touch $(READY)

clean:           ## remove what make made here
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
