#!/bin/sh
# Runs before a removal. dpkg (upgrade) and rpm (1) also run it before an upgrade, which must not
# stop the server.
set -e

case "$1" in
upgrade | failed-upgrade | 1) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
  systemctl stop teahouse.service || true
fi
if command -v systemctl >/dev/null; then
  systemctl --quiet disable teahouse.service || true
fi
