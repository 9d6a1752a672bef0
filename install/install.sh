#!/bin/sh
# Installs Mata Air from the folder this file lies in, without internet: ./install.sh [FOLDER] (else ./mata-air beside you), then FOLDER/start.
# As root with --service: a server under systemd in /opt/mata-air, its data in /var/lib/mata-air, a copy every night in /var/backups/mata-air.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
service=no
if [ "${1:-}" = "--service" ]; then service=yes; shift; fi
if [ "$service" = yes ]; then folder=/opt/mata-air; else folder=${1:-$PWD/mata-air}; fi
python=
for one in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
  if command -v "$one" >/dev/null 2>&1 && "$one" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
  then python=$one; break; fi
done
if [ -z "$python" ]; then
  echo "Perlu Python 3.11, 3.12 atau 3.13 dengan venv. / Python 3.11, 3.12 or 3.13 with venv is needed." >&2
  exit 1
fi
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" mata-air || {
  echo "Roda untuk $("$python" --version) tidak ada dalam bundel ini. / This bundle has no wheels for $("$python" --version)." >&2
  exit 1
}
if [ "$service" = no ]; then
  printf '#!/bin/sh\n# Starts Mata Air and opens the browser; the data lie beside it.\ncd "$(dirname "$0")" && exec bin/mata-air run --open "$@"\n' > "$folder/start"
  chmod +x "$folder/start"
  echo "Mulai / start: $folder/start"
  exit 0
fi
id mata-air >/dev/null 2>&1 || useradd --system --home-dir /var/lib/mata-air --shell /usr/sbin/nologin mata-air
install -d -o mata-air -g mata-air -m 0700 /var/lib/mata-air /var/backups/mata-air
install -d "$folder/lib"
install -m 0755 "$here/backup.sh" "$folder/lib/backup.sh"
for unit in mata-air.service mata-air-backup.service mata-air-backup.timer; do
  install -m 0644 "$here/$unit" "/etc/systemd/system/$unit"
done
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable --now mata-air.service mata-air-backup.timer
fi
echo "http://127.0.0.1:8501"
