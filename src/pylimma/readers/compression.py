"""Content of files, plain or compressed, on disk, in pipes or from standard input."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pylimma.errors import InputError

STANDARD_INPUT = Path("-")
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
_CHUNK = 2**16  # bytes decompressed at once
_FAULTS = (EOFError, OSError, zlib.error, lzma.LZMAError)  # and ZstdError of either library


def _gzip() -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _zstd() -> Any:
    with suppress(ImportError):
        from compression import zstd  # noqa: PLC0415 - from Python 3.14 on

        return zstd.ZstdDecompressor()
    with suppress(ImportError):
        import zstandard  # noqa: PLC0415 - an optional library

        return zstandard.ZstdDecompressor().decompressobj()
    raise InputError(
        "The library zstandard is needed to read files compressed by zstd: pip install zstandard."
    )


_KINDS: dict[bytes, tuple[str, Callable[[], Any]]] = {
    b"\x1f\x8b": ("gzip", _gzip),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\0": ("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}


def read_content(path: Path) -> bytes:
    """Bytes of a file, decompressed; ``-`` is standard input."""
    content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    for start, (kind, decompressor) in _KINDS.items():
        if content.startswith(start):
            return _decompressed(content, path.name, kind, decompressor)
    return content


def without_compression(name: str) -> str:
    """Name of a file without the suffix of its compression."""
    return next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), name)


def _decompressed(content: bytes, name: str, kind: str, decompressor: Callable[[], Any]) -> bytes:
    """All members of a compressed file, which may be followed by zeros."""
    parts: list[bytes] = []
    position = 0
    while position < len(content) and (content[position] or content[position:].strip(b"\0")):
        member = decompressor()
        while not member.eof:
            chunk = content[position : position + _CHUNK]
            part = _expanded(member, chunk)
            if part is None:
                raise _damaged(name, kind, parts, position)
            parts.append(part)
            position += len(chunk)
        position -= len(member.unused_data)
    return b"".join(parts)


def _expanded(member: Any, chunk: bytes) -> bytes | None:
    """What a part of a compressed file gives; None where it ends too early or is damaged."""
    try:
        return member.decompress(chunk) if chunk else None
    except Exception as error:
        if isinstance(error, _FAULTS) or type(error).__name__ == "ZstdError":
            return None
        raise


def _damaged(name: str, kind: str, parts: list[bytes], position: int) -> InputError:
    lines = sum(part.count(b"\n") for part in parts)
    return InputError(
        f"'{name}' is cut off or damaged ({kind}): it can be read up to byte {position:,}, which "
        f"is line {lines + 1:,} of the text. Copy or download it again."
    )
