# The commands of the contract; README says what each is for.
PYTHON ?= python3
BIN := .venv/bin/python
NEED_RUN := requirements.txt requirements-stack.txt
NEED_TEST := $(NEED_RUN) requirements-dev.txt
# A stamp carries the sum of what it installed: another sum, another stamp.
RUN_STAMP := .venv/.run-$(shell cat $(NEED_RUN) | cksum | tr ' ' '-')
TEST_STAMP := .venv/.test-$(shell cat $(NEED_TEST) | cksum | tr ' ' '-')
PIP := $(BIN) -m pip --disable-pip-version-check install --quiet
# Chromium needs fonts beside it, or every letter is a box.
BROWSER := chromium fonts-dejavu-core fonts-liberation

.PHONY: run test check coverage drills browser office bench

run: $(RUN_STAMP)
	@exec $(BIN) -m jessops.sandbox.stack

test: $(TEST_STAMP) browser
	$(BIN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/drills

# In this process and its helpers; what runs in gunicorn and Celery alone is not seen.
coverage: $(TEST_STAMP) browser
	$(BIN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/drills --cov --cov-report=term
	$(BIN) -m coverage report --include='*/actions/*,shop/clients/bank.py,privacy/*'

# The slow proofs, one after another: each wants the machine to itself.
drills: $(TEST_STAMP) browser office
	$(BIN) -m pytest tests/drills

check: $(TEST_STAMP)
	$(BIN) -m ruff format --check .
	$(BIN) -m ruff check .
	$(BIN) -m tests.production $(BIN) -m mypy
	$(BIN) -m djhtml --check --tabwidth 2 templates
	$(BIN) -m tests.production $(BIN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN) -m tests.production $(BIN) manage.py check --deploy --fail-level WARNING

# make bench WHAT='--letters 100000' sends a newsletter to so many instead.
bench: $(RUN_STAMP)
	$(BIN) -m bench $(WHAT)

browser:
	@test -x /usr/bin/chromium || if [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $(BROWSER) >/dev/null; \
	else \
	  echo "The browser tests need Chromium; as root: apt-get install $(BROWSER)"; exit 1; \
	fi

# Exported tables are opened by a real spreadsheet (R41); some 300 MB.
office:
	@test -x /usr/bin/soffice || if [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui >/dev/null; \
	else \
	  echo "The drills need LibreOffice; as root: apt-get install libreoffice-calc-nogui"; exit 1; \
	fi

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

$(RUN_STAMP): | .venv/bin/python
	@echo "Installing what the shop needs into .venv (once; about half a minute)."
	@$(PIP) $(NEED_RUN:%=-r %)
	@rm -f .venv/.run-* && touch $@

$(TEST_STAMP): | .venv/bin/python
	@echo "Installing what the tests need into .venv (once; about a minute)."
	@$(PIP) $(NEED_TEST:%=-r %)
	@rm -f .venv/.run-* .venv/.test-* && touch $@ $(RUN_STAMP)
