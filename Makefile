# On a fresh Debian machine every target first sets up what it needs; a second call finds it done.
#   make run              the app on http://127.0.0.1:7860      (ARGS="--port 8000" adds options)
#   make test             everything the tests need, and the tests
#   make test-full        the long runs too, and random examples for the properties
#   make lint bench
# WORKERS=N runs the tests in N processes.
# TORCH_INDEX=URL takes PyTorch from that package index, for example the smaller build without CUDA.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
BIN := .venv/bin
SOURCES := $(shell find model annotation/taxonomy.py annotation/labels.py -name '*.py' 2>/dev/null)
DESK := tests/studio/review/desk
TOOLS := $(DESK)/node_modules/.package-lock.json
READERS := .venv/readers/.done
# One more than cores, at most 8: tests in a browser wait a quarter of their time.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 8 ? n + 1 : 8)))
BENCHES := $(subst /,.,$(basename $(wildcard tests/bench/[a-z]*.py)))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: run test test-full lint lint-desk bench
.DELETE_ON_ERROR:

run: .venv/.run .venv/.warm
	$(BIN)/python app.py $(ARGS)

test: .venv/.test .venv/.warm $(TOOLS) $(READERS)
	$(BIN)/python -m pytest -m "not slow" --hypothesis-profile=same -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-full: .venv/.test .venv/.warm $(TOOLS) $(READERS)
	$(BIN)/python -m pytest --hypothesis-profile=search $(ARGS)

lint: .venv/.test lint-desk
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-desk: $(TOOLS)
	$(BIN)/node $(DESK)/node_modules/typescript/bin/tsc -p $(DESK)
	$(BIN)/node $(DESK)/node_modules/eslint/bin/eslint.js -c $(DESK)/eslint.config.js studio/review/desk studio/record/booth $(DESK)

bench: .venv/.run .venv/.warm
	for bench in $(BENCHES); do $(BIN)/python -m $$bench $(ARGS) || exit 1; done

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call debian,python3 python3-venv); }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	  || { echo "Python 3.11 or 3.12 is needed, and $(PYTHON) is another: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: requirements.txt packages.txt | $(BIN)/python
	@$(call debian,$(shell cat packages.txt))
	$(BIN)/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$(shell grep '^torch==' requirements.txt)"
	$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

.venv/.test: requirements-dev.txt .venv/.run
	@$(call debian,chromium-headless-shell postgresql,$(no_cluster))
	$(BIN)/pip install --quiet -r requirements-dev.txt
	@touch $@

# What reads the exports as others do.
$(READERS): requirements-readers.txt | $(BIN)/python
	$(PYTHON) -m venv .venv/readers
	.venv/readers/bin/pip install --quiet -r requirements-readers.txt
	@touch $@

# What checks the review desk's modules.
$(TOOLS): $(DESK)/package-lock.json .venv/.test
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $(DESK) --no-audit --no-fund --loglevel=error
	@touch $@

# The compiled kernels are kept beside their sources: nothing is compiled in front of a user. A kept kernel knows only
# its own file, and not what it calls in another: all are made anew when any source has changed.
.venv/.warm: $(SOURCES) .venv/.run
	find model -name '*.nb[ci]' -delete
	$(BIN)/python -m model warm
	@touch $@

# Debian's server would make a database of its own and run it: the tests start theirs, for as long as they last.
CLUSTERS := /etc/postgresql-common/createcluster.d
define no_cluster
trap "$$sudo rm -f $(CLUSTERS)/interanimate.conf" EXIT; \
$$sudo mkdir -p $(CLUSTERS); echo "create_main_cluster = false" | $$sudo tee $(CLUSTERS)/interanimate.conf >/dev/null
endef

# $(call debian,PACKAGES,BEFORE): install what is missing where that is allowed, else name it in one line.
# The shell command BEFORE runs first, where something is missing.
define debian
command -v dpkg-query >/dev/null || exit 0; \
missing=; for p in $(1); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
test -z "$$missing" && exit 0; \
if test "$$(id -u)" = 0; then sudo=; elif sudo -n true 2>/dev/null; then sudo=sudo; \
else echo "Missing Debian packages; install them with: sudo apt-get install$$missing" >&2; exit 1; fi; \
$(if $(2),$(2);) \
$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef
