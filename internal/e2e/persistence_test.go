package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// restart restarts a server with the same data.
func (cs *chatServer) restart(flags ...string) *chatServer {
	cs.t.Helper()
	cs.signal(syscall.SIGTERM)
	cs.waitExit(0)
	return startServerIn(cs.t, cs.data, flags...)
}

// enterAs is enter for somebody with a key.
func (cs *chatServer) enterAs(name, file string) *screen {
	cs.t.Helper()
	s := openScreen(cs.t, cs.sshAs(name, withKey(file)...)...)
	s.expect(testkit.EnglishPart("sshd-welcome-line", 0) + name)
	s.expectRow(">")
	s.enablePasteMarks()
	return s
}

// exec runs a command with a key.
func (cs *chatServer) exec(name, file, command string) result {
	cs.t.Helper()
	return runClient(cs.t, withCommand(cs.sshAs(name, withKey(file)...), command))
}

// Protects messages from a restart: users who enter afterwards see them, with the day, and can read
// more; plain TCP clients see none, as always.
func TestHistorySurvivesRestart(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	alice := h.enter("alice")
	alice.enterLine("the kettle is on 水开了")
	alice.expect("alice: the kettle is on 水开了")
	runClient(t, withCommand(h.ssh("carol"), "say", "two", "cups")).check(t, 0, "", "")

	h = h.restart()
	bob := h.enter("bob")
	bob.expect("] alice: the kettle is on 水开了", "] carol: two cups")
	bob.expectNot("joined", "left")
	r := runClient(t, withCommand(h.ssh("dora"), "history"))
	if lines := strings.Split(r.out, "\n"); r.code != 0 || len(lines) != 3 ||
		!strings.HasSuffix(lines[0], "Z alice: the kettle is on 水开了") || !strings.HasSuffix(lines[1], "Z carol: two cups") {
		t.Errorf("history answers %+v", r)
	}
	nc := h.nc("erin")
	nc.sendLines("who")
	nc.expect("erin")
	nc.expectNot("kettle")
}

// Protects users who return every day: they see where they left off, what was said since, and how
// to read the rest.
func TestUnreadMarker(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	bob := h.enterAs("bob", id)
	runClient(t, h.ssh("carol", "-T"), "before\n")
	bob.expect("carol: before")
	bob.enterLine("/quit")
	bob.expect("[exit 0]")
	runClient(t, h.ssh("carol", "-T"), "missed one\nmissed two\n")

	bob = h.enterAs("bob", id)
	bob.expect("] carol: before", testkit.EnglishPart("sshd-unread-since-line", 1)+"2"+testkit.EnglishPart("sshd-unread-since-line", 2), "] carol: missed one", "] carol: missed two")
	bob.enterLine("/quit")
	bob.expect("[exit 0]")

	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, "line %d\n", i)
	}
	runClient(t, h.ssh("carol", "-T"), many.String())
	h = h.restart()
	bob = h.enterAs("bob", id)
	bob.expect(testkit.EnglishPart("sshd-some-unread-since-line", 1)+"100"+testkit.EnglishPart("sshd-some-unread-since-line", 2)+"2", testkit.EnglishPart("sshd-some-unread-since-line", 3)+"20"+testkit.EnglishPart("sshd-some-unread-since-line", 4), "] carol: line 80", "] carol: line 99")
	bob.expectNot("] carol: line 79")
	bob.enterLine("/history since 1h")
	bob.expect("] carol: before", "] carol: line 16", testkit.English(reply.LaterLines, 83))
	bob.enterLine("/more")
	bob.expect("] carol: line 36")
}

// Protects messages to offline users: they wait, even across a restart, are read once, and the
// sender is told. Nobody else learns of them.
func TestPrivateMessageWaits(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	id, other := newKey(t), newKey(t)
	bob := h.enterAs("bob", id)
	bob.enterLine("/quit")
	bob.expect("[exit 0]")

	runClient(t, withCommand(h.ssh("carol"), "to bob see you at five")).check(t, 0, "", testkit.English(reply.MessageSaved, "bob")+"\n")
	nc := h.nc("dora")
	nc.sendLines("to|Bob|bring tea")
	nc.expect(testkit.Chinese(reply.MessageSaved, "bob") + "\n")
	runClient(t, withCommand(h.ssh("carol"), "to nobody hi")).check(t, 1, "", testkit.English(reply.NoSuchUser, "nobody")+"\n")

	h = h.restart()
	mallory := h.enterAs("bob", other)
	mallory.expectNot("see you at five")
	mallory.enterLine("/quit")
	mallory.expect("[exit 0]")
	bob = h.enterAs("bob", id)
	bob.expect(testkit.EnglishPart("sshd-offline-message-line", 0)+"carol"+testkit.EnglishPart("sshd-offline-message-line", 1)+"20", "] see you at five", testkit.EnglishPart("sshd-offline-message-line", 0)+"dora"+testkit.EnglishPart("sshd-offline-message-line", 1)+"20", "] bring tea")
	bob.enterLine("/quit")
	bob.expect("[exit 0]")
	bob = h.enterAs("bob", id)
	bob.expectNot("see you at five")
}

