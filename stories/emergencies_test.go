package stories

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gliderlabs/ssh"
)

// sshdEnv makes this test's program an SSH server, which runs commands for everybody.
const sshdEnv = "STORIES_SSHD"

// beSSHD is the program that sshdEnv asks for. It returns the exit code.
func beSSHD() int {
	err := ssh.ListenAndServe(":22", func(s ssh.Session) {
		cmd := exec.Command("bash", "-c", s.RawCommand())
		cmd.Stdout, cmd.Stderr = s, s.Stderr()
		stdin, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			_ = s.Exit(255)
			return
		}
		go func() {
			_, _ = io.Copy(stdin, s)
			stdin.Close()
		}()
		_ = cmd.Wait()
		_ = s.Exit(cmd.ProcessState.ExitCode())
	})
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// systemctl is what the pages need of systemd: the one service, with its user, its directory and
// its environment file. It is started once its doors are open.
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

// journalctl prints lines of the service's log: those with -g alone, the last ones with -n.
const journalctl = `#!/bin/bash
pattern=. lines=1000
while getopts u:o:g:n: option; do
  case $option in g) pattern=$OPTARG ;; n) lines=$OPTARG ;; esac
done
grep -e "$pattern" /run/teahouse.log | tail -n "$lines"
`

// installed puts teahouse on a machine, as a package or an administrator does, and what stands in
// for systemd.
func (m *machine) installed() {
	m.t.Helper()
	program, err := os.ReadFile(program("teahouse"))
	if err != nil {
		m.t.Fatal(err)
	}
	m.has("/usr/local/bin/teahouse", string(program), 0o755)
	m.has("/usr/local/sbin/systemctl", systemctl, 0o755)
	m.has("/usr/local/sbin/journalctl", journalctl, 0o755)
	m.has("/etc/teahouse/teahouse.env", "", 0o600)
	m.do("useradd --system --no-create-home --shell /usr/sbin/nologin teahouse")
}

// emergencies opens the page about them, with a house that is open, where there is talk, and
// people who know its host key.
func emergencies(t *testing.T) *page {
	t.Helper()
	need(t, "ssh", "scp", "ssh-keygen", "ssh-keyscan")
	machines := startMachines(t, "house", "vault", "spare", "fresh", "laptop", "desk")
	p := openPage(t, "../docs/emergencies.md", machines)
	for name, m := range machines {
		// The server at the vault has no SFTP.
		m.has("/usr/local/bin/scp", "#!/bin/sh\nexec /usr/bin/scp -O \"$@\"\n", 0o755)
		m.has("/etc/ssh/ssh_config", "Match host vault\nStrictHostKeyChecking no\nLogLevel ERROR\nMatch all\n", 0o644)
		if name == "house" || name == "fresh" || name == "spare" {
			m.installed()
		}
	}
	machines["vault"].serves()
	p.leads("house")
	machines["house"].do("mount -t tmpfs -o size=96m tmpfs /var/lib; systemctl start teahouse")
	for name, user := range map[string]string{"laptop": "alice", "desk": "alice", "spare": "bob"} {
		machines[name].do("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519; echo User " + user + " >>/etc/ssh/ssh_config")
	}
	p.operators()
	p.says("the tea is ready")
	return p
}

// operators makes alice an operator, who has the keys of the laptop and of the desk, and bob, who
// has that of the spare machine.
func (p *page) operators() {
	p.t.Helper()
	laptop, desk, spare := p.machines["laptop"], p.machines["desk"], p.machines["spare"]
	for _, m := range []*machine{laptop, spare, desk} { // who has a name comes first
		m.do("rm -f .ssh/known_hosts; ssh -T -o StrictHostKeyChecking=accept-new -p 2222 chat.example.org")
	}
	laptop.do("ssh -p 2222 chat.example.org " + p.machines["house"].do(`sed -n 's,.*"/\(op .*\)",\1,p' /run/teahouse.log`))
	laptop.do("ssh -p 2222 chat.example.org op bob")
	code := laptop.do("ssh -p 2222 chat.example.org key add | grep -Eo '([A-Z0-9]{4}-){3}[A-Z0-9]{4}'")
	desk.do("ssh -p 2222 chat.example.org key add " + code + " yes")
}

// says says something, and waits until it is stored.
func (p *page) says(text string) {
	p.t.Helper()
	laptop := p.machines["laptop"]
	laptop.do("ssh -p 2222 chat.example.org say " + text)
	eventually(p.t, "that is stored", func() bool {
		return !strings.Contains(laptop.do("ssh -p 2222 chat.example.org history 1 --json"), `"stored":false`)
	})
}

// serves has a machine let everybody in by SSH.
func (m *machine) serves() {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		m.t.Fatal(err)
	}
	m.has("/usr/local/bin/sshd", string(program), 0o755)
	m.do("mkdir teahouse; " + sshdEnv + "=1 sshd >/dev/null 2>&1 & until (exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null; do sleep 0.02; done")
}

// leads has the name of the house lead to a machine.
func (p *page) leads(to string) {
	p.t.Helper()
	address, _, _ := strings.Cut(p.machines["vault"].do("grep ' "+to+"$' /etc/hosts"), " ")
	for _, m := range p.machines {
		m.do(fmt.Sprintf("{ grep -v example.org /etc/hosts; echo '%s chat.example.org'; } >/run/hosts; cp /run/hosts /etc/hosts", address))
	}
}

// Protects an operator to whom these things happen: what the page says is what one has to type,
// and what one reads.
func TestEmergencies(t *testing.T) {
	once(t)
	t.Parallel()
	p := emergencies(t)
	house, fresh := p.machines["house"], p.machines["fresh"]
	p.plays("Before anything happens")
	p.plays("A drill")

	house.do("systemctl stop teahouse")
	p.plays("The machine is gone", func() { p.leads("fresh") })
	fresh.do("systemctl stop teahouse")
	p.leads("house")
	house.do("systemctl start teahouse")

	house.run("cat /dev/zero >/var/lib/full")
	eventually(t, "the journal cannot be written", func() bool {
		p.machines["laptop"].do("ssh -p 2222 chat.example.org say $(head -c 4000 /dev/zero | tr '\\0' x)")
		_, code := house.run("grep 'cannot be written' /run/teahouse.log")
		return code == 0
	})
	p.plays("The disk is full")
	house.do("rm /var/lib/full")
	p.says("the tea is ready")

	house.do("systemctl stop teahouse; truncate -s 0 /var/lib/teahouse/journal/jetstream/*/streams/KV_book/msgs/*.blk")
	p.plays("The disk is damaged", nil, nil, func() { house.do("mv /var/lib/teahouse.damaged /var/lib/teahouse") })

	p.plays("The disk is stolen")

	p.operators()
	p.plays("An operator's key is stolen")
	p.machines["laptop"].run("ssh -p 2222 chat.example.org who; ssh -p 2222 chat.example.org bans")
	p.machines["spare"].run("ssh -p 2222 chat.example.org who")
}
