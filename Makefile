# Everything that one does with this project. `make` alone lists it.

GO       ?= go
BIN      := bin/bones
MADE      = $(dir $(BIN))
FUZZTIME ?= 5s
PREFIX   ?= /usr/local
DIST     ?= dist
DOCKER   ?= docker
IMAGE    ?= bones:latest
# Programs of the tests and of the benchmark; ./... passes testdata over.
TESTPROGRAMS := $(addprefix bones/testdata/,hostile hostile/mini hostile/world bench bench/table deaf release \
                attacks/hostfiles attacks/forgedreport realhost/inside)
# Pinned, and run from the module cache: nothing is installed.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help
.PHONY: help build image run test soak bench microbench lint fuzz golden screens cross man install packages release \
        clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# Without HTTP/2, which Prometheus' scrapes do not need, and with functions at every 16th byte: that is 0.5 MB less.
BUILD = CGO_ENABLED=0 $(GO) build -trimpath -tags nethttpomithttp2 -ldflags "-s -w -E main.entry -funcalign=16 $(LINK)"

build: ## build bin/bones, one static binary
	$(BUILD) -o $(BIN) ./cmd/bones

image: build ## make the image IMAGE (bones:latest) of nothing but the binary, with DOCKER (docker)
	printf 'FROM scratch\nCOPY $(notdir $(BIN)) /bones\nENV PATH=/ LANG=C.UTF-8\nENTRYPOINT ["/bones"]\n' | \
		$(DOCKER) build --tag $(IMAGE) --file - $(MADE)

run: build ## build it and start the terminal UI on this host
	@./$(BIN)

test: ## run all tests, or those of TIERS; what they need is installed first, after a question (root, Debian)
	@GO=$(GO) TIERS="$(TIERS)" RACE="$(RACE)" bash testdata/test.sh

soak: ## the tests with long counts of races and ends, and every fuzz target for 10 minutes; takes hours
	@BONES_SOAK=1 GO=$(GO) TIERS="$(TIERS)" RACE="$(RACE)" bash testdata/test.sh
	@$(MAKE) --no-print-directory fuzz FUZZTIME=10m

bench: build ## measure against ps, htop, lsns, docker and others in one run; README=README.md writes its table
	$(GO) run bones/testdata/bench -bones ./$(BIN) $(if $(README),-readme $(README))

microbench: ## the benchmarks of Go: parts of bones, many containers, a scrape, a week of recordings
	$(GO) test -run '^$$' -bench . -benchtime 300ms ./procwalk/... ./nsview/... ./ui/...
	$(GO) test -run '^$$' -bench 'Engine|SampleContainers|Resolve|Scrape|Replay' -benchtime 1x ./cmd/bones/...

lint: ## vet, gofmt, go mod tidy, staticcheck, and a build for both architectures
	$(GO) vet ./... $(TESTPROGRAMS)
	@unformatted=$$(gofmt -l cmd ui procwalk nsview cgroupview testdata); if [ -n "$$unformatted" ]; then \
		echo "not gofmt'ed: $$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	cd testdata/realhost/cri && $(GO) mod tidy -diff && $(GO) vet .
	cd testdata/manifests && $(GO) mod tidy -diff && $(GO) vet .
	$(GO) run $(STATICCHECK) ./... $(TESTPROGRAMS)
	$(MAKE) cross

cross: ## compile for amd64 and arm64 without cgo
	GOARCH=amd64 $(BUILD) -o /dev/null ./cmd/bones
	GOARCH=arm64 $(BUILD) -o /dev/null ./cmd/bones

# Which code runs hangs on the order of maps and goroutines, too: an input is made smaller 20 times, not for a minute.
fuzz: ## run every fuzz target for FUZZTIME (5s)
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg || exit 1; \
	  done; \
	done

golden: ## write the golden files anew; look at the diff before you commit it
	$(GO) test ./procwalk/psfmt ./ui ./ui/containers ./ui/namespaces ./ui/cgroups ./ui/files ./ui/events -update

screens: ## draw the README's screens and pictures anew, in a virtual machine; look at the diff before you commit it
	$(GO) test ./ui -run '^TestPictures$$' -count 1 -update
	$(GO) test ./cmd/bones -run '^TestReadmeScreens$$' -count 1 -update

man: build ## write the manual pages to bin/man
	@rm -rf $(MADE)man && mkdir -p $(MADE)man
	$(abspath $(BIN)) man $(MADE)man

install: man ## install binary, manual pages and completions below PREFIX (/usr/local); DESTDIR comes before it
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/bones
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(MADE)man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 $(MADE)man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	@mkdir -p $(MADE)completion
	for shell in bash zsh fish; do $(abspath $(BIN)) completion $$shell > $(MADE)completion/$$shell || exit 1; done
	install -D -m 644 $(MADE)completion/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bones
	install -D -m 644 $(MADE)completion/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_bones
	install -D -m 644 $(MADE)completion/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/bones.fish

packages: ## write deb and rpm packages for amd64 and arm64 to dist (DIST); they have the commit's time in them
	$(GO) run bones/testdata/release -packages -out $(DIST)

release: ## write packages, archives, SBOMs and SHA256SUMS to dist (DIST): the same bytes wherever the commit is built
	$(GO) run bones/testdata/release -out $(DIST) $(if $(ARCH),-arch $(ARCH))

clean: ## remove what was built
	rm -rf bin dist
