#!/usr/bin/env bash
# Makes a corpus for `make conformance`: one picture, stored in all 8 orientations x 6 formats by
# tools that share no code with this project. ImageMagick turns the pixels; ExifTool, libavif and
# libheif write the orientation. All 48 files must give the same thumbnail.
#
#   orientations.sh FOLDER
#
# Installs ImageMagick, ExifTool, cwebp and avifenc as Debian packages if they are missing, and
# pillow-heif, pinned, under target/tools.
set -euo pipefail
folder=$1
python="$(bash "$(dirname "$0")/../e2e/tools.sh" heif)/python"

missing=()
needs() {
    command -v "$1" >/dev/null || missing+=("$2")
}
# Other programs are called convert, too.
imagemagick() {
    local program
    for program in $(type -ap convert); do
        if "$program" -version 2>/dev/null | grep -q ImageMagick; then
            echo "$program"
            return
        fi
    done
    return 1
}
imagemagick >/dev/null || missing+=(imagemagick)
needs exiftool libimage-exiftool-perl
needs cwebp webp
needs avifenc libavif-bin
if ((${#missing[@]})); then
    echo "installing ${missing[*]}"
    { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >/dev/null
fi

imagemagick=$(imagemagick)
convert() {
    "$imagemagick" "$@"
}

rm -rf "$folder"
mkdir -p "$folder/images" "$folder/reference"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A picture that is not square and looks different in every orientation, so that every turn shows.
convert -size 480x320 gradient:'#204080-#f0c060' \
    -fill '#c03030' -draw 'rectangle 40,40 80,280 rectangle 80,40 280,80 rectangle 80,140 200,180' \
    -fill '#30a050' -draw 'circle 400,240 400,190' -depth 8 "$work/upright.png"
convert "$work/upright.png" -filter Lanczos -resize 256x256 "$work/reference.png"

# How the stored pixels are turned, by the EXIF orientation that undoes it (EXIF 3.0, 4.6.5.1.6),
# and the boxes with the same meaning (ISO/IEC 23008-12, 6.5.10 and 6.5.12): first quarter turns
# anti-clockwise, then top and bottom exchanged (0), or left and right (1).
stored=(- '' -flop '-rotate 180' -flip -transpose '-rotate 270' -transverse '-rotate 90')
boxes=(- '' '--imir 1' '--irot 2' '--imir 0' '--irot 1 --imir 0' '--irot 3' '--irot 3 --imir 0' '--irot 1')

printf 'file\tverdict\twidth\theight\tnote\n' >"$folder/manifest.tsv"
for orientation in {1..8}; do
    turned="$work/$orientation.png"
    # shellcheck disable=SC2086 # a list of words
    convert "$work/upright.png" ${stored[orientation]} +repage "$turned"
    convert "$turned" -quality 95 -sampling-factor 4:4:4 "$folder/images/$orientation.jpg"
    convert "$turned" -compress LZW "$folder/images/$orientation.tif"
    cp "$turned" "$folder/images/$orientation.png"
    cwebp -quiet -lossless "$turned" -o "$folder/images/$orientation.webp"
    exiftool -quiet -quiet -overwrite_original -n -Orientation="$orientation" \
        "$folder/images/$orientation".{jpg,tif,png,webp}
    # shellcheck disable=SC2086
    avifenc --speed 8 --min 0 --max 10 ${boxes[orientation]} "$turned" \
        "$folder/images/$orientation.avif" >/dev/null
    # pillow-heif writes the orientation in the JPEG's EXIF as boxes.
    "$python" - "$folder/images/$orientation" <<'PYTHON'
import sys
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
picture = Image.open(sys.argv[1] + ".jpg")
picture.save(sys.argv[1] + ".heic", quality=90, exif=picture.info["exif"])
PYTHON
    for extension in jpg tif png webp avif heic; do
        printf '%s.%s\tthumbnail\t256\t171\t\n' "$orientation" "$extension" >>"$folder/manifest.tsv"
        cp "$work/reference.png" "$folder/reference/$orientation.$extension.png"
    done
done
