package e2e

import "os"

// systemctl is the part of systemd that the pages need: the one service, with its user, its
// directory and its environment file. It counts as started once its doors are open.
const systemctl = `#!/bin/bash
log=/run/teahouse.log pid=/run/teahouse.pid
start() {
  install -d -o teahouse -g teahouse -m 700 /var/lib/teahouse
  : >"$log"
  (
    set -a
    TEAHOUSE_DATA=/var/lib/teahouse
    if [ -f /etc/teahouse/teahouse.env ]; then . /etc/teahouse/teahouse.env; fi
    exec setsid setpriv --reuid teahouse --regid teahouse --clear-groups teahouse >/dev/null 2>>"$log"
  ) &
  echo $! >"$pid"
  until grep -q 'host key fingerprint' "$log"; do
    if ! kill -0 $! 2>/dev/null; then
      echo 'Job for teahouse.service failed because the control process exited with error code.'
      exit 1
    fi
    sleep 0.02
  done
}
stop() {
  if kill "$(cat "$pid")" 2>/dev/null; then
    while [ -e "/proc/$(cat "$pid")/exe" ]; do sleep 0.02; done
  fi
}
case "$*" in
"start teahouse" | "enable --now teahouse") start ;;
"stop teahouse") stop ;;
"restart teahouse") stop; start ;;
*) echo "no systemctl $*"; exit 1 ;;
esac
`

// journalctl prints lines of the service's log: the matching ones with -g, the last ones with -n.
const journalctl = `#!/bin/bash
pattern=. lines=1000
while getopts u:o:g:n: option; do
  case $option in g) pattern=$OPTARG ;; n) lines=$OPTARG ;; esac
done
grep -e "$pattern" /run/teahouse.log | tail -n "$lines"
`

// install installs teahouse on a machine, as a package or an administrator does, and the stand-ins
// for systemd.
func (m *netnsMachine) install() {
	m.t.Helper()
	program, err := os.ReadFile(program("teahouse"))
	if err != nil {
		m.t.Fatal(err)
	}
	m.writeFile("/usr/local/bin/teahouse", string(program), 0o755)
	m.writeFile("/usr/local/sbin/systemctl", systemctl, 0o755)
	m.writeFile("/usr/local/sbin/journalctl", journalctl, 0o755)
	m.writeFile("/etc/teahouse/teahouse.env", "", 0o600)
	m.mustRun("useradd --system --no-create-home --shell /usr/sbin/nologin teahouse")
}
