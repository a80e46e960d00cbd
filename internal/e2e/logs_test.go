package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"teahouse/internal/connlimit"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects users of journalctl -p: under systemd each line has a priority, and no time besides
// journald's. Elsewhere nothing changes, even if a process inherited the variable from one that
// systemd started, and logs to a file.
func TestPrioritiesForJournald(t *testing.T) {
	t.Parallel()
	under := func(stream string, args ...string) result {
		return runClient(t, withCommand([]string{"sh", "-c", "JOURNAL_STREAM=" + stream + ` exec "$0" "$@"`, program("teahouse")}, args...))
	}
	const here, elsewhere = "$(stat -L -c %d:%i /dev/stderr)", "1:2"
	fails := []string{"backup", "file", "--data", filepath.Join(t.TempDir(), "none")}
	for _, test := range []struct {
		result
		code int
		want string
	}{
		{under(here, fails...), 1, `^<3>ERRO teahouse cannot continue err=`},
		{under(here, "--history", "-1"), 78, `^<3>teahouse: --history .*\n<3>teahouse --help`},
		{under(elsewhere, fails...), 1, `^\d{4}-\d\d-\d\dT\S+ ERRO teahouse cannot continue err=`},
		{under(elsewhere, "--history", "-1"), 78, `^teahouse: --history`},
	} {
		if test.result.code != test.code || !regexp.MustCompile(test.want).MatchString(test.err) {
			t.Errorf("teahouse exits with code %d and prints %q, want %s", test.result.code, test.err, test.want)
		}
	}
}

// Protects users from readers of the log: with --log-mask-addresses no message of any door contains
// a whole address, whatever happens.
func TestMaskedLog(t *testing.T) {
	t.Parallel()
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	writeKeyList(t, list, root)
	h := startServer(t, "--log-mask-addresses", "--log-level", "debug", "--proxy-protocol", balancerAddr+"/32",
		"--limits", "on", "--limit-address", "3", "--operators", list)
	for client, masked := range map[string]string{"192.0.2.77:4000": "192.0.2.0:4000", "[2001:db8:7:77::77]:4000": "[2001:db8:7::]:4000"} {
		near := h.viaBalancer(t, client)
		alice := launch(t, near.ssh("alice", "-T")...)
		alice.expect("alice joined\n")
		near.ncTo("classic").expect("已上线")
		follow := launch(t, withCommand(near.ssh("carol"), "follow")...)
		h.waitLog("command", "addr", masked, "command", "follow")
		runClient(t, withCommand(near.ssh("dora"), "who")).check(t, 255, "", testkit.English(connlimit.TooManyFromAddress, 3))
		h.waitLog("connection refused", "addr", masked)
		follow.kill()
		h.waitLog("follow ended", "addr", masked)
		web := near.ncTo("classic")
		web.sendLines("GET / HTTP/1.1")
		h.waitLog("not a chat client", "addr", masked)
		h.exec("root", root, "ban "+strings.Trim(strings.TrimSuffix(client, ":4000"), "[]")+" 1h spam from "+client)
		h.waitLog("operator", "did", "ban")
		alice.waitExit(1)
		h.waitLog("disconnected", "door", "ssh", "addr", masked, "reason", "banned")
		runClient(t, withCommand(near.ssh("eve"), "who")).check(t, 1, "", testkit.EnglishPart(reply.BannedUntil, 0))
		h.waitLog("refused", "addr", masked)
	}
	if text := h.err.String(); strings.Contains(text, "192.0.2.77") || strings.Contains(text, "db8:7:77") {
		t.Errorf("the masked log shows an address:\n%s", text)
	}
}
