"""Form servers of others (ODK Central, KoboToolbox) at which answers wait: an office's entries, and what is new."""

from __future__ import annotations

import json
import logging
import os
import re
import tomllib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from geo.fetching.inner import inner
from geo.fetching.ranges import Answer, Asker
from geo.model.errors import CallError, DataError
from geo.model.sites import FORMS, VISITS

SERVERS = ("central", "kobo")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
#: Answers of one page of Kobo's, the most it gives; and in all, of either.
_PAGE, MOST = 1000, 200_000
#: Seconds between two words of a Central, and bytes of one of its files.
_WAIT_S, _MOST_BYTES = 60, 25_000_000


@dataclass(frozen=True)
class FormServer:
    """One entry: a form at a server. ``table`` is that of our own form, empty where the form is somebody else's."""

    key: str
    server: str
    address: str
    form: str
    secret: str
    email: str = ""
    project: int = 0
    table: str = ""

    def password(self) -> str:
        """Return what lets in: from the environment, or from a file of systemd's credentials.

        Raises
        ------
        CallError
            If neither has it.
        """
        kept = os.environ.get("CREDENTIALS_DIRECTORY", "")
        found = os.environ.get(self.secret, "")
        if not found and kept and (file := Path(kept) / self.secret).is_file():
            found = file.read_text(encoding="utf-8").strip()
        if not found:
            raise CallError("error.pull.secret", name=self.secret, entry=self.key)
        return found


@dataclass(frozen=True)
class Waiting:
    """One answer that waits there: a key that changes with an edit, answers as a flat row, its repeated groups' names.

    ``refused`` says that somebody who looks through answers there has refused it.
    """

    key: str
    one: str
    row: Mapping[str, str]
    nested: tuple[str, ...]
    refused: bool
    told: Mapping[str, Any]


