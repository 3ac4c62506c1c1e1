# Needs Python >= 3.11 and GNU make, nothing else: `make setup` brings Node.js, the compiler, the local chains and a
# browser from PyPI and npm, all pinned by lock files. Start with `make help`.

PYTHON ?= python3

# Where things are. `.venv` is the product and its checks; Brownie pins older packages, so it has an environment of
# its own. tools/bin holds anvil, ganache-cli, forge, solc, node, npm and chromium.
app      := .venv/bin
uv       := .tools/uv/bin/uv
brownie  := HOME=$(CURDIR)/.tools/home .venv-brownie/bin/brownie
packages := escrow oracle api scripts
sources  := $(packages) tests
# These open no chain and no server of their own, so they can run side by side; the others run one after another.
parallel := tests/escrow tests/oracle tests/api
serial   := tests/end_to_end

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/tools/bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/.tools/solcx
# keccak by safe-pysha3, 4 times as fast as pycryptodome, which eth-hash would take first
export ETH_HASH_BACKEND := pysha3

# A stamp in each environment says which lock file it was made from: a lock file that changes makes it anew.
has_app     := .venv/.installed
has_node    := node_modules/.installed
has_solc    := .tools/solcx/.installed
has_brownie := .venv-brownie/.installed
has_prove   := .venv-prove/.installed
has_linter  := .tools/clear-signing/.installed

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo dev deploy test check format abi gas gas-snapshot faults threats test-python test-contracts \
        test-contracts-ganache test-forge test-browser prove lint-clear-signing bench soak lock clean \
        distclean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-23s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## Using it

setup: $(has_app) $(has_node) $(has_solc) $(has_brownie) ## install everything into this folder (once)

demo: $(has_app) $(has_node) ## play a real campaign on a local chain, until Ctrl-C (DEMO_EXIT=1: end after the last settlement)
	$(app)/python -m scripts.demo

dev: $(has_app) $(has_node) ## the same system with nothing played on it: make a deal in the pages
	$(app)/python -m scripts.dev

# With the HOME of whoever runs it, where Brownie keeps their accounts and networks: `make distclean` leaves those alone.
NETWORK ?= development
deploy: setup ## deploy the escrow: NETWORK=name, one of Brownie's (without it: a local chain, just to try)
	@mkdir -p build/brownie
	.venv-brownie/bin/brownie run deploy --network $(NETWORK)

## Working on it

test: setup check test-python test-contracts test-contracts-ganache test-forge test-browser ## every check and every test

check: $(has_app) $(has_node) $(has_solc) ## the fast checks: format, lint, types, imports, trees of the contract's tests, threats, faults, ABI, gas
	$(app)/ruff format --check $(sources)
	$(app)/ruff check $(sources)
	$(app)/python tools/check_no_float.py escrow oracle api
	$(app)/python tests/contracts/compare_trees.py
	$(app)/python -m scripts.threats --check
	$(app)/mypy $(packages)
	$(app)/lint-imports
	$(app)/python -m scripts.export_abi --check
	$(app)/python -m scripts.clear_signing --check
	$(app)/python -m scripts.gas --check
	$(app)/python -m scripts.faults --check

format: $(has_app) ## format the Python code, and fix what ruff can fix
	$(app)/ruff check --fix $(sources)
	$(app)/ruff format $(sources)

abi: $(has_app) $(has_node) $(has_solc) ## compile the contracts and write escrow/abi, and what wallets show, escrow/clear_signing
	$(app)/python -m scripts.export_abi
	$(app)/python -m scripts.clear_signing

gas: $(has_app) $(has_node) $(has_solc) ## what calls cost, beside other escrows, the targets and the snapshot; writes build/gas.json
	$(app)/python -m scripts.gas

gas-snapshot: $(has_app) $(has_node) $(has_solc) ## the same, and its figures are what `make check` compares with from now on
	$(app)/python -m scripts.gas --write

faults: $(has_app) ## write docs/faults.md from the tests that play faults of oracles, nodes and sources
	$(app)/python -m scripts.faults

threats: $(has_app) ## write docs/threats.md from the tests that play threats and findings, and from scripts/threats/rows.toml
	$(app)/python -m scripts.threats

test-python: $(has_app) $(has_node) $(has_solc) ## tests of escrow, oracle and api, then end to end
	$(app)/pytest -n 2 $(parallel)
	$(app)/pytest $(serial)

test-contracts: setup ## contract tests on Anvil
	@mkdir -p build/brownie
	$(brownie) test tests/contracts --network development

test-contracts-ganache: setup ## contract tests on Ganache
	@mkdir -p build/brownie
	$(brownie) test tests/contracts --network ganache-cli

