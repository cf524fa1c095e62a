"""Writes a file in one step: whoever looks at it, or is killed meanwhile, finds the old text or the new one."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile


class NotWritten(Exception):
    """The file is as it was. The message says why, as the end of a sentence that begins with its name."""


def replace_file(path: str, old: bytes, new: bytes) -> None:
    """Put new bytes in the place of the old ones, with the mode and the owner of the file.

    Of a symbolic link the target is written, and the link stays. Of a file with several names (hard links) this name
    gets the new text: nothing can be written in one step to all of them. Raises ``NotWritten`` where the file is
    read-only, has no longer the old bytes, or cannot be written; then nothing has changed.
    """
    target = os.path.realpath(path)
    temporary = ""
    try:
        status = os.stat(target)
        # the superuser may write it all the same, but somebody has said no
        if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK):
            raise NotWritten("it is read-only")
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=os.path.dirname(target))
        with open(descriptor, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
        _keep_owner(temporary, status)
        with open(target, "rb") as file:
            if file.read() != old:
                raise NotWritten("it has changed since it was linted")
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise NotWritten(error.strerror or str(error)) from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _keep_owner(path: str, status: os.stat_result) -> None:
    """Give a file to the owner of another one, where this process may and the system knows owners."""
    if hasattr(os, "chown") and (status.st_uid, status.st_gid) != (os.stat(path).st_uid, os.stat(path).st_gid):
        with contextlib.suppress(PermissionError):
            os.chown(path, status.st_uid, status.st_gid)
