#!/usr/bin/env bash
# Prints the version that Cargo.toml gives: the first one in it, the package's own.
set -euo pipefail
sed -n 's/^version = "\(.*\)"$/\1/p;T;q' "$(dirname "${BASH_SOURCE[0]}")/../../Cargo.toml"
