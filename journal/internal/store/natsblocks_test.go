package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/layout"
)

// blocksOf returns the records in a stream's blocks in a folder of the engine. It fails if
// anything cannot be read.
func blocksOf(t *testing.T, folder string) (records []blockfile.Record) {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(folder, blockfile.MessagesFolder))
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, file := range files {
		if _, ok := blockfile.Number(file.Name()); !ok {
			continue
		}
		b, err := blockfile.Read(filepath.Join(folder, blockfile.MessagesFolder, file.Name()), layout.IsPlausible)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the engine removes empty ones
		} else if err != nil {
			t.Fatal(err)
		}
		blocks++
		for r, err := range b.Records() {
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
	}
	if blocks == 0 {
		t.Error("there are no blocks")
	}
	return records
}

// Blocks that the engine wrote are read correctly: everything in a stream, whatever happened to
// it, and nothing that was overwritten.
func TestBlocksWrittenByNATS(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	e, err := Open(ctx, Config{Log: log.New(io.Discard)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	config := jetstream.StreamConfig{Name: layout.RoomStream, Subjects: []string{layout.RoomPrefix + "*"}, MaxBytes: 120_000} // of blocks of 32 kB
	stream, err := e.JS.CreateStream(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	say := func(many, size int) error {
		for range many {
			n++
			data := fmt.Sprintf("{\"text\":%q}\n", fmt.Sprint("line ", n, strings.Repeat("x", size)))
			if _, err := e.Publish(ctx, layout.RoomSubject(ids.Room(fmt.Sprint("room", n%3))), fmt.Sprint("id", n), []byte(data)); err != nil {
				return err
			}
		}
		return nil
	}
	overwritten := map[uint64]bool{}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"messages", func() error { return say(300, 200) }},
		{"removed", func() error { return e.DeleteMessages(ctx, layout.RoomStream, []uint64{1, 2, 17, 40, 299, 300}) }},
		{"overwritten", func() error {
			overwritten[20], overwritten[30] = true, true
			return errors.Join(e.OverwriteMessage(ctx, layout.RoomStream, 20), e.OverwriteMessage(ctx, layout.RoomStream, 30))
		}},
		{"a subject purged", func() error { return e.PurgeSubject(ctx, layout.RoomStream, layout.RoomSubject("room1"), 150) }},
		{"more than there may be", func() error { return say(500, 300) }},
		{"large ones", func() error { return say(3, 50_000) }},
		{"compacted", func() error { return e.purgeBefore(ctx, layout.RoomStream, 790) }},
		{"purged", func() error { return stream.Purge(ctx) }},
		{"again", func() error { return say(10, 10) }},
		{"expired", func() error {
			config.MaxAge, config.Duplicates = 100*time.Millisecond, 100*time.Millisecond
			_, err := e.JS.UpdateStream(ctx, config)
			testkit.Eventually(t, "all expired", func() bool {
				info, err := stream.Info(ctx)
				return err == nil && info.State.Msgs == 0
			})
			return err
		}},
	} {
		if err := step.do(); err != nil {
			t.Fatal(step.name, err)
		}
		have := map[uint64]layout.Message{}
		if err := e.Scan(ctx, layout.RoomStream, func(m layout.Message) error { have[m.Seq] = m; return nil }); err != nil {
			t.Fatal(step.name, err)
		}
		for _, r := range blocksOf(t, e.folder(layout.RoomStream)) {
			if overwritten[r.Seq] && !r.Erased && !r.Removed {
				t.Errorf("%s: message %d is still there", step.name, r.Seq)
			}
			m, ok := have[r.Seq]
			if !ok || r.Erased || r.Removed {
				continue
			}
			delete(have, r.Seq)
			if m.Subject != r.Subject || !m.Time.Equal(r.Time) || !bytes.Equal(m.Data, r.Data) || !bytes.Contains(r.Header, []byte(jetstream.MsgIDHeader+": "+m.ID+"\r\n")) {
				t.Errorf("%s: message %d is read as %+v, want %+v", step.name, r.Seq, r, m)
			}
		}
		if len(have) > 0 {
			t.Errorf("%s: %d messages are not in the blocks", step.name, len(have))
		}
	}
	e.Close()
	blocksOf(t, e.folder(layout.RoomStream))
}
