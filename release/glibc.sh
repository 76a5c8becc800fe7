#!/usr/bin/env bash
# Prints the newest version of glibc that a program asks for, such as 2.30.
set -euo pipefail
readelf --version-info --wide "$1" | grep -o 'Name: GLIBC_[0-9.]*' | sed 's/.*_//' | sort -Vu | tail -n 1
