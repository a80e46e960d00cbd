package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/internal/datadir"
	"teahouse/internal/records"
	"teahouse/journal"
	"teahouse/room"
)

// openRecords opens the journal in a data directory, and returns it with the keys of its records.
func openRecords(t *testing.T, dir string) (j *journal.Journal, keys string) {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Config{Dir: dir, Log: log.New(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	h := room.New(room.Config{Records: j})
	if err := j.Start(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	for _, r := range h.StoredRecords(records.Authority) {
		keys += r.Key + " "
	}
	return j, keys
}

// salvage says what is damaged and saves the rest for restore. It needs neither a host key nor a
// lock, and makes nothing in the directory.
func TestSalvage(t *testing.T) {
	t.Parallel()
	dir, restored, file := t.TempDir(), filepath.Join(t.TempDir(), "restored"), filepath.Join(t.TempDir(), "file")
	salvage := func(want int, says ...string) {
		t.Helper()
		var logged bytes.Buffer
		if code := run([]string{"salvage", file, "--data", dir}, io.Discard, &logged); code != want {
			t.Errorf("teahouse salvage exits with %d, want %d", code, want)
		}
		for _, text := range says {
			if !strings.Contains(logged.String(), text) {
				t.Errorf("teahouse salvage says %q, want %q", &logged, text)
			}
		}
	}
	salvage(exitFailed, "there is nothing to salvage")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("teahouse salvage made %v in the directory (error %v)", left, err)
	}

	j, _ := openRecords(t, dir)
	for _, key := range []string{"alice", "bob", "carol"} {
		last := j.Write(records.Record{Table: "bans", Key: key, Value: []byte(`{"target":"` + key + `"}`)})
		if err := j.WaitStored(t.Context(), 0, last); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	block := filepath.Join(dir, "journal", "jetstream", "$G", "streams", "KV_authority", "msgs", "1.blk")
	content, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	content[bytes.Index(content, []byte(`"target":"bob"`))] = 'x'
	if err := os.WriteFile(block, content, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	salvage(exitFailed, "it is in use by another teahouse; stop it")
	unlock()
	salvage(exitOK, "The host key is not saved: there is none\n", "KV_authority: 2 saved, 1 lost.\n  "+block+": ", "has a wrong checksum",
		"Saved what can be read of "+dir+": ", "no host key")
	salvage(exitFailed, "exists; choose another name")
	if code := run([]string{"restore", file, "--data", restored}, io.Discard, io.Discard); code != exitOK {
		t.Fatalf("teahouse restore of what was salvaged exits with %d", code)
	}
	j, keys := openRecords(t, restored)
	defer func() { _ = j.Close(t.Context()) }()
	if keys != "alice carol " && keys != "carol alice " {
		t.Errorf("after salvage and restore there are the records %q, want alice and carol", keys)
	}
}
