package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// seededData is a server with some data of every kind that is stored.
type seededData struct {
	alice, bob, mallory, carol string // their keys
}

// seedData leaves some data of every kind in a server: an operator, a name, a topic, messages in
// two rooms, a waiting private message, a banned user, one whose ban was lifted, and erased
// messages.
func seedData(t *testing.T, h *chatServer) *seededData {
	t.Helper()
	f := &seededData{newKey(t), newKey(t), newKey(t), newKey(t)}
	code := strings.TrimPrefix(h.waitLog("there is no operator; connect with a key and type this line")["line"], "/")
	f.execAsAlice(t, h, code)
	for _, name := range []string{"bob", "mallory", "carol"} {
		file := map[string]string{"bob": f.bob, "mallory": f.mallory, "carol": f.carol}[name]
		s := h.enterAs(name, file)
		s.enterLine("/quit")
		s.expect("[exit 0]")
	}
	tea := h.enterAs("alice", f.alice)
	tea.joinRoom("tea")
	tea.enterLine("said in tea")
	tea.expect("said in tea")
	tea.enterLine("/quit")
	tea.expect("[exit 0]")
	h.exec("carol", f.carol, "say to be forgotten").check(t, 0, "", "")
	h.exec("carol", f.carol, "forget me yes").check(t, 0, testkit.English(reply.Forgotten, "carol")+"\n", "")
	f.execAsAlice(t, h, "say said in the lobby", "topic tea at five", "to bob for bob alone",
		"ban mallory 10d spam", "ban carol 10d in error", "unban carol")
	return f
}

// execAsAlice runs commands as alice.
func (f *seededData) execAsAlice(t *testing.T, h *chatServer, commands ...string) {
	t.Helper()
	for _, command := range commands {
		if r := h.exec("alice", f.alice, command); r.code != 0 {
			t.Fatalf("%s: %+v", command, r)
		}
	}
}

// checkComplete checks that a server has all of it, except bob's private message, and that nothing
// deleted is back.
func (f *seededData) checkComplete(t *testing.T, where string, h *chatServer) {
	t.Helper()
	for command, want := range map[string]string{
		"history":            "alice: said in the lobby",
		"history --room tea": "alice: said in tea",
		"topic":              "tea at five",
		"bans":               "mallory",
		"audit":              "unban carol",
		"whois alice":        "alice",
	} {
		if r := h.exec("alice", f.alice, command); r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("%s: %s: %+v", where, command, r)
		}
	}
	if r := h.exec("mallory", f.mallory, "who"); r.code == 0 {
		t.Errorf("%s: mallory, who is banned, gets in: %+v", where, r)
	}
	if r := h.exec("carol", f.carol, "who"); r.code != 0 {
		t.Errorf("%s: carol does not get in: %+v", where, r)
	}
	if r := h.exec("carol", f.carol, "export"); strings.Contains(r.out, "to be forgotten") {
		t.Errorf("%s: a forgotten message is back: %+v", where, r)
	}
	runClient(t, withCommand(h.ssh("alice"), "say", "I am her")).check(t, 0, "", "")
	if r := runClient(t, withCommand(h.ssh("dora"), "history")); !strings.Contains(r.out, ": I am her") || strings.Contains(r.out, "alice: I am her") {
		t.Errorf("%s: somebody without the key speaks as alice: %+v", where, r)
	}
	if e := h.findLog("there is no operator; connect with a key and type this line"); e != nil {
		t.Errorf("%s: the operator is no longer one", where)
	}
}

