"""Encodes the drawn pictures of `make bench` in the formats that nothing of ours writes, or in
which other programs' files are the usual ones.

python3 encode.py PIXELS FOLDER    encodes what FOLDER lacks, from 12mp.tiff and 3mp.tiff
"""

import os
import sys

import pillow_heif
import pillow_jxl  # noqa: F401 (teaches Pillow JPEG XL)
from PIL import Image

pillow_heif.register_heif_opener()

# The name, the pixels, the mode if not RGB, and how Pillow saves it.
PICTURES = [
    ("photo-12mp-422.jpg", "12mp", None, {"format": "JPEG", "quality": 82, "subsampling": "4:2:2"}),
    ("photo-12mp-cmyk.jpg", "12mp", "CMYK", {"format": "JPEG", "quality": 82}),
    ("photo-12mp.png", "12mp", None, {"format": "PNG"}),
    ("palette-3mp.png", "3mp", "P", {"format": "PNG"}),
    ("photo-3mp.gif", "3mp", "P", {"format": "GIF"}),
    ("lossless-3mp.webp", "3mp", None, {"format": "WEBP", "lossless": True}),
    ("deflate-12mp.tiff", "12mp", None, {"format": "TIFF", "compression": "tiff_adobe_deflate"}),
    ("lzw-3mp.tiff", "3mp", None, {"format": "TIFF", "compression": "tiff_lzw"}),
    ("jpeg-12mp.tiff", "12mp", None, {"format": "TIFF", "compression": "jpeg", "quality": 82}),
    ("photo-12mp.avif", "12mp", None, {"format": "AVIF", "quality": 70}),
    ("photo-12mp.heic", "12mp", None, {"format": "HEIF", "quality": 70}),
    ("photo-12mp.jxl", "12mp", None, {"format": "JXL", "quality": 85}),
]

_, pixels, folder = sys.argv
for name, drawn, mode, options in PICTURES:
    file = os.path.join(folder, name)
    if os.path.exists(file):
        continue
    print(f"Encoding {name} ...", flush=True)
    with Image.open(os.path.join(pixels, f"{drawn}.tiff")) as picture:
        if mode == "P":
            made = picture.quantize(256)
        else:
            made = picture.convert(mode or "RGB")
    # Under its own name only once it is whole.
    unfinished = os.path.join(pixels, "unfinished")
    with open(unfinished, "wb") as out:
        made.save(out, **options)
    os.replace(unfinished, file)
