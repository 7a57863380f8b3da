# Thin names over the real commands. From anywhere: make -C <checkout> <target>; options go into ARGS="…".
.DEFAULT_GOAL := help
.PHONY: help setup bootstrap tools test test-long lint bench lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: ## Prepare tools, .venv, Docker engine and Chromium; nothing of Mautic
	@scripts/setup.sh

bootstrap: export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
bootstrap: setup ## From nothing to proven Mautic credentials in .env; a rehearsal where no image can be had
	.venv/bin/ansible-playbook bootstrap.yml -e mautic_fallback=rehearsal $(ARGS)

test: setup tools ## Every check that takes minutes: lint, unit, contract, browser, container, e2e
	@.venv/bin/python scripts/lanes.py $(ARGS)

test-long: setup tools ## The same with the fault, version and load matrices
	@.venv/bin/python scripts/lanes.py --long $(ARGS)

tools:
	@scripts/test_tools.sh

lint: setup ## Format, types, playbooks, texts and scripts
	@.venv/bin/python scripts/lint.py

bench: setup ## Speed as ratios, measured in one run
	@.venv/bin/python bench/run.py $(ARGS)

lock: ## Make requirements.lock from requirements.in; ARGS=--upgrade takes newer versions
	@scripts/lock.sh $(ARGS)

clean: ## Remove caches; never .env, .secrets or .venv
	@rm -rf .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .ansible .coverage
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