test-forge: $(has_app) $(has_node) $(has_solc) ## random inputs and random lives of deals, thousands of each, in forge
	$(app)/python -m scripts.prove --quick

test-browser: $(has_app) $(has_node) $(has_solc) ## tests of the pages in a real browser
	$(app)/pytest tests/browser

# Some hours; a stage alone: .venv/bin/python -m scripts.prove fuzz
prove: setup $(has_prove) ## the deep proofs: millions of random calls, all inputs, seeded bugs, mutants; writes build/prove.json
	$(app)/python -m scripts.prove

soak: $(has_app) $(has_node) ## 10,000 settlements under random faults, from a seed that it prints (SOAK_SETTLEMENTS=50: fewer, SOAK_SEED=...: again)
	$(app)/python -W ignore -m scripts.soak

lint-clear-signing: $(has_linter) ## ask the registry's own linter about escrow/clear_signing; needs a Python 3.12 on the machine
	ETH_HASH_BACKEND=pycryptodome .tools/clear-signing/bin/python tools/lint_clear_signing.py

bench: $(has_app) ## how many signed messages an oracle takes a second, and how long a million events take to measure
	$(app)/python -m scripts.bench_intake
	$(app)/python -m scripts.bench_measure

## Upkeep

compile := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock: $(uv) ## lock the newest versions that requirements/*.in and package.json allow
	for name in bootstrap app brownie brownie-build prove; do \
	    (cd requirements && ../$(uv) $(compile) --upgrade $$name.in --output-file $$name.txt) || exit 1; done
	cd requirements && ../$(uv) $(subst 3.11,3.12,$(compile)) --upgrade clear-signing.in --output-file clear-signing.txt
	tools/bin/npm install --package-lock-only

clean: ## remove what the commands made
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find $(sources) -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## also remove what `make setup` installed
	rm -rf .venv .venv-brownie .venv-prove node_modules .tools

# The steps of the set-up

too_old := "Python 3.11 or newer is needed, and $(PYTHON) is not; name another: make PYTHON=python3.12 ..."
$(uv): requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo $(too_old) >&2; exit 1; }
	@$(PYTHON) -m venv --clear .tools/uv
	@.tools/uv/bin/python -m pip install --quiet --require-hashes --no-deps --requirement $<
	@touch $@

sync := pip sync --quiet --require-hashes --only-binary :all:

$(has_app): requirements/app.txt $(uv)
	@$(uv) venv --quiet --clear --python $$($(PYTHON) -c 'import sys; print(sys.executable)') .venv
	@tools/step "set-up 1/4: Python packages and Node.js" $(uv) $(sync) --python .venv $<
	@touch $@

$(has_node): package-lock.json .npmrc $(has_app)
	@tools/step "set-up 2/4: chains, contract libraries, page assets" tools/bin/npm ci --loglevel error
	@touch $@

# ESCROW_SOLC=native takes the native compiler, from the Internet, instead of the same one from npm.
$(has_solc): $(has_node)
	@rm -rf .tools/solcx && mkdir -p .tools/solcx
	@if [ "$(ESCROW_SOLC)" = native ]; then \
	    tools/step "set-up 3/4: Solidity compiler, native" $(app)/python -c 'import solcx; solcx.install_solc("0.8.30")'; \
	else \
	    tools/step "set-up 3/4: Solidity compiler, from npm" ln -s ../../tools/bin/solc .tools/solcx/solc-v0.8.30; \
	fi
	@touch $@

# Brownie is built from source, which needs no compiler: see requirements/brownie-build.in.
$(has_brownie): requirements/brownie.txt requirements/brownie-build.txt $(uv)
	@$(uv) venv --quiet --clear --python $$($(PYTHON) -c 'import sys; print(sys.executable)') .venv-brownie
	@$(uv) pip install --quiet --require-hashes --python .venv-brownie --requirement requirements/brownie-build.txt
	@BROWNIE_NOCOMPILE=1 tools/step "set-up 4/4: Brownie" $(uv) $(sync) --python .venv-brownie \
	    --no-build-isolation --no-binary eth-brownie --no-binary pygments-lexer-solidity $<
	@mkdir -p .tools/home build/brownie
	@touch $@

$(has_prove): requirements/prove.txt $(uv)
	@$(uv) venv --quiet --clear --python $$($(PYTHON) -c 'import sys; print(sys.executable)') .venv-prove
	@tools/step "set-up for make prove" $(uv) $(sync) --python .venv-prove $<
	@touch $@

$(has_linter): requirements/clear-signing.txt $(uv)
	@python=$$(PYTHON=$(PYTHON) tools/find_python 12) && $(uv) venv --quiet --clear --python $$python .tools/clear-signing
	@tools/step "set-up for make lint-clear-signing" $(uv) $(sync) --python .tools/clear-signing $<
	@touch $@
