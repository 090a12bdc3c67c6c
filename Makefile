# What a contributor runs. `make` or `make help` lists the targets.

GOLANGCI_VERSION := v2.15.0
VERSION = $(shell git describe --always --dirty 2>/dev/null || echo unknown)
# The version comes from git by hand: a checkout that belongs to another user
# must not fail the build.
# The profile has a name of its own: as default.pgo, tests would be compiled by it, too, and
# with them every package a second time.
BUILD = CGO_ENABLED=0 go build -trimpath -buildvcs=false -pgo=$(PROFILE) -ldflags "-s -w -X main.version=$(VERSION)"
PROFILE = cmd/usersync/usersync.pgo
# Postgres for a command. Without cgo, so that tests need no C compiler.
PGRUN = CGO_ENABLED=0 go run ./internal/pgtest/pgrun --
# Chromium and promtool, brought where they are missing.
TOOLS = CGO_ENABLED=0 go run ./internal/testtools/bring
LINTER = bin/golangci-lint-$(GOLANGCI_VERSION)
# What the race detector leaves to `make test`: the benchmark, the tests' own tools, and what is done to
# whole processes from outside, or looked at in a browser (make race OUTSIDE=nothing watches
# that, too).
OUTSIDE = ^Test(Chaos.*|BackfillKilledAtRandomMoments|PushKilledAtRandomMoments|HostileRequests|HostileOperators|WildScripts|Attacks|Garbage|AlertsOfARealPrometheus|PagesInBrowser|ClosedInBrowser|Pictures|RecordsInABrowser|RecordsByKeyboard)$$
UNRACED = apitest|archtest|browsertest|millions|pgtest|promtest|providerpages|testtools
# Of C made Go, megabytes that hold no data of ours while they are changed: watched, they
# take most of the time of every test on SQLite. What calls them stays watched.
TRUSTED = -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false
# `make lint` vets, and the profile of the shipped program proves nothing to a test.
# Tests wait as well as compute: four at once where there are fewer processors.
TESTING = -vet=off -pgo=off -parallel $$(n=$$(getconf _NPROCESSORS_ONLN); echo $$((n > 4 ? n : 4)))
# What coverage depends on.
SOURCES = $(shell find . -name '*.go' -o -name '*.sql' -o -name '*.yaml' -o -name go.mod)
# The packages that decide what becomes of a user, and how much of them tests must reach.
COVERED = usersync/sync usersync/providers
COVERED_PERCENT = 90
IMAGE = usersync:$(VERSION)

.PHONY: help test race chaos bench lint cover build dist pgo size demo image image-check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

test: ## all tests, with a real Postgres and browser (installed on Debian as root if missing)
	@$(TOOLS)
	@$(PGRUN) go test $(TESTING) -timeout 15m -coverprofile=coverage.out.new ./...
	@mv coverage.out.new coverage.out

