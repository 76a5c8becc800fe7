"""The pictures that the end-to-end test uploads: drawn here, no two alike."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw

BOX = 256
# Every upload format, and the type of its thumbnail: JPEG, PNG and WebP keep theirs.
CONTENT_TYPES = {
    "jpg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
    "webp": ("WEBP", "image/webp"),
    "gif": ("GIF", "image/jpeg"),
    "tiff": ("TIFF", "image/jpeg"),
    "bmp": ("BMP", "image/jpeg"),
}


@dataclass(frozen=True)
class Picture:
    """A drawn picture: its key, and what its thumbnail must be."""

    key: str
    body: bytes
    source_format: str
    thumbnail_size: tuple[int, int]
    content_type: str


def draw(number: int) -> Picture:
    """Picture `number`; no two are alike, and some are smaller than the box."""
    extension = list(CONTENT_TYPES)[number % len(CONTENT_TYPES)]
    pillow_format, content_type = CONTENT_TYPES[extension]
    width, height = 120 + number * 37 % 500, 90 + number * 53 % 400
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(number, 255 - number, 128))
    if extension == "png":
        image.putalpha(Image.radial_gradient("L").resize((width, height)))
    body = io.BytesIO()
    image.save(body, pillow_format)
    # Notifications carry keys form-encoded; every fourth key tests that.
    name = f"été & plus+({number})" if number % 4 == 0 else f"picture-{number}"
    shrink = min(1.0, BOX / width, BOX / height)
    return Picture(
        key=f"{number % 7}/{name}.{extension}",
        body=body.getvalue(),
        source_format=pillow_format.lower(),
        thumbnail_size=(round(width * shrink), round(height * shrink)),
        content_type=content_type,
    )
