package stories

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Protects those who look by journalctl -p: under systemd each line has its priority, and no
// time beside journald's. Elsewhere nothing changes, also where a process inherited the
// variable from one that systemd started, and has its log in a file.
func TestPrioritiesForJournald(t *testing.T) {
	t.Parallel()
	under := func(stream string, args ...string) result {
		return ask(t, with([]string{"sh", "-c", "JOURNAL_STREAM=" + stream + ` exec "$0" "$@"`, program("teahouse")}, args...))
	}
	const here, elsewhere = "$(stat -L -c %d:%i /dev/stderr)", "1:2"
	fails := []string{"backup", "file", "--data", filepath.Join(t.TempDir(), "none")}
	for _, test := range []struct {
		result
		code int
		want string
	}{
		{under(here, fails...), 1, `^<3>ERRO teahouse cannot go on err=`},
		{under(here, "--history", "-1"), 78, `^<3>teahouse: --history .*\n<3>teahouse --help`},
		{under(elsewhere, fails...), 1, `^\d{4}-\d\d-\d\dT\S+ ERRO teahouse cannot go on err=`},
		{under(elsewhere, "--history", "-1"), 78, `^teahouse: --history`},
	} {
		if test.result.code != test.code || !regexp.MustCompile(test.want).MatchString(test.err) {
			t.Errorf("it ends with %d, and says %q, want %s", test.result.code, test.err, test.want)
		}
	}
}

// Protects people from who reads the log: with --log-mask-addresses it has nobody's whole
// address, in no message of any door, whatever happens to them.
func TestMaskedLog(t *testing.T) {
	t.Parallel()
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	listKey(t, list, root)
	h := start(t, "--log-mask-addresses", "--log-level", "debug", "--proxy-protocol", balancer+"/32",
		"--limits", "on", "--limit-address", "3", "--operators", list)
	for client, masked := range map[string]string{"192.0.2.77:4000": "192.0.2.0:4000", "[2001:db8:7:77::77]:4000": "[2001:db8:7::]:4000"} {
		near := h.through(t, client)
		alice := launch(t, near.ssh("alice", "-T")...)
		alice.sees("alice joined\n")
		near.ncAt("classic").sees("已上线")
		follow := launch(t, with(near.ssh("carol"), "follow")...)
		h.until("command", "addr", masked, "command", "follow")
		ask(t, with(near.ssh("dora"), "who")).want(t, 255, "", "the limit is 3")
		h.until("connection refused", "addr", masked)
		follow.kill()
		h.until("follow ended", "addr", masked)
		web := near.ncAt("classic")
		web.types("GET / HTTP/1.1")
		h.until("not a chat client", "addr", masked)
		h.asks("root", root, "ban "+strings.Trim(strings.TrimSuffix(client, ":4000"), "[]")+" 1h spam from "+client)
		h.until("operator", "did", "ban")
		alice.exits(1)
		h.until("disconnected", "door", "ssh", "addr", masked, "reason", "banned")
		ask(t, with(near.ssh("eve"), "who")).want(t, 1, "", "You are banned")
		h.until("refused", "addr", masked)
	}
	if text := h.err.String(); strings.Contains(text, "192.0.2.77") || strings.Contains(text, "db8:7:77") {
		t.Errorf("the log has somebody's address:\n%s", text)
	}
}
