# Two commands do everything: `make demo` and `make test`. They need Python 3.11+ with venv and pip.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint docs bench clean

demo: .venv/demo.stamp
	$(BIN)/lianjian demo

test: .venv/test.stamp
	$(BIN)/pytest -n auto

lint: .venv/lint.stamp
	mkdir -p .typing/lianjian
	for room in core plugins cli.py; do ln -sfn ../../$$room .typing/lianjian/$$room; done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

docs: .venv/demo.stamp
	$(BIN)/python docs/generate.py

bench: .venv/test.stamp
	$(BIN)/python tests/bench/run.py

clean:
	rm -rf .venv .typing build dist *.egg-info

.venv/bin/pip:
	$(PYTHON) -m venv .venv

.venv/demo.stamp: pyproject.toml | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/test.stamp: pyproject.toml | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

.venv/lint.stamp: pyproject.toml | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	touch $@
