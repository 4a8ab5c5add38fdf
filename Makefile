# Every target makes what it needs first: the virtual environment .venv, then the packages of its group, at the
# versions in constraints.txt. The stamp files in .venv say what is installed; changing pyproject.toml or
# constraints.txt makes them old. The stamps form one chain, so that `make -j` never runs two pips at once.

VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
ARGS ?=
PIP := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check -c constraints.txt
DESCRIBED := pyproject.toml constraints.txt

# Two tests at a time, one thread each: more threads than cores makes small models slower, not faster.
TEST_ENV := OMP_NUM_THREADS=1 JUPYTER_PLATFORM_DIRS=1
# Stored outputs are the CPU's. The rows that a chapter records go to a copy of the scoreboard.
NOTEBOOK_ENV := $(TEST_ENV) CUDA_VISIBLE_DEVICES= TQDM_DISABLE=1 GPTLAB_SCOREBOARD="$(CURDIR)/build/scoreboard.json"

.DEFAULT_GOAL := help
.PHONY: help train lab book pdf slides test notebooks exercises bench gpu lint chromium constraints clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

train: $(VENV)/.stamp-base ## Train a GPT on the Wikipedia sample and let it write (ARGS: options of gptlab train)
	@$(BIN)/gptlab train $(ARGS)
	@$(BIN)/gptlab generate

lab: $(VENV)/.stamp-lab ## Open the chapters in JupyterLab
	@$(BIN)/jupyter lab

book: $(VENV)/.stamp-book ## Build the book into build/ (no internet needed once installed)
	@$(BIN)/python -m gptlab.authoring.book $(ARGS)

pdf: $(VENV)/.stamp-test chromium ## Print the whole book to build/book.pdf (ARGS: parts of page names, such as 17)
	@$(BIN)/python -m gptlab.authoring.pdf $(ARGS)

slides: $(VENV)/.stamp-book ## Make slides from chapters into build/slides/ (ARGS: numbers of chapters, such as 17)
	@$(BIN)/python -m gptlab.authoring.slides $(ARGS)

test: $(VENV)/.stamp-test chromium ## Check everything: style, types, library, notebooks, exercises, book, browser
	@$(MAKE) --no-print-directory lint
	@echo "== exercises are what solutions/ gives"
	@$(BIN)/python -m gptlab.authoring.exercises --check
	@echo "== library, exercises, book, browser"
	@$(TEST_ENV) $(BIN)/python -m pytest tests -q -n $(JOBS) --dist loadscope
	@echo "== notebooks: run, and compared with what is stored"
	@mkdir -p build && cp book/scoreboard.json build/scoreboard.json
	@$(NOTEBOOK_ENV) $(BIN)/python -m pytest chapters exercises solutions -q -n $(JOBS) --dist loadscope \
		--nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg

notebooks: $(VENV)/.stamp-test ## Run every notebook again and store its outputs
	@$(BIN)/python -m gptlab.authoring.notebooks $(ARGS)
	@$(BIN)/python -m gptlab.authoring.exercises
	@$(BIN)/python -m gptlab.authoring.readme

exercises: $(VENV)/.stamp-lab ## Write exercises/ from solutions/
	@$(BIN)/python -m gptlab.authoring.exercises $(ARGS)

bench: $(VENV)/.stamp-test ## Measure what is claimed to be fast or good; results go to benchmarks/results/ (ARGS: one script)
	@for script in $(or $(ARGS),$(filter-out benchmarks/common.py benchmarks/gpu.py,$(sort $(wildcard benchmarks/*.py)))); do \
		echo "== $$script"; $(BIN)/python "$$script" || exit 1; \
	done

gpu: $(VENV)/.stamp-test ## Run every chapter in its GPU profile, and measure training and writing there (ARGS: see the script)
	@$(BIN)/python benchmarks/gpu.py $(ARGS)

lint: $(VENV)/.stamp-test ## Check style, types, spelling and prose only
	@echo "== style and types"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted as agreed; run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m gptlab.authoring.prose

chromium: $(VENV)/.stamp-test ## Find a Chromium for the browser tests, or install one
	@sh tests/chromium.sh $(BIN)/python

# uv resolves for every Python and system at once; what torch itself pins (CUDA, Triton) is left to torch.
constraints: | $(BIN)/python ## Write constraints.txt anew from pyproject.toml, newest versions, torch as it is
	@$(BIN)/python -m pip install -qq --no-input --disable-pip-version-check uv
	@mkdir -p build && grep '^torch==' constraints.txt > build/torch.txt
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --fork-strategy fewest --python-version 3.11 \
		--constraint build/torch.txt --no-header --no-annotate --no-emit-index-url --quiet > build/resolved.txt
	@{ sed -n '/^#/p' constraints.txt; grep -Ev "^(nvidia|cuda|triton)|sys_platform == 'emscripten'" build/resolved.txt; } \
		> build/constraints.txt && mv build/constraints.txt constraints.txt
	@echo "constraints.txt written; now: make test"

clean: ## Remove .venv and everything built; trained models in runs/ stay
	rm -rf $(VENV) build dist gptlab.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .nbval
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A Python between 3.11 and 3.13, the tested ones, is looked for first; then any newer one.
$(BIN)/python:
	@for p in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python); do \
		"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
			2>/dev/null && { found=$$p; break; }; \
	done; \
	if [ -z "$$found" ]; then for p in $(or $(PYTHON),python3 python3.14); do \
		"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
			{ found=$$p; break; }; \
	done; fi; \
	if [ -z "$$found" ]; then \
		echo "$(or $(PYTHON),python3) is $$($(or $(PYTHON),python3) --version 2>&1); needed: Python 3.11, 3.12 or 3.13" \
			"with its venv module (Debian and Ubuntu: the package python3-venv)." \
			"Install one, or name one: make PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	echo "== making .venv with $$("$$found" --version) ($$found)"; \
	"$$found" -m venv --clear $(VENV)

$(VENV)/.stamp-base: $(DESCRIBED) | $(BIN)/python
	@echo "== installing PyTorch and what training needs (about a minute; PyTorch alone can be large)"
	@$(PIP) "$$(grep '^torch==' constraints.txt)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.stamp-lab: $(VENV)/.stamp-base
	@echo "== installing JupyterLab"
	@$(PIP) -e '.[lab]'
	@touch $@

$(VENV)/.stamp-book: $(VENV)/.stamp-lab
	@echo "== installing what builds the book"
	@$(PIP) -e '.[lab,book]'
	@touch $@

$(VENV)/.stamp-test: $(VENV)/.stamp-book
	@echo "== installing what the tests use"
	@$(PIP) -e '.[lab,book,test,bench]'
	@touch $@
