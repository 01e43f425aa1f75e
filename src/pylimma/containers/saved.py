"""Results in a file of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pylimma.archive import read_archive, write_archive
from pylimma.arguments import path as file_path
from pylimma.errors import InputError
from pylimma.record import Archived


class Saved(Archived):
    """A result with methods to save and load it."""

    __slots__ = ()

    def save(self, path: str | Path) -> Path:
        """Write everything into one file, which `load` reads.

        Parameters
        ----------
        path : str or Path
            The file to write.

        Returns
        -------
        Path
            The file: a zip of JSON and NumPy arrays, which runs no code when it is read.
        """
        return write_archive(file_path(path, "path"), self)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        object of this class

        Raises
        ------
        InputError
            If the file holds something else, or is damaged.
        """
        place = file_path(path, "path")
        found = read_archive(place)
        if not isinstance(found, cls):
            kind = type(found).__name__
            raise InputError(f"'{place.name}' holds an object of {kind}, not of {cls.__name__}.")
        return found


class SavedComponents(Saved):
    """The same for containers of components with names of their axes."""

    __slots__ = ()
    _components: dict[str, Any]
    _names: dict[str, Any]

    def archive_parts(self) -> dict[str, Any]:
        """Return components and names."""
        return {"components": dict(self._components), "names": dict(self._names)}

    @classmethod
    def from_archive(cls, parts: Mapping[str, Any]) -> Self:
        """Build the container."""
        made: Any = cls
        found: Self = made(parts["components"]).with_names(**parts["names"])
        return found
