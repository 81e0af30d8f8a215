# Every target calls an npm script, and nothing else, once the dependencies are there. Taskfile.yml has the same targets.
# ARGS passes options on: make test ARGS="--filter queue"; make run ARGS=--log-level=debug.
# "make help" prints the comments behind "##".

.DEFAULT_GOAL := help
.NOTPARALLEL:
export IMG

##@ Try it

.PHONY: help
help: dependencies ## List the targets.
	@npm run --silent help -- $(ARGS)

.PHONY: demo
demo: dependencies ## Start a real Kubernetes on this machine, run MCP servers on it and call one.
	@npm run --silent demo -- $(ARGS)

##@ Develop

.PHONY: install
install: dependencies ## Install the CRD into the cluster.
	@npm run --silent crd-install -- $(ARGS)

.PHONY: uninstall
uninstall: dependencies ## Remove the CRD from the cluster, and every MCPServer with it.
	@npm run --silent crd-uninstall -- $(ARGS)

.PHONY: run
run: dependencies ## Run the operator on this machine against the cluster.
	@npm run --silent run -- $(ARGS)

.PHONY: dev
dev: dependencies ## Install the CRD, then run the operator.
	@npm run --silent dev -- $(ARGS)

.PHONY: manifests
manifests: dependencies ## Write the CRD and the RBAC rules from the schema and the code.
	@npm run --silent manifests -- $(ARGS)

.PHONY: generate
generate: dependencies ## Write everything that is generated: manifests, parts of the chart, and references.
	@npm run --silent generate -- $(ARGS)

.PHONY: build
build: dependencies ## Bundle the operator into dist/.
	@npm run --silent build -- $(ARGS)

##@ Check

.PHONY: test
test: dependencies ## Run lint, types and every test, with coverage.
	@npm run --silent test -- $(ARGS)

.PHONY: test-unit
test-unit: dependencies ## Run the tests that need nothing but Node.js.
	@npm run --silent test-unit -- $(ARGS)

.PHONY: test-integration
test-integration: dependencies ## Run the tests that need a real API server; it is started for them.
	@npm run --silent test-integration -- $(ARGS)

.PHONY: test-e2e
test-e2e: dependencies ## Run the tests that need real pods.
	@npm run --silent test-e2e -- $(ARGS)

.PHONY: faults
faults: dependencies ## Run a part of the fault plans: the operator against an API server that fails. Takes minutes.
	@npm run --silent faults -- $(ARGS)

.PHONY: faults-full
faults-full: dependencies ## Run every fault plan, and write what came of it into docs/reliability.md. Takes an hour.
	@npm run --silent faults-full -- $(ARGS)

.PHONY: faults-ha
faults-ha: dependencies ## Measure hand-over, outages and silent watches against what is promised. Takes ten minutes.
	@npm run --silent faults-ha -- $(ARGS)

.PHONY: chaos
chaos: dependencies ## End the operator every 20 to 40 s while servers change on the local cluster. Takes ten minutes.
	@npm run --silent chaos -- $(ARGS)

.PHONY: soak
soak: dependencies ## Create, change and delete 10,000 servers, and see that the operator stays as small as it was.
	@npm run --silent soak -- $(ARGS)

.PHONY: check
check: dependencies ## Check formatting, lint rules, types, and that nothing generated is stale.
	@npm run --silent check -- $(ARGS)

.PHONY: lint
lint: dependencies ## Check formatting, lint rules and types.
	@npm run --silent lint -- $(ARGS)

.PHONY: format
format: dependencies ## Format the sources, and mend what the linter can mend.
	@npm run --silent format -- $(ARGS)

##@ Measure

.PHONY: bench
bench: dependencies ## Race the operator against the fewest writes there can be. Needs a quiet machine and 45 minutes.
	@npm run --silent bench -- $(ARGS)

.PHONY: bench-check
bench-check: dependencies ## Check that the operator has become neither slower nor larger than bench/baseline.json says.
	@npm run --silent bench-check -- $(ARGS)

##@ Ship

.PHONY: docker-build
docker-build: dependencies ## Build the operator's image. Needs IMG=registry.example/team/smooth-operator:v1.
	@npm run --silent docker-build -- $(ARGS)

.PHONY: docker-push
docker-push: dependencies ## Push the operator's image to its registry. Needs IMG=.
	@npm run --silent docker-push -- $(ARGS)

.PHONY: build-installer
build-installer: dependencies ## Write all that deploy installs into dist/install.yaml. Needs IMG=.
	@npm run --silent build-installer -- $(ARGS)

.PHONY: helm
helm: dependencies ## Run Helm, found or built, on the cluster: make helm ARGS="list --all-namespaces".
	@npm run --silent helm -- $(ARGS)

.PHONY: deploy
deploy: dependencies ## Install CRD, RBAC rules and operator into the cluster. Needs IMG=.
	@npm run --silent deploy -- $(ARGS)

.PHONY: undeploy
undeploy: dependencies ## Remove from the cluster everything that deploy installed.
	@npm run --silent undeploy -- $(ARGS)

.PHONY: release-notes
release-notes: dependencies ## Print what the changelog says about a version. Needs ARGS=v0.2.0.
	@npm run --silent release-notes -- $(ARGS)

.PHONY: release-build
release-build: dependencies ## Build everything of a release into dist/release. Needs ARGS=v0.2.0 and IMG= without a tag.
	@npm run --silent release-build -- $(ARGS)

.PHONY: release-publish
release-publish: dependencies ## Push what release-build built, sign it, and make its page. Needs ARGS=v0.2.0, cosign and gh.
	@npm run --silent release-publish -- $(ARGS)

##@ The local cluster

.PHONY: cluster-up
cluster-up: dependencies ## Start a real Kubernetes on this machine.
	@npm run --silent cluster-up -- $(ARGS)

.PHONY: cluster-down
cluster-down: dependencies ## Stop it, and remove every trace of it.
	@npm run --silent cluster-down -- $(ARGS)

# Not a target for people: runs npm ci when package-lock.json is not the one that was installed last.
.PHONY: dependencies
dependencies:
	@sh tools/ensure-dependencies.sh
