"""Name what the standard library raises about a file that is no archive, or a broken one; pure."""

import zipfile
import zlib

BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
"""An archive that is cut, locked with a password, packed in an unknown way, or something else altogether."""
