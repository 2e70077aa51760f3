"""Keep the bytes of uploaded files: in the data directory, or in an object store beyond one machine."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from typing import IO

import fsspec
from flask import current_app
from fsspec import AbstractFileSystem

from sca_lms.config import settings

EXTENSION = "sca_file_store"
CHUNK = 256 * 1024
IN_MEMORY = 1024 * 1024
SHELVES = tuple(f"{number:02x}" for number in range(256))
"""Files lie on the shelf that the first two characters of their key name."""
_DRAFT = ".part"


class FileStore:
    """A place for files under random keys; what it holds is known by the database alone."""

    def __init__(self, url: str) -> None:
        system, root = fsspec.core.url_to_fs(url)
        if not isinstance(system, AbstractFileSystem):
            raise TypeError(f"{url} is not a place for files")
        self._system = system
        self._root = str(root).rstrip("/")

    def put(self, key: str, source: IO[bytes]) -> None:
        """Store everything that `source` still holds; a file is there whole or not at all."""
        path = self._path(key)
        self._system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        draft = f"{path}{_DRAFT}"
        with self._system.open(draft, "wb") as target:
            shutil.copyfileobj(source, target, CHUNK)
        self._system.mv(draft, path)

    def open(self, key: str) -> IO[bytes] | None:
        """Return the file for reading; None when the place has lost it."""
        try:
            opened: IO[bytes] = self._system.open(self._path(key), "rb")
        except FileNotFoundError:
            return None
        return opened

    def forget(self, key: str) -> None:
        """Delete a file; one that is gone already is fine."""
        path = self._path(key)
        if self._system.exists(path):
            self._system.rm_file(path)

    def names_on(self, shelf: str) -> Sequence[str]:
        """Return what lies on a shelf: keys, and drafts of files that were never stored whole."""
        place = f"{self._root}/{shelf}"
        if not self._system.isdir(place):
            return []
        paths: list[str] = self._system.ls(place, detail=False)
        return [str(path).rsplit("/", 1)[-1] for path in paths]

    def forget_if_older(self, name: str, than: dt.datetime) -> bool:
        """Delete what `names_on` named if it was written before a moment; tell whether it was."""
        path = self._path(name)
        try:
            if self._system.modified(path) >= than:
                return False
            self._system.rm_file(path)
        except FileNotFoundError:
            return False
        return True

    def _path(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key}"


def store() -> FileStore:
    """Return the place of the running application, made at its first use."""
    known = current_app.extensions.get(EXTENSION)
    if isinstance(known, FileStore):
        return known
    mine = settings()
    made = FileStore(mine.files_url or (mine.data_dir / "files").as_uri())
    current_app.extensions[EXTENSION] = made
    return made


def spooled() -> "tempfile.SpooledTemporaryFile[bytes]":
    """Return a scratch file that stays in memory while it is small."""
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
