# POSIX sh and make. `make run` and `make test` do everything on a fresh machine
# that has Go 1.26, gcc, git and the package registries.
.POSIX:
.PHONY: run build test test-short lint bench soak fmt clean

GO = go
HOME_DIR = .vouchsafe
RUN_FLAGS =

run: build
	bin/vouchsafe-dev --home $(HOME_DIR) $(RUN_FLAGS)

build:
	$(GO) build -o bin/vouchsafe ./cmd/vouchsafe
	$(GO) build -o bin/vouchsafe-dev ./cmd/vouchsafe-dev

test:
	$(GO) test -timeout 20m ./...

test-short:
	$(GO) test -short -timeout 10m ./...

lint: tools/bin/golangci-lint tools/bin/workflowcheck
	tools/bin/golangci-lint run ./...
	tools/bin/workflowcheck -config workflows/workflowcheck.yaml ./workflows/...

tools/bin/golangci-lint tools/bin/workflowcheck: tools/go.mod tools/go.sum
	cd tools && GOBIN="$$PWD/bin" $(GO) install tool

# One JSON object: applicants a second through the whole pipeline, a bare
# workflow's rate on the same server, and their ratio.
bench: build
	@bin/vouchsafe-dev bench

# Runs of thousands; SOAK sets the size.
SOAK = 500
soak: build
	VOUCHSAFE_SOAK=$(SOAK) $(GO) test -timeout 120m -run Soak -v ./internal/app/...

fmt:
	gofmt -w cmd internal workflows activities

clean:
	rm -rf bin tools/bin
