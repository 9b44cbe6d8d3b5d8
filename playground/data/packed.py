"""Files packed into one, by a stranger: looked at before they are unpacked.

A few kilobytes can be packed so that they become gigabytes. What an archive says about sizes is believed only as a
limit: of each file no more bytes are read than its entry has announced.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import IO

MOST_IMAGES = 60_000
MOST_UNPACKED = 200_000_000  # bytes: 60 000 images in single precision
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # flag of an entry


class OwnDigitsError(ValueError):
    """There are no images in this file that can be learned from. One sentence says why."""


def members(raw: bytes, kind: str) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """The archive and what it says is in it, by name. kind: what the file should be."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise OwnDigitsError(f"This is not {kind}, or it is damaged.") from error
    found = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    for info in found.values():
        if info.flag_bits & ENCRYPTED:
            raise OwnDigitsError(f"{info.filename} is encrypted.")
        if info.compress_type not in PACKINGS:
            raise OwnDigitsError(f"{info.filename} is packed in a way that is not read here; use plain zip (deflate).")
    return archive, found


def check_size(wanted: Iterable[zipfile.ZipInfo]) -> None:
    """Complains if these files would become too large."""
    unpacked = sum(info.file_size for info in wanted)
    if unpacked > MOST_UNPACKED:
        most = f"{MOST_UNPACKED / 1e6:.0f} MB"
        raise OwnDigitsError(f"Unpacked, the file has {unpacked / 1e6:.0f} MB; at most {most} can be read.")


def opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """One file of the archive, to be read in pieces: a `read()` of everything would unpack what is not announced."""
    try:
        return archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise OwnDigitsError(f"{member.filename} is damaged.") from error
