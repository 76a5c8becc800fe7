"""The pictures of the load run: drawn here, but as costly to decode as photographs."""

import io

from PIL import Image, ImageFilter


def photograph(size: tuple[int, int], number: int) -> bytes:
    """A JPEG with the large forms, the fine grain and the file size of a photograph; no two are alike."""
    width, height = size
    planes = []
    for plane in range(3):
        forms = Image.effect_noise((max(2, width // 32), max(2, height // 32)), 120)
        grain = Image.effect_noise(size, 24).filter(ImageFilter.GaussianBlur(0.8))
        planes.append(Image.blend(forms.resize(size, Image.Resampling.BICUBIC), grain, 0.25 + plane * 0.05))
    image = Image.merge("RGB", planes)
    image.putpixel((number % width, number // width % height), (255, 0, 0))
    body = io.BytesIO()
    image.save(body, "JPEG", quality=85)
    return body.getvalue()
