# Two commands do everything on a fresh Debian machine with Rust, Node, Python and Go: make run, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := target/debug/consilium
# Clippy compiles the workspace's own crates for the tests and checks them on the way: lint and tests build once, with
# the same features. These are the two variables that `cargo clippy` sets itself; warnings are errors.
CHECKED := RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
ALL := --locked --workspace --features consilium/jemalloc
# In short; in full in `make fuzz`.
SIMULATIONS := cd tests/clients && node replay.mjs ../../target/debug/examples/replay 2000 \
  && node passages.mjs ../../target/debug/examples/passages 30 \
  && node suggesting.mjs ../../target/debug/examples/suggesting 30 1 100

.PHONY: help run test lint bench bench-hostile bench-peers chaos fuzz release web client examples screenshots packages tables ecosystem image libreoffice firefox

help: ## Show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: web ## Build the web app and the server, start it with embedded stores, print its URL
	@echo "== building the server (a few minutes the first time)"
	cargo build --locked -p consilium
	@echo "== starting; the first line is the URL"
	@(cargo build --quiet --locked -p consilium-press && echo "== pictures and files can be read now") &
	$(BIN) serve

web: web/node_modules/.package-lock.json web/dist/index.html ## Build the web app, which is embedded in the server

# Not npm ci: it wants every optional package of every platform in the lock file, and not every registry
# has them. npm install takes the same versions by the same checksums.
web/node_modules/.package-lock.json: web/package-lock.json
	npm --prefix web install --no-save --no-progress
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/vite.config.ts web/tsconfig.json clients/typescript/src -type f)
	@echo "== building the web app"
	npm --prefix web run --silent build

packages: ## Install the Debian packages and npm packages that the tests need
	@scripts/packages

client: ## Write the description of the REST interface, and the TypeScript client's types, anew
	cargo build --locked -p consilium
	$(BIN) openapi > clients/typescript/openapi.json
	npm --prefix clients/typescript ci --no-progress
	npm --prefix clients/typescript run --silent generate

tables: packages ## Write the tables that the tests measure into the docs
	cargo build --locked --workspace --features consilium/jemalloc
	UPDATE_TABLES=1 scripts/with-stores node --test --test-force-exit tests/clients/client_table.test.mjs tests/clients/outages.test.mjs

ecosystem: ## Clients made by others' generators compile and make a round trip (not in make test)
	@if [ ! -x target/ecosystem/venv/bin/openapi-generator-cli ]; then mkdir -p target/ecosystem && python3 -m venv target/ecosystem/venv; fi
	target/ecosystem/venv/bin/pip install --quiet --disable-pip-version-check -r tests/ecosystem/requirements.txt
	npm --prefix tests/ecosystem ci --no-progress --ignore-scripts
	cargo build --locked --workspace --features consilium/jemalloc
	node tests/ecosystem/run.mjs

libreoffice: ## Suggestions go to LibreOffice as tracked changes and come back (as root; not in make test)
	@command -v soffice >/dev/null || apt-get install -y -qq --no-install-recommends libreoffice-writer-nogui >/dev/null
	cargo build --locked --workspace --features consilium/jemalloc
	node tests/ecosystem/libreoffice.mjs

firefox: web packages ## The journey of the library in Chromium and in Firefox ESR (as root; not in make test)
	@command -v firefox-esr >/dev/null || apt-get install -y -qq --no-install-recommends firefox-esr >/dev/null
	cargo build --locked --workspace --features consilium/jemalloc
	JOURNEY_FIREFOX=1 node --test --test-force-exit tests/clients/journey.test.mjs

image: ## Run the final stage of the Dockerfile in a root made by debootstrap (as root; not in make test)
	@command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
	cargo build --locked --workspace --features consilium/jemalloc
	python3 scripts/image.py

examples: ## Build the example apps
	@if [ examples/package-lock.json -nt examples/node_modules/.package-lock.json ]; then npm --prefix examples install --no-save --no-progress; fi
	npm --prefix examples run --silent build

