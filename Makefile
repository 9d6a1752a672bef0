# Two commands do everything: `make run` and `make test`. Both call `make setup`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not ((3,11) <= sys.version_info[:2] <= (3,13)))' 2>/dev/null; \
	then echo $$p; break; fi; done)
PY := .venv/bin/python
PORT ?= 8501

.PHONY: setup setup-test run check test lint types unit bench postgis lock browser qgis postgres debian clean sbom bundle

setup: .venv/ready

.venv/ready: requirements.txt
	@test -n "$(PYTHON)" || { echo "Mata Air needs Python 3.11, 3.12 or 3.13; none was found. On Debian/Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian/Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt || { echo "The packages could not be installed: the first set-up needs an internet connection (or a folder of wheels named in PIP_FIND_LINKS)." >&2; exit 1; }
	@touch $@

setup-test: .venv/ready-test browser qgis postgres

.venv/ready-test: .venv/ready requirements-test.txt
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements-test.txt || { echo "The test packages could not be installed: this needs an internet connection." >&2; exit 1; }
	@touch $@

# what the tests drive besides Python packages: a browser, QGIS without its windows, a database of an office
browser:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || test -n "$$MATA_AIR_CHROMIUM" || \
	$(MAKE) -s debian PACKAGE=chromium TOLD="The browser tests need Chromium; install it, or name it in MATA_AIR_CHROMIUM."

qgis:
	@$${MATA_AIR_QGIS_PYTHON:-/usr/bin/python3} -c 'import qgis.core' >/dev/null 2>&1 || \
	$(MAKE) -s debian PACKAGE=python3-qgis TOLD="The field tests need QGIS's Python; install it, or name a Python that has it in MATA_AIR_QGIS_PYTHON."

postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	$(MAKE) -s debian PACKAGE=postgresql TOLD="The tests of the record need PostgreSQL (Debian's layout, /usr/lib/postgresql); install it."

debian:
	@command -v apt-get >/dev/null 2>&1 || { echo "$(TOLD)" >&2; exit 1; }; \
	if [ "$$(id -u)" = 0 ]; then S=; else S=sudo; fi; \
	$$S apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$S apt-get install -y -qq --no-install-recommends $(PACKAGE) >/dev/null || \
	{ echo "$(PACKAGE) could not be installed: sudo apt-get install $(PACKAGE)" >&2; exit 1; }

run: setup
	$(PY) -m streamlit run dashboard.py --server.port $(PORT)

# what can be said without server, browser, QGIS and PostgreSQL, in three to four minutes; `make test` says the rest
check: .venv/ready-test lint types
	$(PY) -m pytest -q tests/test_house.py tests/test_docs.py tests/texts tests/geo tests/golden tests/oracles tests/layers tests/exports tests/forum \
	--ignore=tests/geo/batch --ignore=tests/geo/fetching --ignore=tests/exports/gis -k "not postgresql and not kill"

test: setup-test lint types unit

lint:
	$(PY) -m ruff check --no-cache .
	$(PY) -m ruff format --no-cache --check .

types:
	$(PY) -m mypy

unit:
	$(PY) -m pytest -q

.venv/ready-bench: .venv/ready-test requirements-bench.txt
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements-bench.txt || { echo "The packages to compare with could not be installed: this needs an internet connection." >&2; exit 1; }
	@touch $@

postgis:
	@test -f /usr/share/postgresql/15/extension/postgis.control || \
	$(MAKE) -s debian PACKAGE="postgresql-15 postgresql-15-postgis-3" TOLD="The benchmark against PostGIS needs Debian's postgresql-15-postgis-3; it is left out." || true

# every figure beside brute force on 500 random worlds each (20 of them in `make test`): half an hour
oracles: setup-test
	ORACLE_WORLDS=500 $(PY) -m pytest -q tests/oracles

bench: setup-test .venv/ready-bench postgis
	$(PY) -m pytest -q tests/bench --override-ini addopts= -s

# compiles the pinned files from pyproject.toml, with hashes: what pip installs is what was pinned, or nothing; needs `uv`
# on the PATH. Pins stay as they are; `make lock LOCK_MORE=--upgrade` renews them
LOCK = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate $(LOCK_MORE)
lock:
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra test pyproject.toml -o requirements-test.txt
	$(LOCK) --extra test --extra bench pyproject.toml -o requirements-bench.txt

# the list of components (CycloneDX) with their licences: of an environment that holds what runs, and nothing of the tests
sbom: .venv/ready-test
	$(PYTHON) -m venv .venv-sbom
	@.venv-sbom/bin/python -m pip install -q --disable-pip-version-check -r requirements.txt
	.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o mata-air.cdx.json .venv-sbom
	rm -rf .venv-sbom

# a folder that installs without internet: wheels for Linux, Windows and macOS, Python 3.11 to 3.13 (BUNDLE="--system linux --python 3.12" for one)
bundle: .venv/ready-test
	$(PY) install/bundle.py $(BUNDLE)

clean:
	rm -rf .venv .mypy_cache
