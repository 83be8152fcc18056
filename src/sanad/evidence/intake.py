"""What strangers send, before it is sealed: bounded, known by its first bytes, and pictures written anew.

A picture is decoded and encoded again, so that nothing comes through but its pixels: no place where it was taken, no
name of its maker, no bytes after its end. A PDF is kept byte for byte, since signatures in it would break; it is only
ever handed out as a download.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

from sanad.base.digests import digest
from sanad.base.errors import Malformed

OCTETS_MAX = 10 << 20
PIXELS_MAX = 40_000_000
"""A page of A4 at 600 dots an inch has 35 million."""
SIDE_MAX = 20_000
"""Pixels of one side."""
_JPEG_QUALITY = 90
_SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
_MODES = {"image/png": ("1", "L", "LA", "RGB", "RGBA"), "image/jpeg": ("L", "RGB")}
_TOO_MANY_PIXELS = "a picture has at most 40 million pixels; scan it coarser"
_UNREADABLE = "this picture cannot be read; save it anew and send it again"
_decoding = Lock()
"""A decoded picture may take 160 MB: one at a time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is kept of a document."""

    contents: bytes
    media_type: str
    original_digest: bytes
    """SHA-256 of what was sent, before a picture was written anew."""


def take(pieces: Iterable[bytes], octets_max: int = OCTETS_MAX) -> Taken:
    """Take a PDF, PNG or JPEG. Raises `Malformed`: too large, of another kind, or a picture that cannot be read."""
    contents = _bounded(pieces, octets_max)
    media_type = media_type_of(contents)
    kept = _written_anew(contents, media_type) if media_type in _FORMATS else contents
    if len(kept) > octets_max:
        raise _too_large()
    return Taken(kept, media_type, digest(contents))


def media_type_of(contents: bytes) -> str:
    """What the first bytes say, whatever name or type was given with them. Raises `Malformed`."""
    for signature, media_type in _SIGNATURES.items():
        if contents.startswith(signature):
            return media_type
    raise Malformed("file", "file_type_unknown", "send a PDF, PNG or JPEG; its contents say what it is, not its name")


def _bounded(pieces: Iterable[bytes], octets_max: int) -> bytes:
    """All of it, or refused at the first piece too many."""
    taken = bytearray()
    for piece in pieces:
        taken += piece
        if len(taken) > octets_max:
            raise _too_large()
    return bytes(taken)


def _written_anew(contents: bytes, media_type: str) -> bytes:
    """The pixels alone, turned as they were meant to be seen."""
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow: what it doubts it decodes, or raises
        try:
            with Image.open(BytesIO(contents), formats=[_FORMATS[media_type]]) as picture:
                # Only the head is read so far: a picture that would fill the memory is refused before it can.
                if picture.width * picture.height > PIXELS_MAX or max(picture.size) > SIDE_MAX:
                    raise Malformed("file", "picture_too_large", _TOO_MANY_PIXELS)
                return _encoded(ImageOps.exif_transpose(picture), media_type)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise Malformed("file", "picture_unreadable", _UNREADABLE) from error


def _encoded(pixels: Image.Image, media_type: str) -> bytes:
    if pixels.mode not in _MODES[media_type]:
        has_alpha = media_type == "image/png" and pixels.has_transparency_data
        pixels = pixels.convert("RGBA" if has_alpha else "RGB")
    pixels.info.clear()
    written = BytesIO()
    pixels.save(written, _FORMATS[media_type], **({"quality": _JPEG_QUALITY} if media_type == "image/jpeg" else {}))
    return written.getvalue()


def _too_large() -> Malformed:
    return Malformed("file", "file_too_large", "a document has at most 10 MB; make it smaller, or split it")
