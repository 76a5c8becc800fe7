"""What happens to the bucket: uploads, overwrites and deletions, in an order that a seed decides."""

import io
import random
from dataclasses import dataclass

from PIL import Image

SIZE = (320, 240)
# Of 100 steps after which a picture is there: how many overwrite one, and how many are followed by its deletion.
OVERWRITES, DELETIONS = 40, 20


@dataclass(frozen=True)
class Step:
    """A change of a key: an upload of picture `number`, or a deletion."""

    key: str
    number: int | None


def steps(uploads: int, seed: int, plain_keys: bool) -> list[Step]:
    """So many uploads, with deletions between them. Each uploads another picture."""
    chance = random.Random(seed)  # noqa: S311
    there: list[str] = []
    planned: list[Step] = []
    for number in range(uploads):
        if there and chance.randrange(100) < OVERWRITES:
            name = chance.choice(there)
        else:
            name = key(number, plain_keys)
            there.append(name)
        planned.append(Step(name, number))
        if chance.randrange(100) < DELETIONS:
            name = chance.choice(there)
            there.remove(name)
            planned.append(Step(name, None))
    return planned


def key(number: int, plain: bool) -> str:
    """A key; every fourth has characters that a notification encodes, unless it is to be plain."""
    name = f"picture-{number}" if plain or number % 4 else f"été & plus+({number}) 100%"
    return f"images/{number % 7}/{name}.jpg"


def color(number: int) -> tuple[int, int, int]:
    """The colour of picture `number`; those of pictures close to each other are far apart."""
    return (number * 97 % 256, number * 57 % 256, number * 193 % 256)


def picture(number: int) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", SIZE, color(number)).save(body, "JPEG", quality=90)
    return body.getvalue()


def is_of(number: int, thumbnail: bytes) -> bool:
    """Whether a thumbnail has the colour of picture `number`."""
    image = Image.open(io.BytesIO(thumbnail)).convert("RGB")
    found = image.getpixel((image.width // 2, image.height // 2))
    return isinstance(found, tuple) and all(abs(a - b) <= 8 for a, b in zip(found, color(number), strict=True))
