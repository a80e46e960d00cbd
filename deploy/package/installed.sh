#!/bin/sh
# Runs after an installation or an upgrade. Restarts a running server with the new program, but
# starts none.
set -e

if ! id teahouse >/dev/null 2>&1; then
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers teahouse.conf
  elif command -v useradd >/dev/null; then
    useradd --system --user-group --no-create-home --home-dir /var/lib/teahouse --shell /usr/sbin/nologin teahouse
  else # BusyBox
    addgroup -S teahouse
    adduser -S -D -H -h /var/lib/teahouse -s /sbin/nologin -G teahouse teahouse
  fi
fi

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  systemctl try-restart teahouse.service || true
fi