test: packages web examples ## Install what the tests need, then run every test
	$(CHECKED) cargo build $(ALL) --all-targets
	scripts/with-stores scripts/beside '$(CHECKED) cargo test $(ALL) --lib --bins --tests' '$(SIMULATIONS)' \
	  'npm --prefix web test && npm --prefix clients/typescript ci --no-progress && npm --prefix clients/typescript test'
	scripts/with-stores npm --prefix tests/clients test
	scripts/with-stores npm --prefix web run e2e

lint: web ## Formatting, clippy, types, licences; nothing is fetched
	cargo fmt --all --check
	$(CHECKED) cargo build $(ALL) --all-targets
	python3 scripts/licences.py
	python3 scripts/house.py
	npm --prefix web run --silent lint

bench-peers: ## Install the servers that we are measured beside
	npm --prefix bench/peers ci --no-progress
	cargo build --locked --release --manifest-path bench/peers/rust/Cargo.toml

bench: ## Measure; see bench/README.md
	bench/run

bench-hostile: packages ## Measure what hostile inputs cost; see bench/README.md
	cargo build --locked --release -p consilium --features jemalloc
	CONSILIUM_BIN=target/release/consilium node bench/hostile/all.mjs

chaos: packages ## In full: nodes and stores killed, cut, frozen and restarted under load, hundreds of times
	cargo build --locked --workspace --all-targets --features consilium/jemalloc
	CHAOS_KILLS=200 CHAOS_FSYNCS=50 cargo test --locked --workspace --features consilium/jemalloc --test it chaos -- --nocapture --test-threads=1
	CHAOS_FULL=1 CHAOS_NODE_KILLS=200 CHAOS_REDIS_CUTS=100 CHAOS_REDIS_FREEZES=30 CHAOS_REDIS_KILLS=30 \
	  CHAOS_REDIS_AWAY_SECONDS=300 CHAOS_STORE_KILLS=20 CHAOS_ROLLS=20 \
	  cargo test --locked --workspace --features consilium/jemalloc --test it cluster -- --nocapture --test-threads=1
	CHAOS_FULL=1 CHAOS_REVOCATIONS=100 scripts/with-stores node --test --test-force-exit tests/clients/cluster.test.mjs

fuzz: packages ## In full: 100,000 schedules against Yjs, 1,000 seeds of everyday edits with passages and with suggestions, 10 million mutated updates, a million frames, 20,000 documents as text, 300 hostile files
	cargo build --locked --workspace --all-targets --features consilium/jemalloc
	FUZZ_FRAMES=10000000 cargo test --locked --workspace --features consilium/jemalloc --test mutation -- --nocapture
	FUZZ_TEXTS=20000 cargo test --locked --workspace --features consilium/jemalloc --test text_formats -- --nocapture
	FUZZ_TEXTS=20000 npm --prefix web test -- src/features/editor/formats.test.ts
	node tests/clients/replay.mjs target/debug/examples/replay 100000 1000000
	node tests/clients/passages.mjs target/debug/examples/passages 1000 100000
	node tests/clients/suggesting.mjs target/debug/examples/suggesting 1000 100000 100
	HOSTILE_FILES=300 node --test --test-force-exit tests/clients/files.test.mjs
	OPENAPI_EXAMPLES=50 node --test --test-force-exit tests/clients/openapi.test.mjs tests/clients/matrix.test.mjs
	ATTACK_TRIES=10000 node --test --test-force-exit tests/clients/attacks.test.mjs
	FUZZ_SOCKET_FRAMES=1000000 cargo test --locked --workspace --features consilium/jemalloc --test it hostile_frames -- --nocapture

release: web ## Build the optimised binary
	cargo build --locked --release -p consilium -p consilium-press --features consilium/jemalloc

screenshots: web ## Make the picture of two cursors in the README
	cargo build --locked -p consilium
	npm --prefix web run --silent screenshots
