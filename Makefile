# `make` alone explains the commands. The virtual environment is .venv; nothing is installed outside it but
# Debian packages, and those only when you are root.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
PORT   ?= 8000
WORK   ?= build/recogniser
CORPUS ?=
# What the tests use besides Python: a browser with a font, the synthesiser of the sample show, and a virtual microphone.
SYSTEM_PACKAGES := chromium flite fonts-dejavu-core libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench serve clean system recogniser recogniser-smoke

help: ## say what there is
	@echo "Secure Love Companion"
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.ready ## set everything up, take in the sample show, open the site on it (SERVE=0: stop before the site; PORT=8000)
	$(BIN)/companion --home .demo demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

test: system $(VENV)/.ready lint ## set everything up and run all checks
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.ready ## format, style, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready ## measure speed, memory and quality beside named peers, and print the tables
	$(BIN)/python -m benchmarks

recogniser: system $(VENV)/.training ## make the bundled recogniser anew, from nothing: hours (CORPUS="folders with further sentences", WORK=build/recogniser)
	$(BIN)/python -m training.recogniser all-steps --work $(WORK) --out $(WORK)/model --corpus $(CORPUS)

recogniser-smoke: system $(VENV)/.training ## run each step of that on a few sentences: minutes
	$(BIN)/python -m pytest -q tests/integration/test_training_smoke.py

serve: $(VENV)/.ready ## the site on the library in .demo (PORT=8000)
	COMPANION_SHOW_SUGGESTIONS=yes $(BIN)/companion --home .demo serve --port $(PORT)

clean: ## remove what these commands made (.venv, .demo, caches)
	rm -rf $(VENV) .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (make PYTHON=python3.12 …)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory system SYSTEM_PACKAGES=python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev,benchmarks]'
	@touch $@

# What training needs comes to a gigabyte and more, so only the commands for it install it.
$(VENV)/.training: $(VENV)/.ready
	$(BIN)/pip install --quiet --editable '.[training]'
	@touch $@

# As root on Debian the missing packages are installed; elsewhere they are named, and the tests that need them are
# reported as skipped.
system:
	@missing=$$(for p in $(SYSTEM_PACKAGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing" $$missing; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
	  echo "Missing:" $$missing; echo "Install them to run every test; the tests that need them are skipped by name."; \
	fi
