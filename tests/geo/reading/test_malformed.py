"""Two hundred and more files that are not what they say: each is refused with a message or read without losing a row."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from geo.reading.readers import READERS
from tests.geo.reading.test_readers import write

ROOT = Path(__file__).resolve().parents[3]
ENDINGS = [ending for ending in READERS if ending not in (".tsv", ".json")]
EACH = 22

#: Reads every file of a folder as a process of the dashboard would, and says what came of each.
_CHILD = """
import json, sys
from pathlib import Path
from geo.model.errors import PlanningError
from geo.workspace.importing import check_file
from texts import error_text
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        found = check_file(path, "water_points")
        told = [found.read, found.accepted + found.rejected]
    except PlanningError as error:
        told = error_text(error, "id")
    except Exception as error:
        told = {"bug": repr(error)}
    print(json.dumps([path.name, told]), flush=True)
"""


def spoilt(data: bytes, n: int, others: list[bytes], chance: random.Random) -> bytes:
    """One way of being broken: cut off, bits flipped, a piece repeated, something else under the same name."""
    kind = n % 5
    if kind == 0:
        return data[: chance.randrange(len(data))]
    if kind == 1:
        flipped = bytearray(data)
        for _ in range(chance.choice((1, 8, 64))):
            flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(flipped)
    if kind == 2:
        at = chance.randrange(len(data))
        return data[:at] + chance.randbytes(chance.choice((1, 40, 4000))) + data[at:]
    if kind == 3:
        return chance.choice(others)
    return chance.choice(
        (b"", b"\n", b"\x00" * 500, data * 2, b"<html><body>404</body></html>", chance.randbytes(3000))
    )


def test_no_file_stops_the_reader(tmp_path: Path) -> None:
    whole = {}
    for ending in ENDINGS:
        folder = tmp_path / f"whole{ending}"
        folder.mkdir()
        whole[ending] = write(folder, ending).read_bytes()
    broken = tmp_path / "broken"
    broken.mkdir()
    chance = random.Random(20261125)
    for ending, data in whole.items():
        others = [other for name, other in whole.items() if name != ending]
        for n in range(EACH):
            (broken / f"{ending[1:]}{n:02d}{ending}").write_bytes(spoilt(data, n, others, chance))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(broken)], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-1500:]
    told = dict(json.loads(line) for line in done.stdout.splitlines())
    assert len(told) == len(ENDINGS) * EACH >= 200
    assert {name: found for name, found in told.items() if isinstance(found, dict)} == {}
    for name, found in told.items():
        if isinstance(found, list):
            assert found[0] == found[1], name
        else:
            assert found.strip(), name
    assert sum(isinstance(found, str) for found in told.values()) > 80, "most are refused"
