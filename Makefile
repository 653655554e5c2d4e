# Every way to run the project. `make` alone lists them; each does its own set-up first.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# Tests side by side: one more than the smallest machine has cores, for some wait for a browser.
JOBS   ?= 3
UV     := uv==0.13.9

# Two projects' settings must not mix: a PYTHONPATH from outside would shadow the rooms.
unexport PYTHONPATH
# Compiled modules are kept: a start then costs two seconds and not seven.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo serve test lint bench screenshots specimens lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  ARGS="…" passes options on:  make demo ARGS="--schools 12 --json"'

install: $(VENV)/installed  ## make .venv from requirements.lock (again only when that changed)

# The lock names every package, so there is nothing to resolve (older pips cannot, under hashes).
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one:  make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable .
	@touch $@

demo: install  ## play one county's whole year, through real Prefect flows
	$(BIN)/dudao demo $(ARGS)

serve: install  ## start Prefect's server, the deployments, a worker and the time keeper
	$(BIN)/dudao serve $(ARGS)

test: install  ## run every test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: install  ## check style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: install  ## run the benchmarks (ARGS="--quick" for a short run)
	@set -e; for script in benchmarks/*.py; do \
	  echo "== $$script $(ARGS)"; $(BIN)/python $$script $(ARGS); done

screenshots: install  ## a picture of every page, at 390 and 1280 pixels, into var/screenshots
	$(BIN)/python -m tools.screenshots $(ARGS)

specimens: install  ## every paper of the demo county as Word, PDF and pictures, into var/specimens
	$(BIN)/python -m tools.specimens $(ARGS)

lock: install  ## choose the newest versions that fit pyproject.toml and write requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
	  --group dev --output-file requirements.lock pyproject.toml

clean:  ## remove what make and the tests made
	rm -rf $(VENV) .hypothesis .pytest_cache .ruff_cache
