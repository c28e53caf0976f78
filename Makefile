.PHONY: help run test torture siege fuzz bench lint

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 10

run:  ## set up, build and serve; ARGS="--listen 0.0.0.0:8080" adds flags
	@scripts/setup.sh run
	@echo "run: compiling, which takes some minutes the first time"
	cargo build --release --locked -p birdhouse
	@exec target/release/birdhouse serve --tls-dev $(ARGS)

test:  ## set up and run every test, with real client libraries and kill -9
	@scripts/setup.sh test
	@scripts/test.sh

torture:  ## make every step of a workload fail, on both databases, and check that nothing is lost
	@scripts/setup.sh test
	@scripts/torture.sh

siege:  ## attack the server beside a well-behaved user, and measure what the user feels
	@scripts/setup.sh test
	cargo build -q --release --locked -p birdhouse
	@CLIENTS_BIN=target/release/birdhouse .setup/venv/bin/python clients/siege.py $(ARGS)

fuzz:  ## set up and run every fuzz target for FUZZ_SECONDS (60)
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh

bench:  ## set up and print the table of benchmarks
	@scripts/setup.sh bench
	@scripts/bench.sh

lint:  ## format, clippy, documentation, dependencies, circles, lengths, words
	@scripts/setup.sh lint
	@scripts/lint.sh
