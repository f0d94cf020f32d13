# The two commands are `make run` and `make test`; the rest stands beside them.
PYTHON ?= python3
PY_TAG := $(shell $(PYTHON) -c 'import sys; print("py%d%d" % sys.version_info[:2])')
BIN := .venv/bin

.PHONY: run test setup setup-dev lint unit browser soak bench docs clean

run: setup
	$(BIN)/attune serve --demo

test: setup-dev
	$(BIN)/python -m tests.run_all

setup: .venv/.runtime-$(PY_TAG)
setup-dev: .venv/.dev-$(PY_TAG)

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runtime-$(PY_TAG): requirements/$(PY_TAG).txt pyproject.toml | .venv/bin/python
	@test -f requirements/$(PY_TAG).txt || { echo "Attune has no locked requirements for $(PY_TAG): use Python 3.11 or 3.13 (make PYTHON=python3.11 run)." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(PY_TAG).txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv/.dev-$(PY_TAG): requirements/$(PY_TAG)-dev.txt .venv/.runtime-$(PY_TAG)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(PY_TAG)-dev.txt
	touch $@
