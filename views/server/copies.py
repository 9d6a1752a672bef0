"""The copy of the record that follows it while the server runs, in the folder named in MATA_AIR_BACKUP."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forum import Record
from forum.mirror import EVERY_S, Mirror, keep_following

FOLDER = "MATA_AIR_BACKUP"


@contextmanager
def following(opened: Callable[[], Record]) -> Iterator[None]:
    """Follow the record while the server runs; without the setting nothing is copied.

    Raises
    ------
    DataError
        If the record is shorter than its copy, or another: nothing more is written into it, the server stays shut.
    """
    folder = os.environ.get(FOLDER)
    if not folder:
        yield
        return
    copies = Mirror(Path(folder))
    record = opened()  # asked for only here: a server without a copy starts without a record, too
    copies.follow(record)
    ended = threading.Event()
    thread = keep_following(record, copies, ended)
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=20 * EVERY_S)
