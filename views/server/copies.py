"""The copy of the record that follows it while the server runs, where MATA_AIR_BACKUP says: a folder, or a store."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from forum import Record
from forum.copies.far import is_far, mirror_at
from forum.mirror import EVERY_S, keep_following
from geo.model.errors import CallError

FOLDER = "MATA_AIR_BACKUP"
_LOG = logging.getLogger(__name__)


@contextmanager
def following(opened: Callable[[], Record]) -> Iterator[None]:
    """Follow the record while the server runs; without the setting nothing is copied.

    Raises
    ------
    DataError
        If the record is shorter than its copy, or another: nothing more is written into it, the server stays shut.
        A store that is not reached shuts nothing: it is told in the log, and tried again.
    """
    folder = os.environ.get(FOLDER)
    if not folder:
        yield
        return
    copies = mirror_at(folder)
    record = opened()  # asked for only here: a server without a copy starts without a record, too
    try:
        copies.follow(record)
    except CallError as error:
        if not is_far(folder):
            raise
        _LOG.error("the copy of the record is not reached: %s", error)
    ended = threading.Event()
    thread = keep_following(record, copies, ended)
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=20 * EVERY_S)
