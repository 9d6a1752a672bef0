#!/bin/sh
# A whole copy of the record and of the data: backup.sh WORKSPACE FOLDER. Thirty nights are kept; the address of the record is in MATA_AIR_RECORD.
set -eu
workspace=$1
to=$2
mkdir -p "$to"
day=$(date +%Y-%m-%d)
"$(dirname "$0")/../bin/mata-air" forum backup --out "$to/record-$day.jsonl"
tar --create --gzip --file "$to/workspace-$day.tar.gz.part" --exclude='*.sqlite' --directory "$(dirname "$workspace")" "$(basename "$workspace")"
mv "$to/workspace-$day.tar.gz.part" "$to/workspace-$day.tar.gz"
find "$to" -maxdepth 1 -name 'record-*.jsonl' -mtime +30 -delete
find "$to" -maxdepth 1 -name 'workspace-*.tar.gz' -mtime +30 -delete
