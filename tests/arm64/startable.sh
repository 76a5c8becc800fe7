#!/usr/bin/env bash
# Prints the path of something that this machine can start: PROGRAM itself, if it is for this machine's
# processor, and otherwise a script that starts it in qemu-user.
#
#   bash tests/arm64/startable.sh x86_64|arm64 PROGRAM
set -euo pipefail

case $1,$(uname -m) in
x86_64,x86_64 | arm64,aarch64) echo "$2" ;;
arm64,x86_64)
    source "$(dirname "${BASH_SOURCE[0]}")/toolchain.sh"
    starter=$arm64_folder/bin/$(basename "$2")
    arm64_starter "$(realpath "$2")" "$starter"
    echo "$starter"
    ;;
*)
    echo "startable.sh: a program for $1 cannot be started on $(uname -m)" >&2
    exit 1
    ;;
esac
