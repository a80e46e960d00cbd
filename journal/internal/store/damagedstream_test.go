package store

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/ids"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

// For a stream of many blocks, messages are classified as by the engine, whatever happened to
// the stream, and whether or not the engine has saved its state.
func TestDamagedStreamOfNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, err := Open(testContext(t), Config{Log: log.New(io.Discard)}, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.JS.CreateStream(testContext(t), jetstream.StreamConfig{Name: layout.RoomStream, Subjects: []string{layout.RoomPrefix + "*"}, MaxBytes: 128_000}); err != nil { // of blocks of 32 kB
		t.Fatal(err)
	}
	for i := range 300 {
		if _, err := e.Publish(testContext(t), layout.RoomSubject(ids.Room(fmt.Sprint(i%3))), fmt.Sprint("id", i), fmt.Appendf(nil, "{%d%s}\n", i, strings.Repeat(".", 200))); err != nil {
			t.Fatal(err)
		}
	}
	err = errors.Join(
		e.DeleteMessages(testContext(t), layout.RoomStream, []uint64{17, 40, 150, 299}), e.OverwriteMessage(testContext(t), layout.RoomStream, 60),
		e.PurgeSubject(testContext(t), layout.RoomStream, layout.RoomSubject("1"), 200), e.purgeBefore(testContext(t), layout.RoomStream, 30),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint64]string{}
	if err := e.Scan(testContext(t), layout.RoomStream, func(m layout.Message) error { want[m.Seq] = m.ID; return nil }); err != nil {
		t.Fatal(err)
	}
	e.Close()
	sizes, err := blockfile.Sizes(e.folder(layout.RoomStream))
	if err != nil {
		t.Fatal(err)
	}
	for _, noted := range []bool{true, false} {
		w := integrity.ReadDamagedStream(dir, layout.RoomStream)
		if noted != (w.State != nil && w.State.MatchesFiles(w.Folder, sizes)) {
			t.Errorf("noted %t: %+v", noted, w.State)
		}
		got := map[uint64]string{}
		for _, m := range w.LiveMessages() {
			got[m.Seq] = m.ID
		}
		if !maps.Equal(got, want) || len(w.Errs) > 0 || w.UncertainBefore() != 0 || noted && w.CountLost() != 0 {
			t.Errorf("noted %t: %d messages are alive, want %d; %v", noted, len(got), len(want), w.Errs)
		}
		if err := os.RemoveAll(filepath.Join(w.Folder, blockfile.MessagesFolder, blockfile.StateFile)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, layout.ManifestFile), `{"ROOM":{"blocks":{"99":{"size":9000,"messages":9}}}}`)
	if w := integrity.ReadDamagedStream(dir, layout.RoomStream); len(w.Errs) != 1 || !strings.Contains(w.Errs[0].Error(), "99.blk is gone") || w.UncertainBefore() == 0 {
		t.Errorf("without a block that was sealed: %v", w.Errs)
	}
}
