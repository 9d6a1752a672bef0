"""Makes the offline bundle: wheels of everything for several systems, and what installs them without internet.

`make bundle`, or `python install/bundle.py --python 3.12 --system linux --system windows`. Needs the internet itself.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
#: System → the platforms whose wheels it takes, and what its Python says of itself where packages ask.
SYSTEMS: dict[str, tuple[list[str], dict[str, str]]] = {
    "linux": (
        [
            *(f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 24, 17, 12, 5)),
            *(f"manylinux{year}_x86_64" for year in ("2014", "2010", "1")),
        ],
        {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"},
    ),
    "windows": (
        ["win_amd64"],
        {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"},
    ),
    "macos": (
        [
            *(f"macosx_{major}_0_arm64" for major in (15, 14, 13, 12, 11)),
            *(f"macosx_{version}_universal2" for version in ("11_0", "10_13", "10_12", "10_9")),
        ],
        {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"},
    ),
}
_BESIDE = (
    "install.sh",
    "install.cmd",
    "backup.sh",
    "mata-air.service",
    "mata-air-backup.service",
    "mata-air-backup.timer",
)
PYTHONS = ("3.11", "3.12", "3.13")


def wanted(text: str, system: str, python: str) -> str:
    """Return the pinned packages, with their hashes, that a system and its Python need; nothing is asked for elsewhere.

    Parameters
    ----------
    text
        Content of requirements.txt: a package a block, with the systems it is meant for.
    """
    about = SYSTEMS[system][1] | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    kept = []
    for block in text.replace("\\\n", " ").splitlines():
        asked, *hashes = block.split(" --hash=")
        if not asked.strip() or asked.lstrip().startswith("#"):
            continue
        one = Requirement(asked.strip())
        if one.marker is None or one.marker.evaluate(about):
            kept.append(" --hash=".join([f"{one.name}{one.specifier}", *(part.strip() for part in hashes)]))
    return "\n".join(kept) + "\n"


def main() -> None:
    """Fill `dist/mata-air-offline`."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--python", action="append", choices=PYTHONS)
    told.add_argument("--system", action="append", choices=list(SYSTEMS))
    told.add_argument("--out", type=Path, default=ROOT / "dist" / "mata-air-offline")
    given = told.parse_args()
    wheels = given.out / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)], check=True)
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        for system in given.system or SYSTEMS:
            for python in given.python or PYTHONS:
                listed.write_text(wanted(pinned, system, python), encoding="utf-8")
                platforms = [part for one in (*SYSTEMS[system][0], "any") for part in ("--platform", one)]
                call = [
                    *pip,
                    "download",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--require-hashes",
                    "--dest",
                    str(wheels),
                ]
                subprocess.run([*call, *platforms, "--python-version", python, "-r", str(listed)], check=True)
                size = sum(one.stat().st_size for one in wheels.iterdir()) / 1e6
                print(f"{system}, Python {python}: {size:.0f} MB so far")
    for name in _BESIDE:
        shutil.copy2(ROOT / "install" / name, given.out / name)


if __name__ == "__main__":
    main()
