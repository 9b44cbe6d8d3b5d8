# Works with GNU make 3.81 (macOS) and newer. `make` alone says what there is.

PYTHON ?= python3
ARGS ?=

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

# What is installed, and when: each stamp is older than its list as soon as the list changes.
APP := $(VENV)/installed-app
TESTS := $(VENV)/installed-tests

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-slow test-long bench thumbnails lint format browser clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "PYTHON=python3.12 chooses an interpreter, ARGS=... is passed on to Streamlit, pytest or the benchmarks."

run: $(APP) ## Start the app (the first time, install it)
	@STREAMLIT_SERVER_SHOW_EMAIL_PROMPT=false $(PY) -m streamlit run app.py $(ARGS)

# Two workers, each with half of the files in their order, so that what tests share is trained once; who is done helps.
WORKERS := -n 2 --dist worksteal

# A browser that shares two cores with another one may be late: what failed beside it has to pass alone.
ALONE = $(PY) -m pytest -m "not long" --last-failed tests/browser $(ARGS)
# pytest's status 5: no test has the name that was asked for, which is no failure of this half
test: lint browser ## Lint, types and all tests: what CI runs
	@$(PY) -m pytest -m "not long" $(WORKERS) --ignore tests/browser $(ARGS) || [ $$? -eq 5 ]
	@$(PY) -m pytest -m "not long" $(WORKERS) tests/browser $(ARGS) || [ $$? -eq 5 ] || $(ALONE)

test-slow: $(TESTS) browser ## Only the tests that train for seconds
	@$(PY) -m pytest -m slow $(ARGS)

test-long: $(TESTS) ## What make test leaves out: all seeds, all presets, in full length
	@$(PY) -m pytest -m "slow or long" $(WORKERS) --ignore tests/browser $(ARGS)

bench: $(TESTS) ## Measure what is fast, as ratios within one run
	@$(PY) -m benchmarks $(ARGS)

thumbnails: $(APP) ## Train every preset and record its picture for the home page
	@$(PY) -m playground.ui.thumbnails

lint: $(TESTS) ## Style, formatting and types
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet . || { echo "These files are not formatted: make format"; $(PY) -m ruff format --check . | sed -n 's/^ *--> \([^:]*\).*/  \1/p'; exit 1; }
	@$(PY) -m mypy --no-error-summary

format: $(TESTS) ## Format all files and repair what can be repaired
	@$(PY) -m ruff check --quiet --fix .
	@$(PY) -m ruff format --quiet .

browser: $(TESTS)
	@$(PY) tests/browser/find_browser.py --install

clean: ## Remove the virtual environment and everything that was built
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c "" 2>/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) -V). Name another one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(APP): requirements.txt | $(PY)
	@echo "Installing the app (several hundred MB the first time)"
	@$(PIP) install -r requirements.txt
	@touch $@

$(TESTS): requirements-test.txt requirements.txt | $(PY)
	@echo "Installing the app and its tests (several hundred MB the first time)"
	@$(PIP) install -r requirements-test.txt
	@touch $(APP) $@