def entries(path: Path) -> list[FormServer]:
    """Return an office's entries, by the order of the file.

    Raises
    ------
    CallError
        If there is no such file.
    DataError
        If an entry says what none can be, or would send a password in the clear over the internet.
    """
    if not path.is_file():
        raise CallError("error.no_file", path=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError("error.pull.entry", path=path.name, entry="–", detail=str(error)[:150]) from error
    return [_entry(path.name, key, entry) for key, entry in content.items()]


def _entry(file: str, key: str, given: object) -> FormServer:
    def fault(detail: str) -> DataError:
        return DataError("error.pull.entry", path=file, entry=key, detail=detail)

    if not _KEY.fullmatch(key):
        raise fault("A–Z a–z 0–9 _ -")
    if not isinstance(given, dict):
        raise fault(f"{key} = …")
    entry = {"table" if name == "as" else name: value for name, value in given.items()}
    known = {one.name: one.type for one in fields(FormServer) if one.name != "key"}
    for name, value in entry.items():
        if name not in known:
            raise fault(f"{name}?")
        if type(value).__name__ != known[name]:
            raise fault(f"{name} = {value!r}")
    needed = ("server", "address", "form", "secret") + (
        ("email", "project") if entry.get("server") == "central" else ()
    )
    if missing := [name for name in needed if not entry.get(name)]:
        raise fault(", ".join(missing))
    if entry["server"] not in SERVERS:
        raise fault(f"server = {entry['server']!r} ({', '.join(SERVERS)})")
    if entry.get("table", "") not in ("", *FORMS, VISITS):
        raise fault(f"as = {entry['table']!r} ({', '.join((*FORMS, VISITS))})")
    try:
        there = urlsplit(entry["address"])
    except ValueError as error:
        raise fault(str(error)[:150]) from error
    if not (there.scheme == "https" or (there.scheme == "http" and inner(there.hostname or ""))):
        raise fault(f"address = {entry['address']!r} (https://…)")
    return FormServer(key=key, **{**entry, "address": entry["address"].rstrip("/")})


class Central:
    """A form at an ODK Central, asked by its makers' own library. Source: docs.getodk.org/central-api."""

    def __init__(self, entry: FormServer) -> None:
        from pyodk._utils.config import CentralConfig, Config
        from pyodk._utils.session import Adapter, Session
        from pyodk.client import Client

        logging.getLogger("pyodk").setLevel(logging.CRITICAL + 1)  # what fails is told once, by us
        self._entry, password = entry, entry.password()
        session = Session(entry.address, "v1", entry.email, password, cache_path=None)
        for scheme in ("https://", "http://"):
            session.mount(scheme, Adapter(timeout=_WAIT_S, max_retries=2))
        told = CentralConfig(base_url=entry.address, username=entry.email, password=password)
        self._client = Client(session=session, config=Config(central=told), project_id=entry.project)

    def waiting(self, known: Container[str]) -> Iterator[Waiting]:
        """Return the answers that are not known, the oldest first.

        Raises
        ------
        DataError
            If the server is not there, does not let in, or answers what no Central would.
        """
        table = self._asked(lambda: self._client.submissions.get_table(form_id=self._entry.form))
        rows = table.get("value") if isinstance(table, dict) else None
        if not isinstance(rows, list) or len(rows) > MOST:
            raise DataError("error.fetch.format", value=self._entry.address, detail="OData")
        for row in reversed(rows):  # Central tells the newest first
            one, system = str(row.get("__id", "")), row.get("__system") or {}
            key = f"{one}#{system.get('edits') or 0}"
            if one and key not in known:
                flat, nested = _flat(row)
                refused = system.get("reviewState") == "rejected"
                yield Waiting(key, one, {"instanceID": one, **flat}, nested, refused, row)

    def xml(self, one: Waiting) -> bytes:
        """Return an answer as its telephone sent it."""
        return self._bytes(f"{self._home(one)}.xml")

    def files(self, one: Waiting) -> tuple[dict[str, bytes], bool]:
        """Return the files that came with an answer, and whether these are all it names."""
        told = self._asked(lambda: self._read(f"{self._home(one)}/attachments").json())
        names = [(str(each["name"]), bool(each.get("exists"))) for each in told if isinstance(each, dict)]
        there = {
            name: self._bytes(f"{self._home(one)}/attachments/{quote(name, safe='')}")
            for name, exists in names
            if exists
        }
        return there, len(there) == len(names)

    def _home(self, one: Waiting) -> str:
        form, instance = quote(self._entry.form, safe=""), quote(one.one, safe="")
        return f"projects/{self._entry.project}/forms/{form}/submissions/{instance}"

    def _read(self, address: str) -> Any:
        return self._client.session.response_or_error("GET", address, logging.getLogger("pyodk"), stream=True)

    def _bytes(self, address: str) -> bytes:
        def read() -> bytes:
            content = bytearray()
            with self._read(address) as answer:
                for part in answer.iter_content(65_536):
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise DataError("error.submission_size", size=len(content), most=_MOST_BYTES)
            return bytes(content)

        return bytes(self._asked(read))

    def _asked(self, ask: Any) -> Any:
        """Ask, and tell a fault as those of any other server are told."""
        import requests
        from pyodk.errors import PyODKError

        address = self._entry.address
        try:
            return ask()
        except PyODKError as error:
            answer = next((one for one in error.args if isinstance(one, requests.Response)), None)
            raise _refused(self._entry, 0 if answer is None else answer.status_code) from error
        except requests.exceptions.SSLError as error:
            raise DataError("error.fetch.certificate", value=address, detail=str(error)[:150]) from error
        except requests.exceptions.Timeout as error:
            raise DataError("error.fetch.slow", value=address) from error
        except requests.exceptions.ConnectionError as error:
            raise DataError("error.fetch.offline", value=address, detail=str(error)[:150]) from error
        except (requests.exceptions.RequestException, ValueError, KeyError, TypeError) as error:
            raise DataError("error.fetch.format", value=address, detail=str(error)[:150]) from error


class Kobo:
    """A form at a KoboToolbox, by its API v2. Source: support.kobotoolbox.org/api.html."""

    def __init__(self, entry: FormServer) -> None:
        self._entry = entry
        self._home = f"{entry.address}/api/v2/assets/{quote(entry.form, safe='')}/data/"
        self._asker = Asker()
        self._asker.client.headers["Authorization"] = f"Token {entry.password()}"

    def waiting(self, known: Container[str]) -> Iterator[Waiting]:
        """Return the answers that are not known, as they were sent.

        Raises
        ------
        DataError
            If the server is not there, does not let in, or answers what no KoboToolbox would.
        """
        start = 0
        while True:
            query = httpx2.QueryParams(format="json", limit=_PAGE, start=start, sort='{"_id":1}')
            content = self._got(f"{self._home}?{query}").content
            try:
                page = json.loads(content)
                rows, more = page["results"], bool(page["next"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise DataError("error.fetch.format", value=self._home, detail="JSON") from error
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or start > MOST:
                raise DataError("error.fetch.format", value=self._home, detail="results")
            for row in rows:
                one, key = str(row.get("_id", "")), f"{row.get('_id', '')}#{row.get('_uuid', '')}"
                if one and key not in known:
                    state = row.get("_validation_status") or {}
                    refused = state.get("uid") == "validation_status_not_approved"
                    yield Waiting(key, one, *_flat(row), refused, row)
            if not more or not rows:
                return
            start += len(rows)

    def xml(self, one: Waiting) -> bytes:
        """Return an answer as its telephone sent it."""
        return self._got(f"{self._home}{quote(one.one, safe='')}/?format=xml").content

    def files(self, one: Waiting) -> tuple[dict[str, bytes], bool]:
        """Return the files that came with an answer, and whether these are all it names."""
        there: dict[str, bytes] = {}
        told = [each for each in one.told.get("_attachments") or () if isinstance(each, dict)]
        for each in told:
            address, name = str(each.get("download_url", "")), str(each.get("filename", ""))
            if urlsplit(address).netloc != urlsplit(self._entry.address).netloc:  # the token is for that server alone
                raise DataError("error.fetch.inner", value=self._home, detail=urlsplit(address).netloc[:80])
            if not each.get("is_deleted"):
                there[PurePosixPath(name).name] = self._got(address).content
        return there, len(there) == len(told)

    def _got(self, address: str) -> Answer:
        answer = self._asker.ask(address)
        if answer.status != 200:
            raise _refused(self._entry, answer.status)
        return answer


def server(entry: FormServer) -> Central | Kobo:
    """Return what asks an entry's server."""
    return Central(entry) if entry.server == "central" else Kobo(entry)


def _refused(entry: FormServer, status: int) -> DataError:
    if status in (401, 403):
        return DataError("error.pull.refused", value=entry.address, name=entry.secret, status=status)
    if status == 404:
        return DataError("error.pull.form", value=entry.address, form=entry.form, status=status)
    return DataError("error.fetch.status", value=entry.address, status=status or "–")


def _flat(row: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """An answer as one row: groups by "/", places as ODK writes them; and the names of groups that repeat.

    What a server adds of its own begins with "_"; of Kobo's, the answer's number and moment are kept.
    """
    flat: dict[str, str] = {}
    nested: list[str] = []
    for name, value in row.items():
        if name.endswith("@odata.navigationLink"):
            nested.append(name.removesuffix("@odata.navigationLink"))
        elif value is None or (name.startswith("_") and name not in ("_uuid", "_submission_time")):
            continue
        elif isinstance(value, Mapping) and value.get("type") == "Point":
            flat[name] = _place(value)
        elif isinstance(value, Mapping):
            inside, more = _flat(value)
            flat |= {f"{name}/{within}": text for within, text in inside.items()}
            nested += [f"{name}/{within}" for within in more]
        elif isinstance(value, list):
            nested.append(name)
        else:
            flat[name] = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return flat, tuple(nested)


def _place(point: Mapping[str, Any]) -> str:
    """Latitude, longitude, height and accuracy, as ODK writes a place in one cell."""
    east, north, *high = point.get("coordinates") or (None, None)
    if east is None or north is None:
        return ""
    accuracy = (point.get("properties") or {}).get("accuracy")
    return " ".join(str(part) for part in (north, east, high[0] if high and high[0] is not None else 0, accuracy or 0))
