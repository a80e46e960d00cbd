package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// openEmergenciesPage opens the page, with a running server that has messages, and users who know
// its host key.
func openEmergenciesPage(t *testing.T) *docPage {
	t.Helper()
	requirePrograms(t, "ssh", "scp", "ssh-keygen", "ssh-keyscan")
	machines := startMachines(t, "server", "vault", "spare", "fresh", "laptop", "desk")
	p := newDocPage(t, "../../docs/emergencies.md", machines)
	for name, m := range machines {
		// The server at the vault has no SFTP.
		m.writeFile("/usr/local/bin/scp", "#!/bin/sh\nexec /usr/bin/scp -O \"$@\"\n", 0o755)
		m.writeFile("/etc/ssh/ssh_config", "Match host vault\nStrictHostKeyChecking no\nLogLevel ERROR\nMatch all\n", 0o644)
		if name == "server" || name == "fresh" || name == "spare" {
			m.install()
		}
	}
	machines["vault"].startSSHD()
	machines["vault"].mustRun("mkdir teahouse")
	p.pointHostTo("server")
	machines["server"].mustRun("mount -t tmpfs -o size=96m tmpfs /var/lib; systemctl start teahouse")
	ids := []string{newKey(t), newKey(t), newKey(t)}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(fingerprint(t, a), fingerprint(t, b)) }) // as key list shows them
	for i, name := range []string{"desk", "laptop", "spare"} {
		id, err := os.ReadFile(ids[i])
		if err != nil {
			t.Fatal(err)
		}
		machines[name].writeFile("/root/.ssh/id_ed25519", string(id), 0o600)
		machines[name].mustRun("echo User " + []string{"alice", "alice", "bob"}[i] + " >>/etc/ssh/ssh_config")
	}
	p.addOperators()
	p.sayAndWaitStored("the tea is ready")
	return p
}

// addOperators makes operators: alice, with the keys of the laptop and the desk, and bob, with that
// of the spare machine.
func (p *docPage) addOperators() {
	p.t.Helper()
	laptop, desk, spare := p.machines["laptop"], p.machines["desk"], p.machines["spare"]
	for _, m := range []*netnsMachine{laptop, spare, desk} { // people with a name come first
		m.mustRun("rm -f .ssh/known_hosts; ssh -T -o StrictHostKeyChecking=accept-new -p 2222 chat.example.org")
	}
	laptop.mustRun("ssh -p 2222 chat.example.org " + p.machines["server"].mustRun(`sed -n 's,.*"/\(op .*\)",\1,p' /run/teahouse.log`))
	laptop.mustRun("ssh -p 2222 chat.example.org op bob")
	code := laptop.mustRun("ssh -p 2222 chat.example.org key add | grep -Eo '([A-Z0-9]{4}-){3}[A-Z0-9]{4}'")
	desk.mustRun("ssh -p 2222 chat.example.org key add " + code + " yes")
}

// sayAndWaitStored says something, and waits until it is stored.
func (p *docPage) sayAndWaitStored(text string) {
	p.t.Helper()
	laptop := p.machines["laptop"]
	laptop.mustRun("ssh -p 2222 chat.example.org say " + text)
	eventually(p.t, "the server has stored everything", func() bool {
		return !strings.Contains(laptop.mustRun("ssh -p 2222 chat.example.org history 1 --json"), `"stored":false`)
	})
}

// pointHostTo makes the server's host name resolve to a machine.
func (p *docPage) pointHostTo(to string) {
	p.t.Helper()
	address, _, _ := strings.Cut(p.machines["vault"].mustRun("grep ' "+to+"$' /etc/hosts"), " ")
	for _, m := range p.machines {
		m.mustRun(fmt.Sprintf("{ grep -v example.org /etc/hosts; echo '%s chat.example.org'; } >/run/hosts; cp /run/hosts /etc/hosts", address))
	}
}

// Protects operators in an emergency: the page says exactly what to type, and what they will read.
func TestEmergenciesPage(t *testing.T) {
	testkit.Soak(t, "it plays a whole page of the guide; TestRollingUpgrade plays a short one")
	t.Parallel()
	p := openEmergenciesPage(t)
	server, fresh := p.machines["server"], p.machines["fresh"]
	p.run("Before anything happens")
	p.run("A drill")

	server.mustRun("systemctl stop teahouse")
	p.run("The machine is gone", func() { p.pointHostTo("fresh") })
	fresh.mustRun("systemctl stop teahouse")
	p.pointHostTo("server")
	server.mustRun("systemctl start teahouse")

	server.run("cat /dev/zero >/var/lib/full")
	eventually(t, "the log says that the journal cannot be written", func() bool {
		p.machines["laptop"].run("ssh -p 2222 chat.example.org say $(head -c 4000 /dev/zero | tr '\\0' x)")
		_, code := server.run("grep 'cannot be written' /run/teahouse.log")
		return code == 0
	})
	p.run("The disk is full")
	server.mustRun("rm /var/lib/full")
	p.sayAndWaitStored("the tea is ready")

	server.mustRun("systemctl stop teahouse; truncate -s 0 /var/lib/teahouse/journal/jetstream/*/streams/KV_authority/msgs/*.blk")
	p.run("The disk is damaged")

	p.run("The disk is stolen")

	p.addOperators()
	p.run("An operator's key is stolen")
	for thief, reads := range map[string]string{"laptop": testkit.English(reply.OperatorsOnly), "spare": strings.TrimSuffix(testkit.English(reply.BannedForGood), ".")} {
		out, code := p.machines[thief].run("ssh -p 2222 chat.example.org bans")
		if code != 1 || !strings.Contains(out, reads) {
			t.Errorf("the key of the %s may still list bans: exit code %d, %s", thief, code, out)
		}
	}
	p.machines["fresh"].mustRun("ssh -T -o StrictHostKeyChecking=no -p 2222 bob@chat.example.org")
}
