#!/usr/bin/env bash
# Fuzzes each target for SECONDS: `fuzz/run.sh SECONDS [TARGET...]`. A target is `message`, `rules`,
# `jpeg-decoder` or `vp8-decoder` (at every scale), or the name of a picture format, for fuzzing
# from its decoder to the thumbnail. Installs cargo-fuzz under target/tools and writes the first
# corpus. A finding fails the run and stays in fuzz/artifacts; new inputs stay in fuzz/corpus for
# the next run. Each library's target is a package beside it, so that fuzzing one builds no other;
# `fuzz/` itself holds the targets of the whole program, and the workspace of all.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?"usage: fuzz/run.sh SECONDS [TARGET...]"}
shift
formats=$(cargo run --quiet --package thumbnail --example seeds -- fuzz/corpus events)
targets=("$@")
[ ${#targets[@]} -gt 0 ] || read -ra targets <<<"message rules jpeg-decoder vp8-decoder $formats"

tools=target/tools/fuzz
if [ ! -x "$tools/bin/cargo-fuzz" ]; then
    cargo install cargo-fuzz --version 0.13.1 --locked --debug --quiet \
        --root "$tools" --target-dir "$tools/target"
    rm -rf "$tools/target"
fi

# Sanitizers and coverage need flags that a stable compiler only takes with this.
export RUSTC_BOOTSTRAP=1
export PATH="$PWD/$tools/bin:$PATH"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    case $target in
        message | rules) package=fuzz binary=$target corpus=$target ;;
        jpeg-decoder) package=crates/jpeg/fuzz binary=jpeg corpus=jpeg ;;
        vp8-decoder) package=crates/vp8/fuzz binary=vp8 corpus=vp8 ;;
        *) package=crates/thumbnail/fuzz binary=picture corpus=$target ;;
    esac
    if [ ! -d "fuzz/corpus/$corpus" ]; then
        echo "fuzz/run.sh: there is no target $target; the targets are message rules jpeg-decoder vp8-decoder $formats" >&2
        exit 2
    fi
    mkdir -p "fuzz/artifacts/$target"
    # re_rav1d 0.1.3 leaks 48 bytes, those of an empty list, with every frame that it frees.
    leaks=$([ "$target" = avif ] && echo 0 || echo 1)
    if ! ASAN_OPTIONS=detect_leaks=$leaks cargo fuzz run --release --fuzz-dir "$package" \
        "$binary" "fuzz/corpus/$corpus" -- -max_total_time="$seconds" \
        -artifact_prefix="fuzz/artifacts/$target/" -rss_limit_mb=1024 -timeout=20 -max_len=65536 \
        -print_final_stats=1 -verbosity=0 >"$log" 2>&1; then
        cat "$log"
        exit 1
    fi
    runs=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
    peak=$(awk '/stat::peak_rss_mb/ { print $2 }' "$log")
    echo "$target: $runs runs in $seconds s, $((runs / seconds)) per second, no finding, peak $peak MB"
done
