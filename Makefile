# Everything a newcomer types. Each target installs and builds what it needs first; nothing has to be done before.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test soak check bench format clean-data

# The charter that `make demo` signs its organization up under: dataflow-xpert, fluxcascade or fluxent.
CHARTER ?= dataflow-xpert
# Further arguments, for instance ARGS=--exit.
ARGS ?=

# The Node that npm installed is first on the path of npm's scripts; outside it only runs npm and the set-up.
RUN := npm run --silent

help: ## Show this list
	@echo 'usage: make <target> [ARGS=...] [CHARTER=...]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/  \1\t\2/p' Makefile | expand -t 16

setup: needs-node ## Install what is missing and build
	@node scripts/setup.mjs

demo: setup ## Start everything on this machine and run a sync in front of your eyes (Ctrl-C stops it)
	@node bin/millrace.js demo --charter '$(CHARTER)' $(ARGS)

test: needs-node ## Install, build, check and run every test
	@node scripts/setup.mjs --no-build
	@$(RUN) test -- $(ARGS)

soak: setup ## Kill workers at random for ten minutes, then draw other inputs for the property tests (ARGS='minutes --seed=N')
	@$(RUN) soak -- $(ARGS)

check: needs-node ## Formatting, lint, import rules, lock file, licences, types
	@node scripts/setup.mjs
	@$(RUN) check

bench: setup ## Measure syncs side by side with what does the same by hand
	@$(RUN) bench:sync -- $(ARGS)

format: needs-node ## Rewrite files in the house's format
	@node scripts/setup.mjs --no-build
	@$(RUN) format

clean-data: needs-node ## Remove what `make demo` left behind on this machine
	@node scripts/setup.mjs --no-build
	@$(RUN) clean-data

.PHONY: needs-node
needs-node:
	@command -v node >/dev/null || { echo 'Millrace needs Node 20 or newer: https://nodejs.org'; exit 1; }
