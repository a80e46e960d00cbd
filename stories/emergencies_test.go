package stories

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

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
	machines["vault"].do("mkdir teahouse")
	p.leads("house")
	machines["house"].do("mount -t tmpfs -o size=96m tmpfs /var/lib; systemctl start teahouse")
	ids := []string{newKey(t), newKey(t), newKey(t)}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(fingerprint(t, a), fingerprint(t, b)) }) // as key list has them
	for i, name := range []string{"desk", "laptop", "spare"} {
		id, err := os.ReadFile(ids[i])
		if err != nil {
			t.Fatal(err)
		}
		machines[name].has("/root/.ssh/id_ed25519", string(id), 0o600)
		machines[name].do("echo User " + []string{"alice", "alice", "bob"}[i] + " >>/etc/ssh/ssh_config")
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
		p.machines["laptop"].run("ssh -p 2222 chat.example.org say $(head -c 4000 /dev/zero | tr '\\0' x)")
		_, code := house.run("grep 'cannot be written' /run/teahouse.log")
		return code == 0
	})
	p.plays("The disk is full")
	house.do("rm /var/lib/full")
	p.says("the tea is ready")

	house.do("systemctl stop teahouse; truncate -s 0 /var/lib/teahouse/journal/jetstream/*/streams/KV_book/msgs/*.blk")
	p.plays("The disk is damaged")

	p.plays("The disk is stolen")

	p.operators()
	p.plays("An operator's key is stolen")
	for thief, reads := range map[string]string{"laptop": "Only operators may do that.", "spare": "You are banned from this house"} {
		out, code := p.machines[thief].run("ssh -p 2222 chat.example.org bans")
		if code != 1 || !strings.Contains(out, reads) {
			t.Errorf("with the key of the %s one may still ask for bans: exit code %d, %s", thief, code, out)
		}
	}
	p.machines["fresh"].do("ssh -T -o StrictHostKeyChecking=no -p 2222 bob@chat.example.org")
}
