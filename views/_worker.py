"""Uploads are read in a process of their own, limited in memory and time, through the command line of all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from geo.errors import DataError

MEMORY_BYTES = 3 * 1024**3
SECONDS = 300
ROOT = Path(__file__).resolve().parent.parent


def _limit() -> None:
    import resource  # there is none on Windows, where this is not called

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_limited(arguments: list[str], lang: str) -> dict[str, Any]:
    """Run `python -m geo …` under limits and return its JSON.

    Raises
    ------
    DataError
        With the command's own message where the data are at fault, or with the limits' where it did not come back.
    """
    command = [sys.executable, "-m", "geo", "--lang", lang, *arguments, "--json"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    limit = {"preexec_fn": _limit} if os.name == "posix" else {}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False, **limit
        )
    except subprocess.TimeoutExpired as error:
        raise DataError("error.worker") from error
    if done.stdout.strip():
        result: dict[str, Any] = json.loads(done.stdout)
        if "error" in result:
            raise DataError("error.said", text=result["message"])
        return result
    if done.returncode in (1, 2) and done.stderr.strip():
        raise DataError("error.said", text=done.stderr.strip().splitlines()[-1])
    raise DataError("error.worker")


def once(files: Sequence[bytes], question: object, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `work` found; the same question about the same files is not worked out again in a session."""
    digests = [hashlib.sha256(content).hexdigest() for content in files]
    key = "worked-" + hashlib.sha256(repr((digests, question)).encode()).hexdigest()
    if key not in st.session_state:
        st.session_state[key] = work()
    found: dict[str, Any] = st.session_state[key]
    return found


def safe_name(name: str) -> str:
    """The upload's own name, so that rows say where they came from, without anything a path could abuse."""
    return re.sub(r"[^\w.\- ]", "_", Path(name).name).lstrip(".")[-100:] or "upload"
