# `make bench` measures the newest release for five minutes and shows the answer; `make test` tests this repository,
# `make test-all` with what takes longer. All set up what they need in .venv from the lock file.
PYTHON ?= python3
BIN := .venv/bin
STATE := $(or $(BREAKEVEN_STATE),.breakeven)

.PHONY: bench test test-all lint lock picture docs
.DELETE_ON_ERROR:

bench: .venv/ready
	@$(BIN)/breakeven run newest --budget 5m
	@$(BIN)/asv publish > $(STATE)/publish.log 2>&1 || { cat $(STATE)/publish.log; exit 1; }
	@echo "All tables: $(BIN)/breakeven report. The site is in html/: $(BIN)/asv preview"

test: .venv/ready
	$(BIN)/python -m tests

test-all: .venv/ready
	$(BIN)/python -m tests --slow

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action/action.yml action/*/action.yml
	$(BIN)/actionlint
	$(BIN)/zizmor --quiet --offline .github action
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms \
	  $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

# The picture in README, of the machine that README shows; needs chromium.
picture: .venv/ready
	$(BIN)/asv publish
	$(BIN)/python docs/picture.py shared-2core

# The documentation site, from docs/ and the docstrings, into docs/site; a warning is an error.
docs: .venv/ready
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/site
	@echo "The documentation is in docs/site/index.html"

lock:
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --extra docs \
	  --generate-hashes --no-emit-index-url --no-header pyproject.toml --output-file requirements.lock

# The marker is made last, so an interrupted set-up is done again.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("breakeven needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
