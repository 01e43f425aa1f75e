"""Pictures that a page holds itself."""

from __future__ import annotations

import base64
from typing import Any

from pylimma.arguments import path as file_path
from pylimma.errors import InputError

_KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
_BEGINNING = 1000  # bytes that show what a file is


def embedded(path: Any) -> str:
    """A picture file as a data address."""
    file = file_path(path, "logo")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"`logo` cannot be read: '{file}' ({error.strerror}).") from error
    kind = _kind(content[:_BEGINNING])
    if not kind:
        raise InputError(f"`logo` must be a PNG, JPEG, GIF, WebP or SVG file; got '{file.name}'.")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _kind(beginning: bytes) -> str:
    """Kind of a picture by its first bytes; empty where it is none that browsers show."""
    for start, kind in _KINDS.items():
        if beginning.startswith(start):
            return kind
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "webp"
    return "svg+xml" if b"<svg" in beginning else ""
