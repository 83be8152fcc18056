"""What strangers send: bounded, known by its first bytes, and nothing left of a picture but its pixels."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from sanad.base.digests import digest
from sanad.base.errors import Malformed
from sanad.evidence import intake

SECRET = b"31.5204 N 74.3587 E, the home of Amina"


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 20), **saved: object) -> bytes:
    file = BytesIO()
    Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 40).convert(mode).save(file, kind, **saved)
    return file.getvalue()


def with_place(kind: str) -> bytes:
    """A photograph that says where it was taken, and turned by its camera."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return picture(kind, exif=exif.tobytes())


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_nothing_of_a_picture_is_left_but_its_pixels(kind: str, media_type: str) -> None:
    sent = with_place(kind) + SECRET
    assert SECRET in sent
    taken = intake.take([sent])
    assert (taken.media_type, taken.original_digest) == (media_type, digest(sent))
    assert SECRET not in taken.contents
    with Image.open(BytesIO(taken.contents)) as kept:
        assert len(kept.getexif()) == 0
        assert kept.size == (20, 40), "turned as the camera said"
        assert not {"exif", "comment", "icc_profile", "XML:com.adobe.xmp"} & set(kept.info)


def test_a_picture_without_loss_keeps_every_pixel() -> None:
    for mode in ("1", "L", "RGB", "RGBA", "P"):
        sent = picture("PNG", mode)
        taken = intake.take([sent])
        with Image.open(BytesIO(sent)) as before, Image.open(BytesIO(taken.contents)) as after:
            assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes(), mode


def bomb(width: int, height: int) -> bytes:
    """A few bytes that say they are a large picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (8_000, 6_000), (30_000, 1), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_would_fill_the_memory_is_refused_by_its_head(width: int, height: int) -> None:
    with pytest.raises(Malformed) as refused:
        intake.take([bomb(width, height)])
    assert refused.value.code in ("picture_too_large", "picture_unreadable")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"\xff\xd8\xff<html>",
        picture("PNG")[:-30],
        picture("JPEG")[:60],
        bomb(100, 100),
    ],
)
def test_what_only_begins_like_a_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(Malformed, match="file"):
        intake.take([sent])


@pytest.mark.parametrize(
    "sent", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'>", b"GIF89a", b"PK\x03\x04", b"\n%PDF-1.7", b"MZ"]
)
def test_other_kinds_are_refused_whatever_they_are_called(sent: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        intake.take([sent])
    assert refused.value.code == "file_type_unknown"


def test_a_pdf_is_kept_byte_for_byte() -> None:
    sent = b"%PDF-1.7\n" + bytes(range(256))
    taken = intake.take([sent[:5], sent[5:]])
    assert (taken.contents, taken.media_type, taken.original_digest) == (sent, "application/pdf", digest(sent))


def test_a_stream_that_does_not_end_is_not_read_to_its_end() -> None:
    read = 0

    def endless() -> object:
        nonlocal read
        while True:
            read += 1
            yield b"%PDF-" + bytes(1 << 20)

    with pytest.raises(Malformed) as refused:
        intake.take(endless())  # type: ignore[arg-type]
    assert refused.value.code == "file_too_large"
    assert read == 10
