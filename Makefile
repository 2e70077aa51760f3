# `make` alone lists what there is.
PYTHON ?= python3
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
VENV := $(ROOT)/.venv
BIN := $(VENV)/bin
SOURCES := sca_lms tests migrations benchmarks scripts

.DEFAULT_GOAL := help
# Where the two databases differ: constraints, locks, triggers, races, migrations.
ON_POSTGRESQL := tests/test_database.py tests/test_schema.py tests/test_storm.py tests/lti/test_counter.py \
	tests/attendance/test_crediting.py tests/attendance/test_check_in.py \
	tests/assessments/test_attempt_races.py tests/assessments/test_bank_races.py tests/assessments/test_bank_import.py \
	tests/assignments/test_writing.py tests/marking/test_operations.py tests/modules/test_operations.py \
	tests/gradebook/test_operations.py tests/calendar/test_operations.py tests/calendar/test_races.py \
	tests/mentoring/test_booking.py tests/mentoring/test_booking_races.py tests/mentoring/test_reports.py \
	tests/projects/test_operations.py tests/updates/test_series.py tests/inbox tests/guidance/test_snapshots.py \
	tests/privacy/test_erasing.py tests/privacy/test_exporting.py
# The door in every browser's way, and one whole story.
IN_CHROMIUM := tests/browser/test_ladder.py

.PHONY: help demo lint test test-postgresql test-browser test-interop check check-quickly fix translate lock screenshots bench clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

# The stamp names the lock's content, so nothing is asked of the network when nothing has changed.
$(VENV)/run.stamp: $(ROOT)/requirements.lock $(ROOT)/setup.cfg $(ROOT)/pyproject.toml
	@$(ROOT)/scripts/environment "$(PYTHON)" "$(VENV)" requirements.lock
	@touch $@

$(VENV)/dev.stamp: $(ROOT)/requirements-dev.lock $(VENV)/run.stamp
	@$(ROOT)/scripts/environment "$(PYTHON)" "$(VENV)" requirements-dev.lock
	@touch $@

demo: $(VENV)/run.stamp ## Start the tool and a pretend LMS with the sample programme; prints one URL
	@cd $(ROOT) && exec $(BIN)/sca-lms demo $(ARGS)

test: $(VENV)/dev.stamp ## Run the tests on the embedded database
	@cd $(ROOT) && $(BIN)/pytest -n auto --dist worksteal -m "not browser and not interop" $(ARGS)

test-postgresql: $(VENV)/dev.stamp ## Run the same tests on a throw-away PostgreSQL
	@cd $(ROOT) && SCA_LMS_TEST_DATABASE=postgresql $(BIN)/pytest -n auto --dist worksteal -m "not browser and not interop" $(ARGS)

test-browser: $(VENV)/dev.stamp ## Drive real Chromium
	@cd $(ROOT) && $(BIN)/pytest -m browser $(ARGS)

test-interop: $(VENV)/dev.stamp ## Run against platform code from PyPI
	@cd $(ROOT) && $(BIN)/pytest -m interop $(ARGS)

lint: $(VENV)/dev.stamp ## Ruff, mypy, import contracts, templates, translations
	@cd $(ROOT) && $(BIN)/ruff format --check $(SOURCES) && $(BIN)/ruff check $(SOURCES)
	@cd $(ROOT) && $(BIN)/mypy sca_lms tests benchmarks
	@cd $(ROOT) && $(BIN)/lint-imports
	@cd $(ROOT) && $(BIN)/djlint sca_lms --lint --quiet
	@cd $(ROOT) && $(BIN)/python -m sca_lms.web.translate --check

check-quickly: lint test ## What continuous integration has the time for: all but the slow halves of PostgreSQL and the browser
	@$(MAKE) --no-print-directory test-postgresql ARGS="$(ON_POSTGRESQL)"
	@$(MAKE) --no-print-directory test-interop
	@$(MAKE) --no-print-directory test-browser ARGS="$(IN_CHROMIUM)"

check: lint test test-postgresql test-interop test-browser ## Everything: lint, types, contracts, both databases, browser

fix: $(VENV)/dev.stamp ## Format and mend what can be mended by machine
	@cd $(ROOT) && $(BIN)/ruff format $(SOURCES) && $(BIN)/ruff check --fix $(SOURCES)

translate: $(VENV)/dev.stamp ## Collect the texts, update and compile the Thai catalogues
	@cd $(ROOT) && $(BIN)/python -m sca_lms.web.translate

lock: $(VENV)/dev.stamp ## Resolve every dependency anew, with hashes
	@cd $(ROOT) && $(BIN)/python scripts/lock.py

screenshots: $(VENV)/dev.stamp ## Take the pictures of the documentation anew
	@cd $(ROOT) && $(BIN)/python -m scripts.screenshots $(ARGS)

bench: $(VENV)/dev.stamp ## Measure launches against other tools; prints figures
	@cd $(ROOT) && $(BIN)/python -m benchmarks.launch $(ARGS)

clean: ## Remove the environment and everything generated
	rm -rf $(VENV) $(ROOT)/build $(ROOT)/*.egg-info $(ROOT)/.mypy_cache $(ROOT)/.ruff_cache $(ROOT)/.hypothesis
