#!/usr/bin/env bash
# `make browser`: the demo and the contact sheet in a headless Chromium. Needs Node with npm, and
# Chromium: CHROMIUM names its program. If that is not set, this looks for one, and on Debian, as
# root, installs it.
#
#   bash tests/browser/run.sh DEMO CONTACT_SHEET      the demo's binary, and the page of `make run`
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

if [[ -z ${CHROMIUM:-} ]]; then
    find_it() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
    if ! CHROMIUM=$(find_it); then
        if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
            echo "There is no Chromium on this machine: install it, or set CHROMIUM to its program" >&2
            exit 2
        fi
        echo "Installing Chromium ..." >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
        CHROMIUM=$(find_it)
    fi
fi
modules=$(bash "$root/tests/e2e/tools.sh" browser)
export CHROMIUM
exec node "$root/tests/browser/main.mjs" "$modules" "$1" "$2" "$root/target/browser"