race: ## all tests with the race detector, the whole program on Postgres only (needs a C compiler)
	@command -v gcc >/dev/null || command -v cc >/dev/null || { \
		echo "make race: no C compiler, which the race detector needs (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }
	@$(TOOLS)
	@packages=$$(go list ./... | grep -vE '^usersync/(bench|internal/($(UNRACED)))(/|$$)') && \
		$(PGRUN) env CGO_ENABLED=1 go test -race $(TRUSTED) $(TESTING) -timeout 20m -skip '$(OUTSIDE)' $$packages

# One at a time, so that a figure is of one fault; make chaos RUN=TestChaosKilled
# runs one alone. `make test` has each a few times.
RUN = TestChaos
chaos: ## the faults of docs/RELIABILITY.md at full length (15 minutes; mounts a small disk)
	@$(PGRUN) env USERSYNC_CHAOS=long go test -count=1 -parallel 1 -timeout 90m -run '^$(RUN)' -v ./cmd/usersync 2>&1 | \
		tee chaos.out | grep -E '^ *--- |^FAIL|^pgrun' || true
	@awk -F ' [|] ' '/ acked [|] / { sub(/^.*_test.go:[0-9]+: /, ""); \
		printf "%-64s %14s %10s %12s %13s  %s  %s\n", $$1, $$2, $$3, $$4, $$5, $$6, $$7 }' chaos.out
	@grep -q '^ok' chaos.out || { echo "make chaos: failed; chaos.out says why" >&2; exit 1; }

# docs/decisions/0026-benchmarks.md; make bench BENCH='-only ingest-64' measures a part.
BENCH =
bench: ## usersync beside its rivals on this machine (10 minutes; nothing else should run)
	@$(BUILD) -o bin/bench/usersync ./cmd/usersync
	@$(BUILD) -o bin/bench/bench ./bench
	@CGO_ENABLED=0 go run ./internal/pgtest/pgrun -durable -- bin/bench/bench -usersync bin/bench/usersync -dir bin/bench $(BENCH)

lint: $(LINTER) ## gofmt, go vet and golangci-lint
	@unformatted=$$(find . -name '*.go' -not -path './bin/*' -exec gofmt -l {} +) || exit 1; \
		test -z "$$unformatted" || { echo "make lint: run gofmt -w on:" $$unformatted >&2; exit 1; }
	@CGO_ENABLED=0 go vet ./...
	@CGO_ENABLED=0 $(LINTER) run ./...

# The version is part of the name, so that a new one is not taken for the old.
$(LINTER):
	@echo "installing golangci-lint $(GOLANGCI_VERSION) into bin, which takes a minute or two" >&2
	@GOBIN="$(CURDIR)/bin" CGO_ENABLED=0 go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv bin/golangci-lint $@

# A run of the tests leaves coverage.out; only after a change there is another.
coverage.out: $(SOURCES)
	@$(MAKE) --no-print-directory test

# A block that several test programs measured counts once, as reached if one of
# them reached it.
cover: coverage.out ## test coverage; fails if sync or providers are below 90 %
	@awk -v covered="$(COVERED)" -v least=$(COVERED_PERCENT) ' \
		FNR > 1 { size[$$1] = $$2; if ($$3 > 0) hit[$$1] = 1 } \
		END { \
			n = split(covered, packages, " "); \
			for (block in size) for (i = 1; i <= n; i++) if (index(block, packages[i] "/") == 1) { \
				all[i] += size[block]; if (block in hit) reached[i] += size[block] } \
			for (i = 1; i <= n; i++) { \
				percent = all[i] ? 100 * reached[i] / all[i] : 0; \
				printf "%-20s %5.1f %%\n", packages[i], percent; \
				if (percent < least) { failed = 1; printf "make cover: %s needs %d %%; go tool cover -html=coverage.out shows what no test reaches\n", packages[i], least } } \
			exit failed }' coverage.out

build: ## the program, static and stripped: bin/usersync
	@$(BUILD) -o bin/usersync ./cmd/usersync

dist: ## the program for Linux on amd64 and arm64
	@GOOS=linux GOARCH=amd64 $(BUILD) -o bin/usersync-linux-amd64 ./cmd/usersync
	@GOOS=linux GOARCH=arm64 $(BUILD) -o bin/usersync-linux-arm64 ./cmd/usersync

# Compiled as `make test` does, so that what that has built is built no second time.
pgo: ## record the CPU profile that the compiler optimizes the program by (a minute or two)
	@CGO_ENABLED=0 go run ./internal/pgtest/pgrun -durable -- env USERSYNC_PROFILE="$(CURDIR)/$(PROFILE)" \
		go test $(TESTING) -timeout 20m -run '^$$' -bench '^BenchmarkProfile$$' -benchtime 1x ./cmd/usersync

# A symbol is named after its package, a type's descriptor after the type. Variables that
# begin as zero, from runtime.bss on, are not in the file. What has no symbol are the
# tables of functions and lines.
size: build ## what makes the program large: MB by module, the largest first
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -pgo=$(PROFILE) -ldflags -w -o bin/usersync-symbols ./cmd/usersync
	@go tool nm -n -size bin/usersync-symbols | awk -v whole=$$(wc -c < bin/usersync) ' \
		$$4 == "runtime.bss" { past = 1 } \
		past { next } \
		{ name = $$4; sub(/^type:[^a-zA-Z]*/, "", name); sub(/[(\[{,].*/, "", name); n = split(name, part, "/"); sub(/[.%].*/, "", part[n]); \
			if (part[1] ~ /^(usersync|main)$$/) module = "usersync"; \
			else if (n == 1 || part[1] !~ /\./) module = "Go: runtime and standard library"; \
			else if (n > 2 && part[1] !~ /^(gorm|modernc)/) module = part[1] "/" part[2] "/" part[3]; \
			else module = part[1] "/" part[2]; \
			size[module] += $$2; whole -= $$2 } \
		END { size["tables of functions and lines"] = whole; for (m in size) printf "%8.2f MB  %s\n", size[m] / 1e6, m }' | sort -rn | head -15
	@wc -c < bin/usersync | awk '{ printf "%8.2f MB  bin/usersync, stripped\n", $$1 / 1e6 }'
	@rm bin/usersync-symbols

demo: ## watch it work: every provider, an embedded database, nothing to set up
	@test -x bin/usersync || echo "building (a minute or two the first time)" >&2
	@$(MAKE) --no-print-directory build
	@bin/usersync demo

image: ## the container image (docker, or ENGINE=podman)
	$(or $(ENGINE),docker) build --build-arg VERSION=$(VERSION) --tag $(IMAGE) .

image-check: build ## the image's final stage, built and run with buildah as root (pulls nothing)
	@.ci/image

clean: ## remove what was built and measured
	rm -rf bin coverage.out coverage.out.new chaos.out
