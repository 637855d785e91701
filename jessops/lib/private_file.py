"""Files with people's data in them: for their owner's eyes, whole or not at all.

Used as: `outgoing = PrivateFile(path)` refuses a bad place; `outgoing.write(line)` puts
bytes where no name leads to them and a killed process leaves none; when the record of
the handing over is committed, `outgoing.publish()` gives them the name.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class BadPlace(Exception):
    """The file cannot be written there; the text says why."""


class PrivateFile:
    """One file, mode 0600, that appears whole, and never over another one."""

    def __init__(self, path: str, *, not_inside: tuple[Path, ...] = ()) -> None:
        self.path = _checked(path, not_inside)
        self._draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            # empty until the record is committed: it only shows that one can write
            self._target = os.open(
                self._draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600
            )
        except OSError as error:
            raise BadPlace(f"nothing can be written there: {error.strerror}") from None
        self._digest = hashlib.sha256()
        # No name from the start (O_TMPFILE): it is gone with the process.
        self._spool = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115  see __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.close()
        os.close(self._target)
        self._draft.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._spool.write(piece)

    def empty(self) -> None:
        """Begin again: what was written before is gone."""
        self._spool.seek(0)
        self._spool.truncate()
        self._digest = hashlib.sha256()

    def checksum(self) -> str:
        """Return the SHA-256 of all that was written, as 64 hex digits."""
        return self._digest.hexdigest()

    def publish(self) -> None:
        """Write the bytes beside their place, then give them their name.

        Raises FileExistsError when something took the name meanwhile: nothing is ever
        written over, and no link is followed.
        """
        os.fchmod(self._target, 0o600)  # whatever the umask made of it
        self._spool.seek(0)
        with open(self._target, "wb", closefd=False) as target:
            shutil.copyfileobj(self._spool, target)
        os.fsync(self._target)
        os.link(self._draft, self.path, follow_symlinks=False)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _checked(text: str, not_inside: tuple[Path, ...]) -> Path:
    """Return the path if a private file may be made there; raises BadPlace."""
    if "\0" in text or ".." in Path(text).parts:
        raise BadPlace("the path may not lead upwards")
    path = Path(text)
    if not path.is_absolute():
        raise BadPlace("give the whole path, from the root")
    try:
        folder = path.parent.resolve(strict=True)
    except OSError:
        raise BadPlace("there is no such folder") from None
    for place in not_inside:
        if folder.is_relative_to(place.resolve()):
            raise BadPlace("not inside the program: its folders are served and copied")
    mode = folder.stat().st_mode
    if not stat.S_ISDIR(mode) or not os.access(folder, os.W_OK | os.X_OK):
        raise BadPlace("nothing can be written in that folder")
    if mode & stat.S_IWOTH:
        raise BadPlace("everybody can write in that folder")
    target = folder / path.name
    if not path.name or os.path.lexists(target):
        raise BadPlace("something of that name is there already")
    return target
