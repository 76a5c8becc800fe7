# s3-thumbnailer: every command there is. `make` alone prints them.
#
# Only `make run` and `make test` need nothing but Rust, make and a C compiler. The others install the
# tools they need, pinned, under target/tools.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo test check lint workflow template licences sbom auditable browser build invoke e2e chaos load cost conformance orientations \
	walk hostile fuzz bench deploy destroy operate letters redrive look audit

OUT ?= target/local
PORT ?= 8321
EVENT ?= all
ARCHITECTURE ?= arm64
STACK ?= s3-thumbnailer
UPLOADS ?= 200
SEED ?= 1
MUTATIONS ?= 1000
SECONDS ?= 60
MESSAGES ?= 20000
SIZE ?= 640x480

# How the commands' own programs are built. `dev` takes what `make test` has built already, with every
# feature; only what is measured must be `release`.
PROFILE ?= release
BUILT := $(if $(filter dev,$(PROFILE)),target/debug,target/$(PROFILE))
WITH := --quiet --profile $(PROFILE) $(if $(filter dev,$(PROFILE)),--workspace --all-features)
# An example of such options, run. Cargo runs none of a whole workspace.
example = $(if $(filter dev,$(PROFILE)),cargo build $(WITH) --example $(1) && $(BUILT)/examples/$(1),cargo run $(WITH) --example $(1) --)

TOOLS := bash tests/e2e/tools.sh
# Where `make deploy` left the region and the profile, if it is not samconfig.toml.
SAM_OPTIONS = $(if $(SAM_CONFIG),--config-file "$(SAM_CONFIG)")
DENY := target/tools/deny/bin/cargo-deny

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## See it work: pictures through an S3 on this machine (IMAGES=folder OUT=folder)
	@$(call example,local) $(if $(IMAGES),--images "$(IMAGES)") --out "$(OUT)"

demo: ## See it work in a browser: a page on 127.0.0.1 to drop pictures on (PORT=8321)
	@$(call example,demo) --port "$(PORT)"

test: ## Run every test, of what is built on request too: no network, no account, no Python
	cargo test --workspace --all-features

check: lint licences template workflow ## Check formats, lints, docs, licences, the template and the workflow

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	cargo clippy --lib --no-default-features --features avif -- -D warnings
	cargo clippy --lib --no-default-features --features heic -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --document-private-items

licences: $(DENY)
	$(DENY) check licenses bans sources

# Its own profile is the quickest to build, and speed does not matter here.
$(DENY):
	cargo install cargo-deny --version 0.20.2 --locked --debug --no-default-features --quiet \
		--root target/tools/deny --target-dir target/tools/deny/target
	rm -rf target/tools/deny/target

SBOM := target/tools/sbom/bin/cargo-sbom

$(SBOM):
	cargo install cargo-sbom --version 0.10.0 --locked --debug --quiet \
		--root target/tools/sbom --target-dir target/tools/sbom/target
	rm -rf target/tools/sbom/target

sbom: $(SBOM) ## Write down what the function is made of, as CycloneDX (target/sbom.cdx.json)
	@$(SBOM) --cargo-package s3-thumbnailer --output-format cyclone_dx_json_1_6 > target/sbom.cdx.json
	@echo "target/sbom.cdx.json: $$(grep -c '"purl"' target/sbom.cdx.json) crates"

AUDITABLE := target/tools/auditable/bin
BOOTSTRAP := target/lambda/s3-thumbnailer/bootstrap

$(AUDITABLE)/cargo-auditable:
	cargo install cargo-auditable@0.7.7 rust-audit-info@0.5.4 --locked --debug --quiet \
		--root target/tools/auditable --target-dir target/tools/auditable/target
	rm -rf target/tools/auditable/target

auditable: $(AUDITABLE)/cargo-auditable ## Build the function with the list of its crates inside, for `cargo audit bin`
	PATH="$(CURDIR)/$(AUDITABLE):$$($(TOOLS) sam):$$PATH" cargo auditable lambda build --quiet --release --bin s3-thumbnailer
	@$(AUDITABLE)/rust-audit-info $(BOOTSTRAP) > target/auditable.json
	@echo "$(BOOTSTRAP) names the $$(grep -o '"version"' target/auditable.json | wc -l) crates that it is built of"

template:
	sam="$$($(TOOLS) sam)" checkov="$$($(TOOLS) checkov)" && \
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 "$$sam/sam" validate --lint --template template.yaml && \
	"$$sam/cfn-lint" template.yaml && \
	"$$checkov/checkov" --skip-download --quiet --compact --framework cloudformation --file template.yaml

workflow:
	schema="$$($(TOOLS) workflow)" && \
	"$$schema/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml

# For the machine it runs on: the emulator starts the binary as a process.
build:
	PATH="$$($(TOOLS) sam):$$PATH" cargo lambda build --quiet --release --bin s3-thumbnailer

# One by one, so that the times on the contact sheet are those of one picture.
browser: ## Look at the demo and the contact sheet with a headless Chromium
	cargo build $(WITH) --example local --example demo
	CONCURRENCY=1 $(BUILT)/examples/local --out target/local > /dev/null
	bash tests/browser/run.sh $(BUILT)/examples/demo target/local/index.html

invoke: build ## Give the release binary a sample event in Lambda's emulator (EVENT=s3-put; all by default)
	@$(call example,invoke) \
		--cargo-lambda "$$($(TOOLS) sam)/cargo-lambda" --bootstrap $(BOOTSTRAP) \
		--event $(if $(filter all,$(EVENT)),all,"events/$(EVENT).json")

