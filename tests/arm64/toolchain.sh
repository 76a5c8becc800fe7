#!/usr/bin/env bash
# What builds for arm64 on this machine, and what runs that here. All of it is under target/tools/arm64,
# except for rustup's own target.
#
#   source tests/arm64/toolchain.sh
#   cargo build --target aarch64-unknown-linux-gnu ...      now builds, and `cargo test` runs as well
#   cargo lambda build --arm64 ...                          as well; it is on the PATH
#   "${arm64_runner[@]}" PROGRAM                            runs a program for arm64
#   arm64_starter PROGRAM FILE                              makes FILE a script that does the same
#
# An aarch64 machine needs nothing but cargo-lambda. Others need
# - Rust's standard library for arm64: rustup's, or else Debian's compiler with its own (RUSTC);
# - a C compiler and linker: the zig that comes with cargo-lambda, which also builds what is deployed;
# - qemu-user: the machine's own, or else Debian's; and Debian's C library for arm64.
# What comes from Debian is unpacked, not installed, in the newest version that its servers have.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../e2e/tools.sh"
arm64_target=aarch64-unknown-linux-gnu
arm64_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/target/tools/arm64
arm64_runner=()
PATH="$(tools sam):$PATH"
export PATH

arm64_says() {
    echo "arm64: $*" >&2
}

# Runs apt-get or apt-cache on lists of its own, with arm64's packages in them: no root is needed, and
# the machine's settings stay as they are.
arm64_apt() {
    APT_CONFIG=$arm64_folder/apt.conf "$@"
}

# Asks Debian's servers what they have, once.
arm64_lists() {
    local folder=$arm64_folder/apt
    [[ -z ${arm64_listed:-} ]] || return 0
    if ! command -v apt-get >/dev/null; then
        arm64_says "this machine has no apt-get to bring what is missing"
        exit 1
    fi
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    cat >"$arm64_folder/apt.conf" <<END
APT::Architectures { "$(dpkg --print-architecture)"; "arm64"; };
APT::Sandbox::User "";
Dir::State "$folder";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$folder/cache";
END
    arm64_apt apt-get update --quiet --quiet >&2
    arm64_listed=1
}

# Unpacks packages into target/tools/arm64/NAME.
arm64_unpack() {
    local name=$1 to=$arm64_folder/$1 package
    shift
    arm64_says "unpacking $* into target/tools/arm64/$name"
    rm -rf "$to.part"
    mkdir -p "$to.part/packages"
    (cd "$to.part/packages" && arm64_apt apt-get download --quiet --quiet "$@" >&2)
    for package in "$to.part"/packages/*.deb; do
        dpkg -x "$package" "$to.part"
    done
    rm -rf "$to.part/packages"
    mv "$to.part" "$to" # last, so that it marks a complete one
}

# The first package that another depends on and whose name begins like that.
arm64_dependency() {
    local found
    found=$(arm64_apt apt-cache depends "$1" | sed -n "s/^ *Depends: \($2[0-9.]*\)\$/\1/p")
    if [[ -z $found ]]; then
        arm64_says "$1 depends on no $2"
        return 1
    fi
    head -n 1 <<<"$found"
}

# A PROGRAM without a slash is beside FILE. It is told the script's name as its own, so that it can
# start itself once more.
arm64_starter() {
    local program=$1 runner=${arm64_runner[*]}
    [[ $program == */* ]] || program="\${0%/*}/$program"
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${runner:+$runner -0 \"\$0\"}" "$program" >"$2"
    chmod +x "$2"
}

arm64_has_library() {
    [[ -d $(rustc --print target-libdir --target $arm64_target 2>/dev/null) ]]
}

arm64_rust() {
    local root=$arm64_folder/rust library llvm
    if arm64_has_library || { rustup target add $arm64_target >&2 && arm64_has_library; }; then
        arm64_says "Rust's library is that of $(rustc --version)"
        return
    fi
    # Its package conflicts with rustup's and would replace Debian's rustc: unpacked, it harms neither.
    if [[ ! -d $root ]]; then
        arm64_lists
        library=$(arm64_dependency libstd-rust-web-dev libstd-rust-web-)
        llvm=$(arm64_dependency "$library" libllvm)
        arm64_unpack rust rustc-web "$library" "$llvm" libstd-rust-web-dev libstd-rust-web-dev:arm64
    fi
    cat >"$arm64_folder/bin/rustc" <<END
#!/bin/sh
export LD_LIBRARY_PATH="$(printf '%s:' "$root"/usr/lib/*-linux-gnu "$root"/usr/lib/llvm-*/lib)"
exec "$root/usr/bin/rustc" --sysroot "$root/usr" "\$@"
END
    chmod +x "$arm64_folder/bin/rustc"
    export RUSTC=$arm64_folder/bin/rustc
    arm64_says "rustup has no library for arm64; the compiler is Debian's $("$RUSTC" --version)"
}

arm64_zig() {
    local tool
    for tool in cc c++ ar; do
        printf '#!/bin/sh\nexec cargo-lambda zig %s -- %s "$@"\n' \
            $tool "$([[ $tool == ar ]] || echo '-target aarch64-linux-gnu')" >"$arm64_folder/bin/zig-$tool"
        chmod +x "$arm64_folder/bin/zig-$tool"
    done
    export CC_aarch64_unknown_linux_gnu=$arm64_folder/bin/zig-cc \
        CXX_aarch64_unknown_linux_gnu=$arm64_folder/bin/zig-c++ \
        AR_aarch64_unknown_linux_gnu=$arm64_folder/bin/zig-ar \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$arm64_folder/bin/zig-cc
}

arm64_qemu() {
    local qemu libraries=$arm64_folder/libc
    qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)
    if [[ -z $qemu ]]; then
        qemu=$arm64_folder/qemu/usr/bin/qemu-aarch64-static
        if [[ ! -x $qemu ]]; then
            arm64_lists
            arm64_unpack qemu qemu-user-static
        fi
    fi
    if [[ ! -d $libraries ]]; then
        arm64_lists
        arm64_unpack libc libc6-arm64-cross
    fi
    arm64_runner=("$qemu" -L "$libraries/usr/aarch64-linux-gnu")
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="${arm64_runner[*]}"
    arm64_says "programs run in $("$qemu" --version | head -n 1)"
}

case $(uname -sm) in
"Linux aarch64") arm64_says "this machine is one" ;;
Linux*)
    mkdir -p "$arm64_folder/bin"
    arm64_rust
    arm64_zig
    arm64_qemu
    ;;
*) arm64_says "this needs Linux, as programs for Lambda do" && exit 1 ;;
esac
