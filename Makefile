# POSIX sh and make. `make run` and `make test` do everything on a fresh machine
# that has Go 1.26, git and the package registries.
.POSIX:
.PHONY: run build test test-short chromium screens lint docs assets bench bench-lists histories soak fmt clean

GO = go
HOME_DIR = .vouchsafe
RUN_FLAGS =

run: build
	bin/vouchsafe-dev --home $(HOME_DIR) $(RUN_FLAGS)

build:
	$(GO) build -o bin/vouchsafe ./cmd/vouchsafe
	$(GO) build -o bin/vouchsafe-dev ./cmd/vouchsafe-dev

test: chromium
	$(GO) test -timeout 20m ./...

# Installs Chromium for the browser journeys where it is missing and can be.
chromium:
	@sh internal/browsertest/chromium.sh

test-short:
	$(GO) test -short -timeout 10m ./...

# The linter's cache is this tree's own: the one that it shares by default between
# all trees of a machine answers with findings of files that are there no more.
lint: internal/tools/bin/golangci-lint internal/tools/bin/workflowcheck
	GOLANGCI_LINT_CACHE="$$PWD/internal/tools/bin/cache" internal/tools/bin/golangci-lint run ./...
	internal/tools/bin/workflowcheck -config workflows/workflowcheck.yaml ./workflows/...

internal/tools/bin/golangci-lint internal/tools/bin/workflowcheck: internal/tools/go.mod internal/tools/go.sum
	cd internal/tools && GOBIN="$$PWD/bin" $(GO) install tool

# Writes the generated parts of README.md anew.
docs:
	$(GO) test -count=1 -run TestReadmeTables ./internal/house -update

# Pictures of every page that the browser journeys come to, at both widths.
screens: chromium
	VOUCHSAFE_SCREENS="$$PWD/screens" $(GO) test -count=1 -timeout 20m -run 'TestJourneys|TestConsole' ./internal/browsertest
	@echo "Open screens/index.html."

# Builds the style sheet, internal/web/assets/app.css, anew from
# internal/web/styles, and speaks the recordings in internal/web/audio from the texts
# beside them. The results are committed: this alone needs npm, and the voices that
# make.sh names. Where those are not installed the recordings stay as they are.
assets:
	cd internal/web/styles && npm ci --ignore-scripts --no-audit --no-fund && node build.mjs
	sh internal/web/audio/make.sh

# One JSON object: applicants a second through the whole pipeline, a bare
# workflow's rate on the same server, and their ratio.
bench:
	@$(GO) build -o bin/vouchsafe-dev ./cmd/vouchsafe-dev
	@bin/vouchsafe-dev bench

# The console's lists over LISTS applicants: first, half and 95 of 100 looks at each
# page, in milliseconds. Filling the index takes some minutes.
LISTS = 50000
bench-lists:
	VOUCHSAFE_SOAK_LISTS=$(LISTS) $(GO) test -count=1 -timeout 60m -run TestSoakLists -v ./internal/onebox

# Records histories of today's workflows, for the replay test, beside those of
# earlier days.
histories:
	mkdir -p workflows/testdata/histories/$$(date +%F)
	VOUCHSAFE_RECORD="$$PWD/workflows/testdata/histories/$$(date +%F)" $(GO) test -count=1 -timeout 30m \
		-run 'TestRecordHistories|TestClosingAnAccount|TestYourDataAndReceipts|TestPurgeOfSevenYears|TestMarketing|TestComplaint|TestLegalProcess|TestInvitationExpires|TestWhatIsHeld' ./internal/onebox

# Runs of thousands: an outage and its bulk retry of SOAK applicants, SOAK_FAULTS
# of them while nearly a third of what vendors are asked goes wrong, SOAK_KILLS
# times SIGKILL in mid-flight, SOAK_INVITE people invited from one list, a text that
# changes among SOAK_NOTICE open applications, a report on what is due among SOAK_PURGE
# ended cases and the purge of SOAK_PURGED of them, and fuzzing for SOAK_FUZZ each.
# SOAK_OUTAGE is how many applicants an outage stops in production's own processes, with
# the worker killed while all are retried, and SOAK_RATE what the vendor allows a second.
SOAK_OUTAGE = 1000
SOAK_RATE = 50
SOAK = 1000
SOAK_FAULTS = 500
SOAK_KILLS = 20
SOAK_INVITE = 5000
SOAK_NOTICE = 1000
SOAK_PURGE = 10000
SOAK_PURGED = 1000
SOAK_FUZZ = 60s
soak:
	VOUCHSAFE_SOAK=$(SOAK) VOUCHSAFE_SOAK_OUTAGE=$(SOAK_OUTAGE) VOUCHSAFE_SOAK_RATE=$(SOAK_RATE) VOUCHSAFE_SOAK_FAULTS=$(SOAK_FAULTS) VOUCHSAFE_SOAK_KILLS=$(SOAK_KILLS) VOUCHSAFE_SOAK_INVITE=$(SOAK_INVITE) VOUCHSAFE_SOAK_NOTICE=$(SOAK_NOTICE) VOUCHSAFE_SOAK_PURGE=$(SOAK_PURGE) VOUCHSAFE_SOAK_PURGED=$(SOAK_PURGED) $(GO) test -count=1 -timeout 240m -run Soak -v ./internal/onebox
	$(GO) test -run NONE -fuzz FuzzPage -fuzztime $(SOAK_FUZZ) ./internal/ledger
	$(GO) test -run NONE -fuzz FuzzRecord -fuzztime $(SOAK_FUZZ) ./internal/ledger
	$(GO) test -run NONE -fuzz FuzzRead -fuzztime $(SOAK_FUZZ) ./internal/invitations
	$(GO) test -run NONE -fuzz FuzzOpen -fuzztime $(SOAK_FUZZ) ./internal/vault

fmt:
	gofmt -w cmd internal workflows activities

clean:
	rm -rf bin internal/tools/bin
