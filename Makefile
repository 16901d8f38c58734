# Расчёт / Raschet. `make help` lists the targets.
# A fresh clone needs Python 3.11+ with venv, and make; nothing else. Every target sets up .venv by itself.

.DEFAULT_GOAL := help

# ---- the demonstration month: change it here -------------------------------------------------
BOOK  ?= var/book
MONTH ?= 2026-05
FROM  ?= 2025-12
AS_OF ?= 2026-06-20

RASCHET   = .venv/bin/raschet
GENERATE  = $(RASCHET) generate --sample --book $(BOOK)
OPEN      = $(RASCHET) open --book $(BOOK)
RUN_MONTH = $(RASCHET) run --month $(MONTH) --from $(FROM) --as-of $(AS_OF) --book $(BOOK)
SHOW_UI   = $(RASCHET) ui --book $(BOOK)
# ----------------------------------------------------------------------------------------------

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
PYTEST  = .venv/bin/python -m pytest $(ARGS)
# Two processes; more of them would fight over the servers and the memory of the bigger books.
TWO     = -n 2 --dist loadscope --no-loadscope-reorder --durations=20 --durations-min=10
BENCH   = .venv/bin/python -m bench
PIP     = .venv/bin/python -m pip --disable-pip-version-check -q
ARGS   ?=

.PHONY: help setup month ui test test-deep test-real test-cluster golden lint lock clean

help: ## this list / этот список
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

month: setup ## run the demonstration month / рассчитать показательный месяц
	@[ -d '$(BOOK)' ] || $(GENERATE)
	@$(OPEN)
	@$(RUN_MONTH)

ui: setup ## open the web interface / открыть веб-интерфейс
	@$(SHOW_UI)

test: setup ## all tests but the deep ones (ARGS='-k name') / все тесты, кроме глубоких
	@$(PYTEST) $(TWO)

test-deep: setup ## long searches and big books / долгие проверки
	@POLARS_MAX_THREADS=2 $(PYTEST) --hypothesis-profile=deep -m '(deep or hypothesis) and not real'

test-real: setup ## all months of real open data (about an hour) / все месяцы настоящих данных
	@$(PYTEST) -m real

test-cluster: cluster ## two Ray nodes and an S3 store, deep ones too / кластер и хранилище
	@.venv-cluster/bin/python -m pytest -p no:cacheprovider tests/cluster -m '' $(ARGS)

golden: setup ## write the golden files anew; read the diff before committing / переписать эталоны
	@$(PYTEST) --update-golden

lint: setup ## ruff, mypy, import floors / стиль, типы, этажи
	@.venv/bin/ruff check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

clean: ## remove .venv and caches; var/ (books) stays / убрать окружение, книги остаются
	rm -rf .venv .venv-readers .venv-cluster .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov build *.egg-info
	find pipeline tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- set-up ----------------------------------------------------------------------------------
# One lock with hashes serves run and tests. uv (itself taken from the lock) installs it several times faster than
# pip; where uv fails, pip installs the same lock. uv does not read pip's configuration, so an index and a
# certificate set for pip on this machine are handed over in the environment, and never written to a file.
# uv compiles nothing that it installs: what a month loads is compiled here, once, and not by the first command, nor by
# every command where Python is told to write no bytecode (images of containers).
# A change of pyproject.toml alone only registers the package again.

LOADED = import pipeline.definitions, pipeline.cli.sequence, pipeline.reports.changes.page, pipeline.reports.month.report, \
  dagster._core.storage.sqlite_storage, holidays.countries

setup: .venv/.ready ## build .venv from requirements.lock / собрать окружение

.venv/.ready: requirements.lock pyproject.toml
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'Нужен Python 3.11 или новее: установите его или укажите make PYTHON=путь-к-python' >&2; exit 1; }
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || { \
	  rm -rf .venv; '$(PYTHON)' -m venv .venv || { \
	  rm -rf .venv; echo 'Не создаётся .venv: установите пакет python3-venv' >&2; exit 1; }; }
	@cmp -s requirements.lock .venv/requirements.lock || $(MAKE) --no-print-directory install-lock
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -c '$(LOADED)'
	@touch $@

