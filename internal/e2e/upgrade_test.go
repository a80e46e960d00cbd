package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"teahouse/internal/testkit"
)

// Protects operators who upgrade a cluster: the guide says exactly what to type, and users at the
// other nodes notice nothing.
func TestRollingUpgrade(t *testing.T) {
	testkit.Soak(t, "it takes four machines")
	t.Parallel()
	requirePrograms(t, "curl", "ssh", "ssh-keygen")
	machines := startMachines(t, "n1", "n2", "n3", "nats1")
	machines["nats1"].startNATS()
	newer, err := os.ReadFile(program("teahouse"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	nodes := []*netnsMachine{machines["n1"], machines["n2"], machines["n3"]}
	for _, m := range nodes {
		m.install()
		m.writeFile("/usr/local/bin/teahouse", ofAnotherVersion(t, string(newer)), 0o755)
		m.writeFile("/root/teahouse_1.0.0_linux_amd64/teahouse", string(newer), 0o755)
		m.writeFile("/etc/teahouse/teahouse.env", "TEAHOUSE_CONFIG=/etc/teahouse/teahouse.yaml\n", 0o600)
		m.writeFile("/etc/teahouse/teahouse.yaml", "data: /var/lib/teahouse\nnats: nats://tea:s3cret@nats1:4222\nmetrics: 9222\n", 0o644)
		m.mustRun("install -d -o teahouse -m 700 /var/lib/teahouse")
		m.writeFile("/var/lib/teahouse/ssh_host_ed25519_key", string(key), 0o600)
		m.mustRun("chown teahouse /var/lib/teahouse/ssh_host_ed25519_key; systemctl start teahouse")
	}
	newDocPage(t, "../../docs/cluster.md", machines).run("One node after the other")
	for _, m := range nodes {
		m.mustRun("cmp teahouse_*/teahouse /usr/local/bin/teahouse")
	}
	newDocPage(t, "../../docs/emergencies.md", machines).run("A password of the NATS servers is known")
}

// ofAnotherVersion returns the program with another version in its build information.
func ofAnotherVersion(t *testing.T, program string) string {
	t.Helper()
	noted := regexp.MustCompile(`mod\tteahouse\t([^\t\n]+)`).FindStringSubmatch(program)
	if noted == nil {
		t.Fatal("teahouse --version prints nothing")
	}
	const old = "v0.1.0-"
	other := old + strings.Repeat("0", max(0, len(noted[1])-len(old)))
	return strings.ReplaceAll(program, noted[0], strings.Replace(noted[0], noted[1], other[:len(noted[1])], 1))
}
