# The workshop. `make` alone says what there is to do.
#
# PYTHON=python3.13 chooses the interpreter; VENV=… another folder for the virtual environment.
# `make demo` and `make install` need no more than git, make and Python; .ci/run is what CI runs.

SHELL := /bin/bash
VENV ?= .venv
PYTHON ?=
ARGS ?=

# Not exported: what looks for a Python must not find the one it is about to replace.
WITH_VENV := PATH="$(abspath $(VENV))/bin:$$PATH"

# Nothing that is made here asks a DNS: a test that wants one has its own.
export PUBLIPOSTAGE_DNS := off

.DEFAULT_GOAL := help
.PHONY: help demo test quick mutants coverage check check-elsewhere size crash crash-many crash-page bench bench-mail bench-many bench-page bench-print bench-large proof-print install uninstall dist catalogue reference editor screenshots pins clean

help: ## this list
	@echo 'publipostage: one letter, a spreadsheet of towns, each mayor gets a personal copy.'
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.demo ## a whole campaign on this computer, in build/demo; nothing leaves it
	@$(WITH_VENV) .ci/demo

# More workers than cores (tests/conftest.py), a file at a time: what a module's fixtures make is
# made once. The long ones come first. Bytecode is kept, whatever the environment says: to rewrite
# the tests' assertions takes longer than to collect them.
PYTEST := PYTHONDONTWRITEBYTECODE= python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/.check ## every test (ARGS="-k ledger" chooses some)
	@$(WITH_VENV) $(PYTEST) $(ARGS)

quick: $(VENV)/.check ## the tests of the pure rooms alone: twenty seconds
	@$(WITH_VENV) $(PYTEST) --quick $(ARGS)

mutants: $(VENV)/.check ## seed 300 faults, one after the other: a test fails of each (ARGS='claims: --hints' chooses)
	@$(WITH_VENV) python -m tests.mutants $(ARGS)

coverage: $(VENV)/.check ## the same, nearly twice as long, and which lines no test runs
	@$(WITH_VENV) $(PYTEST) --cov --cov-report=term $(ARGS)

check: $(VENV)/.check ## format, lint, layers, types, size, shell scripts; changes nothing
	@$(WITH_VENV) ruff format --check .
	@$(WITH_VENV) ruff check .
	@$(WITH_VENV) lint-imports --no-cache
	@$(WITH_VENV) mypy
	@$(WITH_VENV) python .ci/size.py >/dev/null
	@$(WITH_VENV) shellcheck -x .ci/say .ci/python .ci/system .ci/venv .ci/demo .ci/run .ci/pins .ci/peers .ci/editor

size: $(VENV)/.check ## how large the house is, and how large it may be (ARGS=--write lowers docs/size.toml)
	@$(WITH_VENV) python .ci/size.py $(ARGS)

# What only these systems reach, or never do, is no fault there.
ELSEWHERE := mypy --no-warn-unreachable

check-elsewhere: $(VENV)/.check ## the types on Windows and macOS, and a wheel of each library: nobody here has them
	@$(WITH_VENV) $(ELSEWHERE) --platform win32 --cache-dir .mypy_cache/win32 merge
	@$(WITH_VENV) $(ELSEWHERE) --platform darwin --cache-dir .mypy_cache/darwin merge
	@$(WITH_VENV) python .ci/platforms.py

crash: $(VENV)/.check ## 3,000 letters, 30 kills, a server that drops lines: nobody gets two (ARGS=--tokens: signed in)
	@$(WITH_VENV) python -m tests.promises.crash $(ARGS)

crash-many: $(VENV)/.check ## 20,000 letters from 4 machines and a PostgreSQL server that is killed, too (wants Debian's postgresql)
	@$(WITH_VENV) python -m tests.promises.crash.many $(ARGS)

crash-page: $(VENV)/.check ## 1,500 letters by the page; its server, browser and job are killed 20 times at random
	@$(WITH_VENV) python -m tests.promises.crash.page $(ARGS)