.PHONY: install-lock install-uv
install-uv:
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	@$(PIP) -qq install --no-deps --require-hashes -r .venv/uv.txt \
	  || echo 'uv не устанавливается, дальше ставит pip' >&2

UV_FROM_PIP = pip_set() { .venv/bin/python -m pip config list 2>/dev/null \
	    | sed -n "s/^[a-z:]*\.$$1='\(.*\)'$$/\1/p" | tail -n 1; }; \
	  index=$$(pip_set index-url); cert=$$(pip_set cert); \
	  if [ -n "$$index" ]; then UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index}; export UV_DEFAULT_INDEX; fi; \
	  if [ -n "$$cert" ]; then SSL_CERT_FILE=$${SSL_CERT_FILE:-$$cert}; export SSL_CERT_FILE; fi

install-lock: install-uv
	@echo 'Собираю .venv (около минуты)…' >&2
	@$(UV_FROM_PIP); \
	  .venv/bin/uv pip sync -q --require-hashes --python .venv/bin/python requirements.lock || { \
	  echo 'uv не справился, ставит pip (до двух минут)' >&2; \
	  $(PIP) install --require-hashes -r requirements.lock; }
	@cp requirements.lock .venv/requirements.lock

COMPILED = --generate-hashes --no-emit-index-url --no-strip-extras --no-header --no-annotate --python-version 3.11 $(ARGS)

# `make lock` keeps the versions that still fit; `make lock ARGS=--upgrade` takes the newest.
lock: ## resolve pyproject.toml again into all locks / обновить замки версий
	@[ -x .venv/bin/uv ] || $(MAKE) --no-print-directory setup
	@$(UV_FROM_PIP); \
	  .venv/bin/uv pip compile -q pyproject.toml --group dev $(COMPILED) -o requirements.lock && \
	  .venv/bin/uv pip compile -q pyproject.toml --extra cluster --extra s3 --group cluster -c requirements.lock $(COMPILED) \
	    -o requirements-cluster.lock && \
	  .venv/bin/uv pip compile -q --group readers $(COMPILED) -o requirements-readers.lock
	@if grep -n '://' requirements.lock requirements-cluster.lock requirements-readers.lock; then \
	  echo 'В замок версий попал адрес' >&2; exit 1; fi

# Figures for docs/performance.md: an evening on two cores. Single measurements: bench/README.md.
.PHONY: bench
bench: setup readers ## measure months, peers, history; write docs/performance.md / измерить скорость
	@$(BENCH) peers --accounts 440000 --python .venv-readers/bin/python
	@$(BENCH) stages --accounts 131072
	@for workers in 1 2; do $(BENCH) whole --accounts 440000 --workers $$workers || exit 1; done
	@for accounts in 44000 4400000; do $(BENCH) whole --accounts $$accounts || exit 1; done
	@$(BENCH) history --accounts 8192 --months 36
	@$(BENCH) page

# The readers of the tests, apart from .venv: tests/readers asks for it when it needs it.
.PHONY: readers
readers: .venv-readers/.ready
.venv-readers/.ready: requirements-readers.lock
	@[ -x .venv/bin/uv ] || $(MAKE) --no-print-directory setup
	@$(UV_FROM_PIP); \
	  .venv/bin/uv venv -q --clear --python .venv/bin/python .venv-readers && \
	  .venv/bin/uv pip sync -q --require-hashes --python .venv-readers/bin/python requirements-readers.lock
	@touch $@

# A node of a cluster, or a machine that works with an S3 store (docs/scale.md): the program with both extras, apart
# from .venv. tests/cluster runs in it.
.PHONY: cluster
cluster: .venv-cluster/.ready
.venv-cluster/.ready: requirements-cluster.lock
	@[ -x .venv/bin/uv ] || $(MAKE) --no-print-directory setup
	@$(UV_FROM_PIP); \
	  .venv/bin/uv venv -q --clear --python .venv/bin/python .venv-cluster && \
	  .venv/bin/uv pip sync -q --require-hashes --python .venv-cluster/bin/python requirements-cluster.lock && \
	  .venv/bin/uv pip install -q --offline --no-deps --no-build-isolation --python .venv-cluster/bin/python -e .
	@touch $@
