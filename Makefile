SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
SERVE ?= 1
PORT ?= 8000
DEMO := var/demo
# the demo keeps to itself: its own folder, with its own database, queue, key and copy of the samples
IN_DEMO := mkdir -p $(DEMO) && cd $(DEMO) && env -u CONNECTOR_DATABASE_URL -u CONNECTOR_QUEUE_URL \
	-u CONNECTOR_MASTER_KEY -u CONNECTOR_MASTER_KEY_FILE -u CONNECTOR_ERASURE_LOG

.DEFAULT_GOAL := help
.PHONY: help demo test test-long lint eval bench docs clean

help:  ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/installed: pyproject.toml
	@echo "Making .venv (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[insights]'
	@touch $@

.venv/installed-dev: .venv/installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev,browser,insights]'
	@touch $@

demo: .venv/installed  ## score sample conversations, fill the reports, open the pages on port 8000 (SERVE=0: do not open)
	@$(IN_DEMO) ../../$(BIN)/python -m connector.demo
ifneq ($(SERVE),0)
	@$(IN_DEMO) ../../$(BIN)/python -m connector up --port $(PORT)
endif

test: .venv/installed-dev  ## run the tests
	@$(BIN)/python -m pytest -n auto

test-long: .venv/installed-dev  ## run the long proofs as well; may take hours
	@KILLS=$${KILLS:-100} $(BIN)/python -m pytest --run-long

lint: .venv/installed-dev  ## style, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .import_linter_cache

eval: .venv/installed-dev  ## how good the scores are, on the folder that EMPATHY_DATA names
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[train]'
	@$(BIN)/python scripts/eval.py

BENCHES := "bench_reports.py --conversations 100000" "bench_intake.py" "bench_backfill.py --tickets 6000" \
	"bench_limits.py --zendesk 5000 --hubspot 600" "bench_footprint.py --without-install" "soak.py --minutes 1"

bench: .venv/installed-dev  ## how fast it is and what it carries, in short; docs/runbook.md has the long forms
	@missed=0; $(BIN)/python scripts/bench.py || missed=1; for each in $(BENCHES); do \
		echo "== $$each"; PYTHONPATH=. $(BIN)/python scripts/$$each || missed=1; done; exit $$missed

docs: .venv/installed-dev  ## write the command help into the README
	@$(BIN)/cog -r README.md

clean:  ## remove the environment and the demo
	rm -rf .venv var/demo
