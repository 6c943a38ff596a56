# `make` lists what there is to do: every target with ## behind it.
# Nothing outside this folder is touched; PYTHON=… picks the interpreter for .venv.

VENV := .venv
BIN := $(VENV)/bin
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14
# More than there are processors: many tests wait for other processes most of their time. A
# file stays with one worker, so that what its tests share is started once.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2))))
SPREAD := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
ARGS ?=
KILLS ?= 500

# What was installed is remembered by the sum of the lock and of this folder's name, so
# that neither a pull nor a move of the checkout leaves an old environment behind.
RUN_READY := $(VENV)/.run-$(shell { pwd; cat requirements.lock Makefile; } | cksum | tr -d ' ')
DEV_READY := $(VENV)/.dev-$(shell { pwd; cat requirements-dev.lock Makefile; } | cksum | tr -d ' ')
NODE_READY := tests/e2e/node_modules/.package-lock.json

SUITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
UV_PIP := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-strip-extras --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev run demo serve check test torture format lint types fmt contract client bench packs lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: $(RUN_READY) ## put what running needs into .venv

install-dev: $(DEV_READY) ## put what tests and checks need into .venv

run: install ## install, show one whole run, then serve and print the address to open
	@$(BIN)/firstcommit demo
	@$(BIN)/firstcommit serve

demo: install ## make one repository from one comment, and end
	@$(BIN)/firstcommit demo

serve: install ## serve pages, webhooks and workers on this machine
	@$(BIN)/firstcommit serve

check: format lint types test ## everything that CI demands

test: install-dev $(NODE_READY) ## install and run every test; ARGS="-k door" picks some
	@$(BIN)/python -m pytest $(SPREAD) $(ARGS)

torture: install-dev ## kill workers 500 times at random moments; KILLS=… sets how often
	@TORTURE_KILLS=$(KILLS) $(BIN)/python -m pytest -n $(WORKERS) -q tests/torture $(ARGS)

format: install-dev ## tell which files are not formatted
	@$(BIN)/python -m ruff format --check --quiet . || { echo "Run 'make fmt'."; exit 1; }

lint: install-dev ## look for mistakes and bad habits
	@$(BIN)/python -m ruff check --quiet .

types: install-dev ## check the types of bot/
	@$(BIN)/python -m mypy

fmt: install-dev ## format, and mend what can be mended without thinking
	@$(BIN)/python -m ruff check --quiet --fix . ; $(BIN)/python -m ruff format --quiet .

contract: install-dev ## hold the API to its description for long; ARGS="--examples 500 --seed 7"
	@$(BIN)/python -m tests.e2e.contract $(ARGS)

client: install-dev ## write static/api.js and docs/api-reference.md anew, from the operations
	@$(BIN)/python -m bot.web.api.client > $(VENV)/api.js && mv $(VENV)/api.js bot/web/static/api.js
	@$(BIN)/python -m bot.web.api.tables > $(VENV)/api.md && mv $(VENV)/api.md docs/api-reference.md

tapes: install-dev ## record the run anew that tests of prompts play: after a prompt was changed
	@$(BIN)/python -m tests.tapes.sdlc > /dev/null

bench: install-dev ## print how we compare with bare loops; ARGS="door store" picks some
	@$(BIN)/python -m tests.bench $(ARGS)

packs: install-dev $(NODE_READY) ## prove the packs by their own tools; ARGS="python-cli" picks some
	@$(BIN)/python -m tests.packs $(ARGS)

# Packs share what we use ourselves in the version that we use: `make test` checks them with it.
lock: install-dev ## write all lock files anew; UPGRADE=--upgrade takes newer versions
	@$(LOCK) $(UPGRADE) pyproject.toml --extra templates -o requirements.lock
	@$(LOCK) $(UPGRADE) pyproject.toml --extra templates --group dev -c requirements.lock -o requirements-dev.lock
	@for wanted in $$(find templates/packs -name python.in); do \
	  $(LOCK) $(UPGRADE) --no-annotate $$wanted -c requirements-dev.lock -o $${wanted%.in}.lock || exit 1; \
	done
	@for wanted in templates/packs/*/toolchain/runtime.in; do \
	  $(LOCK) $(UPGRADE) --no-annotate $$wanted -c $${wanted%/*}/python.lock \
	    -o "$${wanted%/toolchain/*}/files/requirements.txt" || exit 1; \
	done
	@for wanted in $$(find templates/packs -path '*toolchain*/package.json' -not -path '*/node_modules/*'); do \
	  (cd $$(dirname $$wanted) && npm install --package-lock-only --ignore-scripts --no-audit --no-fund \
	    --omit-lockfile-registry-resolved --loglevel=error) || exit 1; \
	done

clean: ## remove .venv, packages of Node and every cache
	@rm -rf $(VENV) tests/e2e/node_modules dist build
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for python in $(PYTHONS); do \
	  if $$python -c '$(SUITS)' >/dev/null 2>&1; then \
	    echo "Making $(VENV) with $$($$python --version)"; \
	    exec $$python -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "No Python 3.11 or newer with venv was found. Install one (Debian, Ubuntu:" >&2; \
	echo "'apt install python3 python3-venv') or name yours: 'make install PYTHON=/path/to/python3'." >&2; \
	exit 1

# uv is quick, pip is what every Python has. uv's own hashes stand in the second lock.
$(RUN_READY): | $(BIN)/python
	@echo "Installing what running needs"
	@test -x $(BIN)/uv \
	  || { awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements-dev.lock > $(VENV)/uv.txt \
	       && $(PIP) --require-hashes -r $(VENV)/uv.txt; } \
	  || echo "uv is not to be had here; pip takes a little longer"
	@{ test -x $(BIN)/uv && $(UV_PIP) --require-hashes -r requirements.lock; } \
	  || $(PIP) --require-hashes -r requirements.lock
	@$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > $(VENV)/site.txt
	@echo '$(CURDIR)' > "$$(cat $(VENV)/site.txt)/firstcommit.pth"
	@printf '%s\n' '#!/bin/sh' "'''exec' \"$(CURDIR)/$(BIN)/python\" \"\$$0\" \"\$$@\"" "' '''" \
	  'import sys' 'from bot.cli import main' 'sys.exit(main())' > $(BIN)/firstcommit
	@chmod +x $(BIN)/firstcommit
	@rm -f $(VENV)/.run-* && touch $@

$(DEV_READY): $(RUN_READY) requirements-dev.lock
	@echo "Installing what tests and checks need"
	@{ test -x $(BIN)/uv && $(UV_PIP) --require-hashes -r requirements-dev.lock; } \
	  || $(PIP) --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/.dev-* && touch $@

# Without npm, or without a network, the tests that need the emulated GitHub are skipped.
$(NODE_READY): tests/e2e/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
	  echo "Installing the GitHub that end-to-end tests talk to"; \
	  (cd tests/e2e && npm ci --loglevel=error --no-progress --fetch-retries=1 >/dev/null && touch ../../$@) \
	    || echo "npm could not install it: tests that need it are skipped"; \
	else \
	  echo "npm is absent: tests that need the emulated GitHub are skipped"; \
	fi
