# The two commands are `make run` and `make test`; the others stand beside them.
PYTHON ?= python3
PY_TAG := $(shell $(PYTHON) -c 'import sys; print("py%d%d" % sys.version_info[:2])')
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
BIN := .venv/bin

.PHONY: run test suite setup setup-dev lint style types soak coverage mutation fuzz licences advisories bench bench-extraction bench-planning bench-mood bench-app bench-room bench-clinic bench-scale bench-scanning bench-movement bench-training bench-invariance screenshots clean

run: setup
	@$(BIN)/attune serve --demo || test $$? -eq 130 # Ctrl-C is how it is stopped, and no error

# Types are checked beside the tests: each alone would leave a core idle.
test: setup-dev style
	@$(MAKE) --no-print-directory --jobs 2 types suite

# Three workers on two cores: who drives a browser waits for music and pages more than it computes.
suite: setup-dev
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadgroup -m "not soak"

setup: .venv/.runtime-$(PY_TAG)
setup-dev: .venv/.dev-$(PY_TAG)

lint: style types

style: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r features recommender music_library practice web cli app.py settings.py

types: setup-dev
	$(BIN)/mypy

soak: setup-dev
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m soak --timeout 3000 --durations=0 --durations-min=10

# Which lines of the inner rooms no test runs, and which small change of the rules of safety none notices: each takes about
# ten minutes and fails below its bar.
coverage: setup-dev
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not soak" --cov --cov-report= tests/features tests/recommender tests/music_library tests/practice
	-$(BIN)/coverage combine --quiet --append # what workers wrote that outlived the tests
	$(BIN)/coverage report --skip-covered --show-missing
	$(BIN)/python -m tests.house.covered

mutation: setup-dev
	$(BIN)/python -m tests.house.mutation --out benchmarks/results/mutation.json

# Five minutes for each kind of file; steered by atheris where it is installed, which is in no lock.
fuzz: setup-dev
	$(BIN)/python -m tests.house.fuzz

licences: setup-dev
	$(BIN)/python -m tests.house.licences

# Asks no network: say where a copy of https://github.com/pypa/advisory-database lies.
advisories: setup-dev
	@test -n "$(DB)" || { echo "Say where a copy of the advisory database lies: make $(MAKECMDGOALS) DB=DIR" >&2; exit 1; }
	$(BIN)/python -m tests.house.advisories $(DB)

screenshots: setup-dev
	$(BIN)/attune demo --home .screenshots/home
	$(BIN)/python -m tests.pictures.take .screenshots --home .screenshots/home
	$(BIN)/python -m tests.pictures.room .screenshots

# Rated music and recordings are nobody's to ship: say where yours lie, as in `make bench DATA=DIR MUSIC=DIR`.
bench: bench-extraction bench-mood bench-planning bench-app bench-room bench-clinic bench-scale bench-scanning bench-movement bench-training bench-invariance
	$(BIN)/python -m benchmarks.table

bench-extraction: setup-dev
	$(BIN)/python -m benchmarks.extraction $(if $(MUSIC),--music $(MUSIC))
	$(BIN)/python -m benchmarks.limits_on_renders

bench-mood: setup-dev
	@test -n "$(DATA)" || { echo "Say where the rated music lies: make $(MAKECMDGOALS) DATA=DIR" >&2; exit 1; }
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.train_starter --data $(DATA) --cache .bench/mood --out .bench/mood/model --orchestrations piano,guitar,rock
	$(BIN)/python -m benchmarks.listeners
	$(BIN)/python -m benchmarks.ten_songs --data $(DATA) --cache .bench/mood

bench-scanning: setup-dev
	@test -n "$(MUSIC)" || { echo "Say where a folder of music lies: make $(MAKECMDGOALS) MUSIC=DIR" >&2; exit 1; }
	$(BIN)/python -m benchmarks.scanning --music $(MUSIC)

bench-invariance: setup-dev
	@test -n "$(MUSIC)" || { echo "Say where a folder of music lies: make $(MAKECMDGOALS) MUSIC=DIR" >&2; exit 1; }
	$(BIN)/python -m benchmarks.invariance --music $(MUSIC)

bench-movement: setup-dev
	$(BIN)/python -m benchmarks.movement --work .bench/movement --seed 5

bench-training: setup-dev
	$(BIN)/python -m benchmarks.training_scale --work .bench/training

bench-app: setup-dev
	$(BIN)/python -m benchmarks.app

bench-room: setup-dev
	$(BIN)/python -m benchmarks.room

bench-clinic: setup-dev
	$(BIN)/python -m benchmarks.clinic

bench-scale: setup-dev
	$(BIN)/python -m benchmarks.scale

bench-planning: setup-dev
	$(BIN)/python -m benchmarks.planning $(if $(MUSIC),--music $(MUSIC))

requirements/$(PY_TAG).txt:
	@echo "Attune has locked requirements for Python 3.11 and 3.13, not for $(PY_TAG): say which to use, as in 'make PYTHON=python3.11 $(MAKECMDGOALS)'." >&2; exit 1

.venv/bin/python: | requirements/$(PY_TAG).txt
	$(PYTHON) -m venv .venv

.venv/.runtime-$(PY_TAG): requirements/$(PY_TAG).txt pyproject.toml | .venv/bin/python
	@echo "Installing what Attune needs, once (about two minutes) ..."
	$(PIP) install --require-hashes -r requirements/$(PY_TAG).txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev-$(PY_TAG): requirements/$(PY_TAG)-dev.txt .venv/.runtime-$(PY_TAG)
	@echo "Installing what its tests need, once ..."
	$(PIP) install --require-hashes -r requirements/$(PY_TAG)-dev.txt
	@touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