bench: $(VENV)/.bench ## how fast: sending, printing, lists of 300 and of France, rendering
	@$(WITH_VENV) python -m tests.bench $(ARGS)

bench-mail: $(VENV)/.bench ## what sending costs, beside mailmerge and yagmail (wants Debian's postfix)
	@$(WITH_VENV) python -m tests.bench.mail $(ARGS)

bench-many: $(VENV)/.bench ## what sending costs on a PostgreSQL server, from 1, 2 and 4 machines (wants Debian's postfix and postgresql)
	@$(WITH_VENV) python -m tests.bench.many $(ARGS)

bench-large: $(VENV)/.bench ## what a list of a million costs, on files and on a server (ARGS="--on files"; wants both, too)
	@$(WITH_VENV) python -m tests.bench.large $(ARGS)

bench-page: $(VENV)/.check ## how fast the page answers with 34,969 recipients and a sending at work
	@$(WITH_VENV) python -m tests.bench.page $(ARGS)

proof-print: $(VENV)/.check ## all templates that are hard to set fast, beside WeasyPrint by itself
	@$(WITH_VENV) EVERY=1 $(PYTEST) tests/rooms/paper/test_press_proof.py $(ARGS)

bench-print: $(VENV)/.check build/peers/.ready ## letters as PDF, beside Typst, Chromium and others in turns
	@$(WITH_VENV) python -m tests.bench.printing $(ARGS)

install: ## put `publipostage` on your PATH, with pipx, and into your desktop's menu
	@command -v pipx >/dev/null || { \
	    . .ci/say; \
	    say 'pipx manque. Tapez :' 'pipx is missing. Type:' >&2; \
	    echo '    sudo apt-get install pipx && pipx ensurepath && make install' >&2; exit 3; }
	@.ci/system "$$(PYTHON=$(PYTHON) .ci/python)" .ci/apt-program
	@pipx install --force --python "$$(PYTHON=$(PYTHON) .ci/python)" \
	    --pip-args='--constraint .ci/constraints.txt' .
	@"$$(PYTHON=$(PYTHON) .ci/python)" .ci/desktop.py install \
	    "$$(pipx environment --value PIPX_BIN_DIR)/publipostage"

uninstall: ## take both away again; campaigns and passwords stay
	@"$$(PYTHON=$(PYTHON) .ci/python)" .ci/desktop.py remove
	@if pipx list --short | grep -q '^publipostage '; then pipx uninstall publipostage; fi

dist: $(VENV)/.check ## build the wheel and a zip for Windows, in dist/ (fetches uv's own wheel)
	@$(WITH_VENV) python .ci/dist.py

catalogue: $(VENV)/.check ## take new sentences into the French catalogue, and compile it
	@$(WITH_VENV) python .ci/catalogue.py

reference: $(VENV)/.check ## write the tables of docs/reference.md again, from the program itself
	@$(WITH_VENV) python .ci/reference.py

editor: ## bundle the letter's editor (merge/web/editor) for the page; wants Node
	@.ci/editor

screenshots: $(VENV)/.check ## take the pictures of the page in docs/page/ again (wants Debian's chromium)
	@$(WITH_VENV) python .ci/screenshots.py

pins: ## write .ci/constraints.txt again: the newest libraries that pyproject.toml allows
	@.ci/pins

clean: ## remove what the tools made: the virtual environment, build/, caches
	@rm -rf build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache $(VENV)
	@find merge tests .ci -name __pycache__ -prune -exec rm -rf {} +

# The libraries of those that `make bench-print` compares with, away from ours.
build/peers/.ready: tests/bench/peers/requirements.txt
	@.ci/peers build/peers $< && touch $@

# A stamp in the environment says which extra it has; it is older than what decides that.
$(VENV)/.demo $(VENV)/.check $(VENV)/.bench: $(VENV)/.%: pyproject.toml .ci/constraints.txt .ci/apt-program
	@python=$$(PYTHON=$(PYTHON) .ci/python) && \
	    .ci/system "$$python" .ci/apt-program && \
	    .ci/venv "$$python" $(VENV) $* && \
	    touch $@