e2e: ## Deploy both variants to a local AWS, watch 200 uploads each become thumbnails, and remove them
	bash tests/e2e/run.sh

walk: ## Run every command of README and docs, in order, in a clean clone, and judge it by what they say (QUICK=1)
	@QUICK="$(QUICK)" CLONE="$(CLONE)" ONLY='$(value ONLY)' FROM="$(FROM)" bash tests/walk/run.sh

# Worker and example together, so that both take the same builds of what they depend on.
chaos: build ## Break everything around real processes and count what is lost (UPLOADS=200 SEED=1)
	cargo build $(WITH) --bin worker --example chaos
	@ministack="$$($(TOOLS) ministack)/ministack" && \
	$(call example,chaos) --uploads $(UPLOADS) --seed $(SEED) \
		--ministack "$$ministack" \
		--lambda-binary $(BOOTSTRAP) --worker-binary $(BUILT)/worker

# As chaos builds it; WORKER=binary for one that is there already.
load: ## Let a worker work off a long queue: does it get slower or larger? (MESSAGES=20000 SIZE=640x480)
	$(if $(WORKER),,cargo build $(WITH) --bin worker --example chaos)
	@MESSAGES=$(MESSAGES) SIZE=$(SIZE) bash tests/load/run.sh "$(or $(WORKER),$(BUILT)/worker)"

cost: ## What a million pictures cost, by what load and bench measured (OPTIONS="--batch 1"; --help)
	@export PYTHONDONTWRITEBYTECODE=1 && python3 -m unittest discover --start-directory tests/load && \
	python3 tests/load/cost.py $(OPTIONS)

# Drawings too, which no build reads that was not asked to; FEATURES= leaves them to be refused.
conformance: FEATURES ?= svg,pdf
conformance: WITH += --features "$(FEATURES)"
conformance: ## Compare what the engine makes of a corpus with what it must (CORPUS=folder)
	@$(if $(CORPUS),,echo "Which corpus? make conformance CORPUS=folder, with manifest.tsv and images/" >&2; exit 2)
	@$(call example,conformance) "$(CORPUS)" \
		--exceptions examples/conformance/exceptions.tsv

orientations: ## Make pictures in all 8 orientations x 6 formats with other tools, and run them as a corpus
	bash tests/conformance/orientations.sh target/orientations
	@$(call example,conformance) target/orientations

hostile: ## Feed the engine pictures made to break it, in processes of their own (MUTATIONS=1000 PICTURES=folder)
	@export MUTATIONS=$(MUTATIONS) && $(call example,hostile) $(if $(PICTURES),"$(PICTURES)")

fuzz: ## Fuzz each picture format, the rules and the messages (SECONDS=60 each, TARGETS="avif rules")
	bash fuzz/run.sh $(SECONDS) $(TARGETS)

# The processors that cargo-lambda builds for.
bench: CPU := $(if $(filter aarch64,$(shell uname -m)),neoverse-n1,haswell)
bench: ## Compare with sharp and Pillow, picture by picture (PICTURES=folder)
	@SHARP="$$($(TOOLS) sharp)" && PILLOW="$$($(TOOLS) pillow)" && export SHARP PILLOW && \
	export CARGO_TARGET_DIR=target/measured RUSTFLAGS="-C target-cpu=$(CPU)" && \
	cargo bench --quiet --bench compare -- $(if $(PICTURES),"$(abspath $(PICTURES))") && \
	cargo bench --quiet --bench giant && cargo bench --quiet --bench start && cargo bench --quiet --bench batch

deploy: ## Build and deploy to your AWS account, asking for what it needs to know
	sam="$$($(TOOLS) sam)" && export PATH="$$sam:$$PATH" && \
	sam build --parameter-overrides Architecture=$(ARCHITECTURE) && \
	sam deploy --guided --stack-name "$(STACK)" --capabilities CAPABILITY_IAM \
		--parameter-overrides Architecture=$(ARCHITECTURE)

destroy: ## Remove the stack, after asking; its bucket and all that is in it stay (STACK=name YES=1)
	@sam="$$($(TOOLS) sam)/sam" && export SAM_CLI_TELEMETRY=0 && \
	"$$sam" list resources --stack-name "$(STACK)" --output table $(SAM_OPTIONS) && \
	echo "Bucket and BucketPolicy, where they are listed, stay, with every picture and thumbnail." && \
	echo "All else is removed: waiting messages, dead letters and log lines with it." && \
	{ [[ "$(YES)" == 1 ]] || { read -rp "Remove the stack $(STACK)? [y/N] " answer && [[ "$$answer" == [yY]* ]]; }; } && \
	"$$sam" delete --stack-name "$(STACK)" --no-prompts $(SAM_OPTIONS)

# So that the first of them does not build while something waits.
operate:
	@cargo build $(WITH) --example operate

OPERATE := $(call example,operate)

letters: ## Show what is in the dead-letter queue, by reason (with the function's variables set)
	@$(OPERATE) letters

redrive: ## Send the dead letters back to the queue (REASON=one of them)
	@$(OPERATE) redrive $(if $(REASON),--reason "$(REASON)")

look: ## Have pictures looked at again (KEYS="images/a.jpg images/folder/")
	@$(OPERATE) look $(KEYS)

audit: ## Find pictures without thumbnails and the other way round (REPAIR=1 SOURCES=list.csv THUMBNAILS=list.csv)
	@$(OPERATE) audit $(if $(REPAIR),--repair) $(if $(SOURCES),--sources "$(SOURCES)") $(if $(THUMBNAILS),--thumbnails "$(THUMBNAILS)")
