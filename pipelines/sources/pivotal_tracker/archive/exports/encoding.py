"""Which encoding a text file has: a mark at its beginning says so, or its bytes do.

Here: guessing, with what was guessed as a sentence. Not here: cells.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_CHUNK = 1 << 20
_UTF16, _UTF8, _WINDOWS, _MAC = "utf-16", "utf-8-sig", "cp1252", "mac_roman"
_MARKS = (
    (codecs.BOM_UTF8, _UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, _UTF16),
    (codecs.BOM_UTF16_BE, _UTF16),
)
_NAMES = {_WINDOWS: "Windows-1252", _MAC: "Mac Roman", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
#: What stands between words and around them.
_APOSTROPHE = "\u2019"
_PUNCTUATION = (
    _APOSTROPHE
    + "\u2018\u201c\u201d\u2013\u2014\u2026\u2022\u20ac\xa3\xa9\xae\u2122\xb0\xa7\xab\xbb\xa1\xbf\xa0"
)


@dataclass(frozen=True)
class Encoding:
    """The codec, and what was assumed; ``broken`` bytes are no text in it and become U+FFFD."""

    codec: str
    note: str = ""
    broken: int = 0


def encoding_of(file: IO[bytes]) -> Encoding | None:
    """The encoding of what ``file`` holds from where it stands; ``None`` for what is no text."""
    start = file.read(_CHUNK)
    codec = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    if codec is not None and codec != _UTF8:
        return Encoding(codec)
    if codec is None and b"\0" in start[:4]:
        codec = {b"\0": "utf-16-be"}.get(start[:1], "utf-16-le")
        try:
            start[: len(start) & ~1].decode(codec)
        except UnicodeDecodeError:
            return None
        return Encoding(codec, "is UTF-16 without a mark")
    if b"\0" in start.splitlines()[0] if start else False:
        return None
    return _of_bytes(start, file, is_marked=codec is not None)


def _of_bytes(start: bytes, file: IO[bytes], *, is_marked: bool) -> Encoding:
    """UTF-8, if more characters are right than broken; else the code page in which the others make words."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = right = 0
    sample = bytearray()
    ends_with_return = b"\n" not in start and b"\r" in start
    for chunk in _chunks(start, file):
        if chunk.isascii():
            continue
        text = decoder.decode(chunk)
        foreign = len(text) - len(text.encode("ascii", "ignore"))
        if not foreign:
            continue
        replaced = text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd")
        broken += replaced
        right += foreign - replaced
        if replaced and len(sample) < _CHUNK:
            sample += chunk
    if broken <= 0:
        return Encoding(_UTF8)
    if is_marked or right >= broken:
        return Encoding(_UTF8, "bytes that are not UTF-8 were replaced by \ufffd", broken)
    windows, mac = (_likeness(bytes(sample), codec) for codec in (_WINDOWS, _MAC))
    codec = _MAC if mac > windows or (mac == windows and ends_with_return) else _WINDOWS
    return Encoding(codec, f"is not UTF-8 and was read as {_NAMES[codec]}")


def _chunks(start: bytes, file: IO[bytes]) -> Iterator[bytes]:
    while start:
        yield start
        start = file.read(_CHUNK)


def _likeness(sample: bytes, codec: str) -> int:
    """How much the foreign characters look like words: small letters in words, marks between them."""
    text = f" {sample.decode(codec, 'replace')} "
    score = 0
    for place, character in enumerate(text):
        if character.isascii():
            continue
        before, after = text[place - 1], text[place + 1]
        if character.isalpha():
            score += -1 if character.isupper() and before.islower() else 1
        elif character in _PUNCTUATION:
            score += -1 if before.isalpha() and after.isalpha() and character != _APOSTROPHE else 1
        else:
            score -= 1
    return score
