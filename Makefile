# make        set up the environment, then run the study named in config/config.yaml (the demo, unless you changed it)
# make test   set up the environment, then run all tests
# A Python of your own: make PYTHON=python3.12 setup. Your own environment: run `snakemake --cores all` directly.

PYTHON ?= python3
CORES ?= all
VENV := .venv
READY := $(VENV)/.ready
RUN := . $(VENV)/bin/activate &&

.PHONY: all setup test test-quick test-long lint format report bench layers reference lock clean help
.DEFAULT_GOAL := all

all: setup
	@echo "Running the study of config/config.yaml; a finished stage is not run again."
	@$(RUN) snakemake --cores $(CORES)

setup: $(READY)

$(READY): envs/requirements.txt
	@echo "Setting up $(VENV) from envs/requirements.txt (about 5 GB with PyTorch; some minutes, once)."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement envs/requirements.txt
	@touch $@

test: setup
	@echo "Running all tests (minutes: they include whole runs of small studies)."
	@$(RUN) python -m pytest

test-quick: setup
	@echo "Running the tests that take seconds."
	@$(RUN) python -m pytest -m "not slow"

test-long: setup
	@echo "Training real networks on CIFAR-10 (needs SELECTIVITY_TEST_DATA; a quarter of an hour and more)."
	@$(RUN) python -m pytest -m long

lint: setup
	@$(RUN) ruff check . && ruff format --check . && mypy && snakefmt --check Snakefile workflow && snakemake --lint

format: setup
	@$(RUN) ruff check --fix-only . && ruff format . && snakefmt Snakefile workflow

report: all
	@$(RUN) snakemake --report report.zip
	@echo "Unpack report.zip and open report/report.html in a browser."

bench: setup
	@$(RUN) failed=0; for script in benchmarks/bench_*.py; do echo "== $$script"; python $$script || failed=1; done; exit $$failed

layers: setup
	@test -n "$(NETWORK)" || { echo "usage: make layers NETWORK=<a name of config/networks.yaml or module:function>"; exit 2; }
	@$(RUN) PYTHONPATH=workflow/lib python -m selectivity.networks.listing $(NETWORK)

reference: setup
	@echo "Writing the tables of keys in config/README.md from the schemas."
	@$(RUN) PYTHONPATH=workflow/lib python -m selectivity.config_reference

lock:
	@echo "Resolving envs/requirements.in; needs uv."
	@{ echo "# Locked by \`make lock\` from requirements.in; every platform and Python 3.11+. Do not edit by hand."; \
	   uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --quiet envs/requirements.in; \
	 } > envs/requirements.new && mv envs/requirements.new envs/requirements.txt

clean:
	@echo "Removing results/, logs/ and resources/datasets/; downloads, weights and $(VENV) stay."
	@rm -rf results logs resources/datasets .snakemake

help:
	@sed -n '1,3s/^# //p' Makefile
