package stories

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Protects those who upgrade a house of several nodes: what the guide says is what one has to
// type, and people at the others notice nothing.
func TestUpgradeOneNodeAfterTheOther(t *testing.T) {
	once(t)
	t.Parallel()
	need(t, "curl", "ssh", "ssh-keygen")
	machines := startMachines(t, "n1", "n2", "n3", "nats1")
	machines["nats1"].servesNATS()
	newer, err := os.ReadFile(program("teahouse"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	nodes := []*machine{machines["n1"], machines["n2"], machines["n3"]}
	for _, m := range nodes {
		m.installed()
		m.has("/usr/local/bin/teahouse", ofAnotherVersion(t, string(newer)), 0o755)
		m.has("/root/teahouse_1.0.0_linux_amd64/teahouse", string(newer), 0o755)
		m.has("/etc/teahouse/teahouse.env", "TEAHOUSE_CONFIG=/etc/teahouse/teahouse.yaml\n", 0o600)
		m.has("/etc/teahouse/teahouse.yaml", "data: /var/lib/teahouse\nnats: nats://tea:s3cret@nats1:4222\nmetrics: 9222\n", 0o644)
		m.do("install -d -o teahouse -m 700 /var/lib/teahouse")
		m.has("/var/lib/teahouse/ssh_host_ed25519_key", string(key), 0o600)
		m.do("chown teahouse /var/lib/teahouse/ssh_host_ed25519_key; systemctl start teahouse")
	}
	openPage(t, "../docs/cluster.md", machines).plays("One node after the other")
	for _, m := range nodes {
		m.do("cmp teahouse_*/teahouse /usr/local/bin/teahouse")
	}
	openPage(t, "../docs/emergencies.md", machines).plays("A password of the NATS servers is known")
}

// ofAnotherVersion returns the program with another version in what go build has noted in it.
func ofAnotherVersion(t *testing.T, program string) string {
	t.Helper()
	noted := regexp.MustCompile(`mod\tteahouse\t([^\t\n]+)`).FindStringSubmatch(program)
	if noted == nil {
		t.Fatal("the program has no version")
	}
	const old = "v0.1.0-"
	other := old + strings.Repeat("0", max(0, len(noted[1])-len(old)))
	return strings.ReplaceAll(program, noted[0], strings.Replace(noted[0], noted[1], other[:len(noted[1])], 1))
}
