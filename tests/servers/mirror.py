"""Whether the thumbnails mirror the pictures: what is lost, stale, orphaned or wrong."""

from dataclasses import dataclass

from plan import Step, is_of

SOURCES, THUMBNAILS = "images/", "thumbnails/"


@dataclass(frozen=True)
class Held:
    """An object as the server has it."""

    etag: str
    source_etag: str
    body: bytes


def findings(planned: list[Step], held: dict[str, Held]) -> list[str]:
    """Everything that is not as it must be after the steps of the plan, in words."""
    last = {step.key: step.number for step in planned}
    expected = {key: number for key, number in last.items() if number is not None}
    sources = {key: one for key, one in held.items() if key.startswith(SOURCES)}
    found = [f"{key} is not as it was put there" for key in sorted(expected.keys() ^ sources.keys())]
    places = {THUMBNAILS + key.removeprefix(SOURCES): key for key in sources}
    thumbnails = {key: one for key, one in held.items() if key.startswith(THUMBNAILS)}
    found += [f"{key} is orphaned" for key in sorted(thumbnails.keys() - places.keys())]
    for place, source in sorted(places.items()):
        thumbnail, number = thumbnails.get(place), expected.get(source)
        if thumbnail is None:
            found.append(f"{place} is lost")
        elif thumbnail.source_etag != sources[source].etag:
            found.append(f"{place} is stale: made of {thumbnail.source_etag}, not of {sources[source].etag}")
        elif number is not None and not is_of(number, thumbnail.body):
            found.append(f"{place} does not show what its picture shows")
    return found
