#!/bin/sh
# Before a removal; an upgrade calls it as well in dpkg (upgrade) and rpm (1), and leaves
# the house open.
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
