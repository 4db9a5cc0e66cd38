# From Gates to Rotations. `make` alone lists the targets; each does all of its own set-up.
#   PYTHON=/path/to/python3.12  another Python than the first one >= 3.11 that is found
#   PORT=8000                   where `make serve` and `make lab` listen (the next free port if taken)
#   CHROME=/path/to/chrome      another browser for the tests than the first one that is found
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
unexport PYTHONPATH PYTHONHOME
export PYTHON PORT CHROME
PY := .venv/bin/python
PORT ?= 8000

.PHONY: help env env-test book serve test look format mutants lab bench clean

help:
	@echo "make serve   build the book and serve it on this computer (PORT=8000)"
	@echo "make test    everything CI runs: unit tests, and the built book in a real browser"
	@echo "make book    build the book into _build/html"
	@echo "make mutants change the code in 150 places, one at a time, and count what the tests notice (an hour or more)"
	@echo "make look    pictures of an explorer, light, dark, 390 px (EXPLORER=rope-rotation)"
	@echo "make format  format and lint the code"
	@echo "make lab     open the chapters as notebooks in JupyterLab"
	@echo "make bench   measure the budgets, each beside its peer"
	@echo "make clean   remove the environment and all that was built"

env:
	@scripts/setup.sh requirements.txt
env-test:
	@scripts/setup.sh requirements-test.txt

book: env
	@$(PY) scripts/book.py

serve: book
	@exec $(PY) scripts/serve.py

lab: env
	@exec $(PY) scripts/lab.py

# The arguments of one run: make test ARGS="tests/test_rope.py -k norm"; only tests of the browser build the book.
test: env-test
	@exec scripts/test.sh $(ARGS)

# What an explorer looks like: make look EXPLORER=rope-rotation
look: env-test
	@$(PY) tests/browser/find_browser.py
	@exec $(PY) scripts/look.py $(EXPLORER)

format: env-test
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet . && .venv/bin/deno fmt --quiet && .venv/bin/deno lint --quiet

# make mutants ARGS="--only views --count 20"; tests/mutants/run.py tells the rest
mutants: env-test
	@$(PY) tests/browser/find_browser.py
	@$(PY) scripts/book.py
	@exec $(PY) tests/mutants/run.py $(ARGS)

bench: env-test
	@$(PY) tests/browser/find_browser.py
	@$(PY) scripts/book.py
	@exec $(PY) scripts/bench.py

clean:
	rm -rf .venv _build *.egg-info
