# The commands of this project. Each makes its own .venv from requirements.lock when that is missing or older.

# Empty: the first interpreter on the PATH that is in range.
PYTHON ?=
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/installed

.PHONY: demo sync resync status ui archive compatibility test torture check docs lineage lock help

help:            ## Show these commands
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 16

demo: $(INSTALLED)    ## Read the bundled demo source and compute all metrics; needs no credentials
	@$(RUN) -m pipelines.cli demo

sync: $(INSTALLED)    ## Bring everything up to date with the settings of the environment and .env
	@$(RUN) -m pipelines.cli sync

resync: $(INSTALLED)  ## Read everything again from PIPELINES_START_DATE
	@$(RUN) -m pipelines.cli resync

status: $(INSTALLED)  ## Show each stream's last read and its failures
	@$(RUN) -m pipelines.cli status

ui: $(INSTALLED)      ## Open the Dagster UI, with schedules and sensors, on the same data; PORT=3001 for another port
	@$(RUN) -m pipelines.cli ui $(if $(PORT),--port "$(PORT)")

archive: $(INSTALLED) ## Keep everything that the Tracker host offers; TO=folder names the archive
	@$(RUN) -m pipelines.cli archive $(if $(TO),--to "$(TO)")

compatibility: $(INSTALLED) ## Show which lists and fields the Tracker host offers
	@$(RUN) -m pipelines.cli compatibility

# One more than there are cores: tests of daemons wait most of their time.
WORKERS = $(shell $(RUN) -c 'import os; print((os.cpu_count() or 1) + 1)')

test: $(INSTALLED)    ## Run all tests
	@$(RUN) -m pytest -n $(WORKERS) --dist worksteal

torture: $(INSTALLED) ## Syncs in N kinds of trouble, beginning with the seed FROM: make torture N=1000 FROM=1
	@TORTURE_SEEDS=$(or $(N),100) TORTURE_FROM=$(or $(FROM),1) $(RUN) -m pytest -q -n auto pipelines_tests/e2e/test_torture.py

check: $(INSTALLED)   ## Lint, format, types, which room imports which, what is declared, and the style of SQL
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/deptry pipelines
	@$(RUN) -m pytest -q pipelines_tests/metrics/test_sql_style.py

docs: $(INSTALLED)    ## Write the pages and contracts of docs/ that are made from the code
	@$(RUN) -m pipelines.cli docs

lineage: $(INSTALLED) ## Find out anew which columns the columns of the metrics are made of
	@$(RUN) -m pipelines_tests.support.column_lineage

EXTRAS := lake postgres search messages mcp snowflake bigquery openlineage deploy

lock:            ## Write requirements.lock anew (needs uv)
	uv pip compile --universal --generate-hashes --no-strip-extras --python-version 3.10 --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" --group dev $(EXTRAS:%=--extra %) pyproject.toml \
	  -o requirements.lock

$(INSTALLED): requirements.lock pyproject.toml
	@sh scripts/install $(VENV) "$(PYTHON)"
