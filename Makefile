# Fenghuo. `make help` lists the targets.

# Versions of the tools, all of them. Those of libraries are in go.mod, of
# Apache Kafka (tests) in deploy/kafka/pom.xml, of the embedded engine in
# pipeline/embedded.
GOLANGCI_LINT_VERSION := v2.15.0

# What ships is built without a C compiler, so that is what is tested.
export CGO_ENABLED := 0

GO      ?= go
BIN     := bin/fenghuo
TOOLS   := .cache/tools
LINTER  := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)

# Packages whose goroutines share state; the race detector runs over these.
RACE := $(addprefix ./,$(addsuffix /...,$(wildcard \
	pipeline/analyze pipeline/analyzer pipeline/backfill pipeline/detect pipeline/embedded \
	pipeline/ingest pipeline/kafkalog pipeline/mentionlog pipeline/rules pipeline/service pipeline/store pipeline/telemetry)))

# Of one package's tests; which benchmarks (a regular expression) and how long.
TIMEOUT   ?= 12m
BENCH     ?= .
BENCHTIME ?= 1s

.DEFAULT_GOAL := help
.PHONY: help build demo test race bench lint deploy fmt cover clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/fenghuo, static, without a C compiler
	$(GO) build -o $(BIN) ./cmd/fenghuo

demo: build ## a simulated fortnight with a hidden crisis, on embedded services
	$(BIN) demo

test: build ## all tests; those that need Java or Maven say so when they skip
	$(GO) test -timeout $(TIMEOUT) ./...

race: ## the tests of concurrent packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -timeout $(TIMEOUT) $(RACE)

bench: ## benchmarks: make bench BENCH=Analyze BENCHTIME=5s
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem -timeout 60m ./...

lint: $(LINTER) ## golangci-lint, in the version pinned above
	$(LINTER) run ./...

deploy: ## check the files in deploy/ with the parsers of those who read them
	$(GO) -C deploy/check test -timeout $(TIMEOUT) ./...

fmt: $(LINTER) ## format the code as lint wants it
	$(LINTER) fmt ./...

cover: ## coverage of all tests, as cover.html
	$(GO) test -timeout $(TIMEOUT) -coverpkg ./... -coverprofile cover.out ./...
	$(GO) tool cover -func cover.out | tail -1
	$(GO) tool cover -html cover.out -o cover.html

clean: ## remove what the targets above made
	rm -rf bin .cache cover.out cover.html

# Built from source once, by the Go on this machine, so that it reads the
# language version of go.mod. Takes a few minutes on two cores.
$(LINTER):
	@mkdir -p $(TOOLS)
	GOBIN=$(CURDIR)/$(TOOLS) GOFLAGS= $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@mv $(TOOLS)/golangci-lint $@
