#!/usr/bin/env bash
# Makes the worker's image, as an archive of an OCI layout, with buildah: without a daemon, and without
# running anything of the image.
#
#   bash deploy/release/image.sh FOLDER ARCHITECTURE WORKER LIBRARIES      the folder has THIRD-PARTY.txt
#
# The worker is linked with glibc, as the function is, because musl's allocator is slow with many threads, and
# because glibc that is linked statically still loads the libraries by which it resolves names, of any version
# that it finds. So the few libraries that the worker names go into the image, from the folder LIBRARIES.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1 architecture=$2 worker=$3 libraries=$4
certificates=/etc/ssl/certs/ca-certificates.crt
case $architecture in
arm64) platform=linux/arm64 ;;
x86_64) platform=linux/amd64 ;;
*) echo "image.sh: the architecture $architecture is neither arm64 nor x86_64" >&2 && exit 1 ;;
esac
licence_of_glibc=/usr/share/doc/libc6/copyright
for program in buildah readelf; do
    command -v "$program" >/dev/null || { echo "image.sh: this needs $program (Debian: buildah, binutils)" >&2 && exit 1; }
done
for file in "$certificates" "$licence_of_glibc"; do
    [[ -s $file ]] || { echo "image.sh: there is no $file (Debian: ca-certificates, libc6)" >&2 && exit 1; }
done

work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT # without root, the store has folders that nobody may change
image=$work/root
mkdir -p "$image/lib" "$image/etc/ssl/certs"
ln -s lib "$image/lib64" # where x86_64 looks for its loader

# What a program is linked with, and what those are linked with.
add_libraries() {
    local name
    for name in $(readelf --dynamic --wide "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        [[ ! -e $image/lib/$name ]] || continue
        [[ -e $libraries/$name ]] || { echo "image.sh: $libraries has no $name, which $1 is linked with" >&2 && exit 1; }
        install -m 755 "$libraries/$name" "$image/lib/$name"
        add_libraries "$libraries/$name"
    done
}
install -m 755 "$worker" "$image/worker"
add_libraries "$worker"
loader=$(readelf --program-headers --wide "$worker" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
[[ -e $image$loader ]] || { echo "image.sh: the loader $loader is not among the libraries of $worker" >&2 && exit 1; }
# Older ones resolve names by a library that no program names.
glibc=$(readelf --version-info --wide "$image/lib/libc.so.6" | grep -o 'Name: GLIBC_[0-9.]*' | sed 's/.*_//' | sort -Vu | tail -n 1)
if [[ $(printf '%s\n' "$glibc" 2.34 | sort -V | head -n 1) != 2.34 ]]; then
    echo "image.sh: $libraries has glibc $glibc, and the image needs 2.34 or newer" >&2
    exit 1
fi
install -m 644 "$certificates" "$image$certificates"
echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
mkdir "$image/licences"
install -m 644 "$here"/../../LICENSE-* "$folder/THIRD-PARTY.txt" "$image/licences"
install -m 644 "$licence_of_glibc" "$image/licences/glibc"

install -m 644 "$here/Containerfile" "$work"
version=$(bash "$here/version.sh")
archive=$(cd "$folder" && pwd)/s3-thumbnailer-worker-$version-$architecture.oci.tar
rm -f "$archive"
store=(--storage-driver vfs --root "$work/store" --runroot "$work/run")
buildah "${store[@]}" build --quiet --platform "$platform" --timestamp 0 --tag worker --file "$work/Containerfile" "$work" >/dev/null
buildah "${store[@]}" push --quiet worker "oci-archive:$archive:$version"