// Protects users who search the history, who want to know what is stored about them, and who want
// it erased.
func TestSearchExportForget(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t)
	id := newKey(t)
	h.exec("alice", id, "say Meet me at the Teahouse").check(t, 0, "", "")
	h.exec("alice", id, "say 我们在茶馆见面").check(t, 0, "", "")
	runClient(t, withCommand(h.ssh("bob"), "say", "which teahouse?")).check(t, 0, "", "")

	for words, want := range map[string][]string{
		"TEAHOUSE":      {"alice: Meet me at the Teahouse", "bob: which teahouse?"},
		"ｔｅａｈｏｕｓｅ meet": {"alice: Meet me at the Teahouse"},
		"茶馆":            {"alice: 我们在茶馆见面"},
	} {
		r := runClient(t, withCommand(h.ssh("carol"), "search "+words))
		if lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n"); r.code != 0 || len(lines) != len(want) {
			t.Errorf("search %s answers %+v", words, r)
		}
		for _, line := range want {
			if !strings.Contains(r.out, "Z "+line+"\n") {
				t.Errorf("search %s lacks %q: %+v", words, line, r)
			}
		}
	}
	runClient(t, withCommand(h.ssh("carol"), "search coffee")).check(t, 1, "", testkit.English(reply.NothingFound)+"\n")

	r := h.exec("alice", id, "export")
	var said []string
	for line := range strings.Lines(r.out) {
		var e struct{ Time, Kind, Name, Text string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Time == "" || e.Name != "alice" {
			t.Errorf("export prints the line %q: %v", line, err)
		}
		if e.Kind == "said" {
			said = append(said, e.Text)
		}
	}
	if r.code != 0 || len(said) != 2 || said[1] != "我们在茶馆见面" {
		t.Errorf("export prints %+v", r)
	}
	runClient(t, withCommand(h.ssh("carol"), "export")).check(t, 1, "", testkit.EnglishPart(reply.ForgetNeedsKey, 0))
	runClient(t, withCommand(h.ssh("carol"), "forget me")).check(t, 1, "", testkit.EnglishPart(reply.ForgetNeedsKey, 0))

	h.exec("alice", id, "forget me yes").check(t, 0, testkit.English(reply.Forgotten, "alice")+"\n", "")
	runClient(t, withCommand(h.ssh("carol"), "search 茶馆")).check(t, 1, "", testkit.English(reply.NothingFound)+"\n")
	h = h.restart()
	r = runClient(t, withCommand(h.ssh("carol"), "history"))
	if r.code != 0 || strings.Contains(r.out, "alice") || !strings.Contains(r.out, "bob: which teahouse?") {
		t.Errorf("after forget me, history answers %+v", r)
	}
	if r := h.exec("alice", id, "export"); r.code != 0 || strings.Contains(r.out, "said") {
		t.Errorf("after forget me, export prints %+v", r)
	}
}

// Protects users who want to leave no traces.
func TestHistoryZero(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServer(t, "--history", "0")
	runClient(t, withCommand(h.ssh("carol"), "say", "between us")).check(t, 0, "", "")
	runClient(t, withCommand(h.ssh("carol"), "history")).check(t, 1, "", testkit.English(reply.NothingKept)+"\n")
	bob := h.enter("bob")
	bob.expectNot("between us")
	err := filepath.WalkDir(h.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		if b, _ := os.ReadFile(path); strings.Contains(string(b), "between us") {
			t.Errorf("the file %s still has the forgotten text", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Protects people who try it out: without a data directory everything works, and nothing is left
// behind.
func TestDataInMemory(t *testing.T) {
	skipRace(t)
	t.Parallel()
	h := startServerIn(t, "")
	runClient(t, withCommand(h.ssh("carol"), "say", "for now")).check(t, 0, "", "")
	if r := runClient(t, withCommand(h.ssh("carol"), "history")); !strings.HasSuffix(r.out, "carol: for now\n") {
		t.Errorf("history answers %+v", r)
	}
}

// Protects against a dying disk: a backup is made while people talk, is all or nothing, and
// restores a server with the same key and the same history.
func TestBackup(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "backup")
	runClient(t, withCommand(h.ssh("carol"), "say", "keep this")).check(t, 0, "", "")
	teahouse := func(words ...string) result {
		return runClient(t, withCommand([]string{program("teahouse")}, words...))
	}
	teahouse("backup", file, "--data", h.data).check(t, 0, "", "")
	teahouse("restore", file, "--data", filepath.Join(dir, "try")).check(t, 0, "", "")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's file: %v, %v", info, err)
	}
	teahouse("backup", file, "--data", h.data).check(t, 1, "", "exists; choose another name")
	teahouse("backup", file+"2", "--data", filepath.Join(dir, "mistyped")).check(t, 1, "", "there is nothing to back up")
	teahouse("restore", file, "--data", h.data).check(t, 1, "", "in use by another teahouse")

	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "half")
	if err := os.WriteFile(half, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	nothing := filepath.Join(dir, "nothing")
	teahouse("restore", half, "--data", nothing).check(t, 1, "", "backup")
	if exists(filepath.Join(nothing, "journal")) || exists(filepath.Join(nothing, "ssh_host_ed25519_key")) {
		t.Error("a truncated backup was restored")
	}

	h.signal(syscall.SIGTERM)
	h.waitExit(0)
	closed := filepath.Join(dir, "closed")
	teahouse("backup", closed, "--data", h.data).check(t, 0, "", "")
	restored := filepath.Join(dir, "restored")
	teahouse("restore", closed, "--data", restored).check(t, 0, "", "")
	teahouse("restore", closed, "--data", restored).check(t, 1, "", "")
	again := startServerIn(t, restored)
	if again.fingerprint != h.fingerprint {
		t.Error("the restored server shows another host key")
	}
	if r := runClient(t, withCommand(again.ssh("dora"), "history")); !strings.HasSuffix(r.out, "Z carol: keep this\n") {
		t.Errorf("after the restore, history answers %+v", r)
	}
}
