"""What a first visit weighs on the wire, and that nothing moves while it loads."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import pytest
from django.contrib.staticfiles import finders

from tests.programmes.urls import Url, pages

if TYPE_CHECKING:
    from django.test import Client

    from sanad.people.models import Person

Cast = dict[str, "Person | None"]
Browse = Callable[..., "Client"]
FIRST_LOAD_BYTES_MAX = 200_000
PACKED = (".css", ".js", ".svg")
"""Served with brotli (whitenoise); pages themselves are not packed, so that nothing secret can be guessed by size."""

FONTS = {
    "en": ("source-sans-3-latin",),
    "ur": ("source-sans-3-latin", "noto-naskh-arabic-urdu", "noto-nastaliq-urdu"),
}


def file_of(address: str) -> Path:
    found = finders.find(address.removeprefix("/static/"))
    assert isinstance(found, str), f"{address} is not there"
    return Path(found)


def weight(path: Path) -> int:
    contents = path.read_bytes()
    return len(brotli.compress(contents)) if path.suffix in PACKED else len(contents)


def files(page: str, language: str) -> set[str]:
    """What a browser fetches for a page: style sheets, scripts, pictures, and the fonts that its words need."""
    wanted = re.findall(r'<(?:link|script|img)\b[^>]*?(?:href|src)="(/static/[^"]+)"', page)
    return set(wanted) | {f"/static/frame/fonts/{each}.woff2" for each in FONTS[language]}


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("url", [url for url in pages() if not url.places], ids=lambda url: url.name)
def test_a_first_visit_is_light(url: Url, language: str, cast: Cast, browse: Browse) -> None:
    for name in ("outsider", "head", "maker"):
        client = browse(name)
        client.cookies["language"] = language
        answer = client.get(url.address(cast))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            loaded = sum(weight(file_of(each)) for each in files(answer.content.decode(), language))
            assert len(answer.content) + loaded < FIRST_LOAD_BYTES_MAX, f"{name}: {loaded} bytes of files"


def test_nothing_moves_while_a_page_loads(cast: Cast, browse: Browse) -> None:
    """Pictures have their sizes; fonts are shown at once, and swap for one of the same measures."""
    for url in pages():
        if not url.places:
            answer = browse("head").get(url.address(cast))
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                for picture in re.findall(r"<img\b[^>]*>", answer.content.decode()):
                    assert {"width", "height"} <= set(re.findall(r"(\w+)=", picture)), f"{url.name}: {picture}"
    style = file_of("/static/frame/sanad.css").read_text("utf-8")
    faces = re.findall(r"@font-face\s*\{([^}]*)\}", style)
    assert faces
    for face in faces:
        assert "font-display:" in face or "local(" in face, face
    assert any("size-adjust" in face for face in faces)
