#!/usr/bin/env bash
# Which glibc a program needs, read out of it. What needs a newer one than Lambda's runtime has never
# starts there, and nothing here would notice: this machine's is newer.
#
#   bash tests/e2e/glibc.sh PROGRAM...
set -euo pipefail

lambda=2.34 # provided.al2023's

for program in "$@"; do
    versions=$(objdump --dynamic-syms "$program" | grep -o 'GLIBC_2[0-9.]*' | sort -Vu || true)
    newest=${versions##*_}
    if [[ -z $newest ]]; then
        echo "glibc: $program names no version of glibc: is it a program for Linux?" >&2
        exit 1
    fi
    if [[ $(printf '%s\n' "$newest" $lambda | sort -V | tail -n 1) != "$lambda" ]]; then
        echo "glibc: $program needs glibc $newest, and Lambda's has $lambda: it would not start there" >&2
        exit 1
    fi
    echo "$program needs glibc $newest; Lambda's has $lambda"
done