// Protects a server's data when it becomes a cluster: the guide's commands move it to the NATS
// servers, where each node has it, and back to one machine. Operators who forget to move it are
// told so, and half of an interrupted move never counts as complete.
func TestFromOneMachineToThree(t *testing.T) {
	t.Parallel()
	soak(t)
	one := startServer(t)
	f := seedData(t, one)
	one.signal(syscall.SIGTERM)
	one.waitExit(0)

	n := newCluster(t)
	dir, servers := t.TempDir(), n.flags[0][1]
	file := filepath.Join(dir, "teahouse.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "nats: %s\ndata: %s\n", servers, one.data), 0o600); err != nil {
		t.Fatal(err)
	}
	commands := guideCommands(t, "cluster.md", "From one machine to three", strings.NewReplacer(
		"/etc/teahouse/teahouse.yaml", file, "/var/lib/teahouse", filepath.Join(dir, "again"), "/var/backups/teahouse", dir))
	if len(commands) != 4 {
		t.Fatalf("the guide's commands are %q", commands)
	}
	move, refill, backup, restore := commands[0], commands[1], commands[2], commands[3]

	moving := launch(t, withCommand([]string{program("teahouse")}, move...)...)
	killOnFirstStream(t, n.nats[0].addr(), moving)
	eventually(t, "the interrupted move ends", moving.hasExited)
	if r := runTeahouse(t, "backup", filepath.Join(dir, "half"), "--data", one.data, "--nats", servers); r.code == 0 {
		t.Log("the move was not killed in time")
	} else {
		r.check(t, 1, "", "is incomplete")
		runTeahouse(t, "--data", filepath.Join(dir, "other"), "--nats", servers, "--listen", "ssh://127.0.0.1:0").check(t, 1, "", "is incomplete")
		runTeahouse(t, move...).check(t, 0, "", "Moved everything in "+one.data+" to the NATS servers.")
	}
	runTeahouse(t, move...).check(t, 1, "", "was already moved to these NATS servers")
	runTeahouse(t, "backup", filepath.Join(dir, "none"), "--data", one.data).check(t, 1, "", "give backup the same --nats")

	n.startIn(0, one.data)
	for i := 1; i < len(n.nodes); i++ {
		data := filepath.Join(dir, fmt.Sprint("node", i))
		copyFile(t, filepath.Join(one.data, "ssh_host_ed25519_key"), filepath.Join(data, "ssh_host_ed25519_key"))
		n.startIn(i, data)
	}
	for i, h := range n.nodes {
		f.checkComplete(t, fmt.Sprint("node ", i), h)
		if h.fingerprint != one.fingerprint {
			t.Errorf("node %d shows another host key than before", i)
		}
		for _, e := range h.log() {
			if e["level"] != "info" {
				t.Errorf("node %d logs a warning: %v", i, e)
			}
		}
	}
	bob := n.nodes[2].enterAs("bob", f.bob)
	bob.expect("] for bob alone")
	bob.enterLine("said at three")
	bob.expect("said at three")

	for _, h := range n.nodes {
		h.signal(syscall.SIGTERM)
		h.waitExit(0)
	}
	runTeahouse(t, backup...).check(t, 0, "", "Saved ")
	runTeahouse(t, restore...).check(t, 0, "", "Restored ")
	back := startServerIn(t, filepath.Join(dir, "again"))
	f.checkComplete(t, "one machine again", back)
	if r := runClient(t, withCommand(back.ssh("dora"), "history")); !strings.Contains(r.out, "bob: said at three") || back.fingerprint != one.fingerprint {
		t.Errorf("as one machine again, history answers %+v, with the host key %s, want %s", r, back.fingerprint, one.fingerprint)
	}

	// All servers are lost, but there is a backup.
	fresh, data := "nats://"+startNATS(t).addr(), filepath.Join(dir, "data")
	if err := os.WriteFile(file, fmt.Appendf(nil, "nats: %s\ndata: %s\n", fresh, data), 0o600); err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(dir, "three.backup"), filepath.Join(dir, "2026-11-20.backup"))
	runTeahouse(t, refill...).check(t, 0, "", "to the NATS servers, and the host key to "+data)
	refilled := startServerIn(t, data, "--nats", fresh)
	f.checkComplete(t, "fresh servers", refilled)
	if refilled.fingerprint != one.fingerprint {
		t.Error("the server with fresh NATS servers shows another host key")
	}
}

// Protects the undamaged data of a damaged disk: a byte of a ban that was lifted since has changed,
// and the guide's commands salvage a complete server.
func TestSalvage(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	f := seedData(t, h)
	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	block := filepath.Join(h.data, "journal", "jetstream", "$G", "streams", "KV_authority", "msgs", "1.blk")
	content, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	content[bytes.Index(content, []byte("in error"))]++
	if err := os.WriteFile(block, content, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	commands := guideCommands(t, "operating.md", "Salvage", strings.NewReplacer(
		"/var/lib/teahouse.old", h.data, "/var/lib/teahouse", filepath.Join(dir, "data"), "/var/backups/teahouse", dir))
	if len(commands) != 2 {
		t.Fatalf("the guide's commands are %q", commands)
	}
	runTeahouse(t, commands[0]...).check(t, 0, "", "1.blk: ")
	runTeahouse(t, commands[1]...).check(t, 0, "", "Restored ")
	again := startServerIn(t, filepath.Join(dir, "data"))
	f.checkComplete(t, "what was salvaged", again)
	if again.fingerprint != h.fingerprint {
		t.Error("the restored server shows another host key")
	}
}

// killOnFirstStream kills a program once it creates the first stream on the NATS servers.
func killOnFirstStream(t *testing.T, addr string, c *client) {
	t.Helper()
	nc, err := nats.Connect("nats://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	asked, err := nc.SubscribeSync("$JS.API.STREAM.CREATE.>")
	if err == nil {
		_, err = asked.NextMsg(waitTimeout)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = c.process.Signal(syscall.SIGKILL) // on a busy machine it may already have ended
}

// copyFile copies a file, readable by its owner only, into a new directory.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.WriteFile(to, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
