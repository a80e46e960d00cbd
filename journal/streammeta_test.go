package journal

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"teahouse/journal/internal/blockfile"
	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// The process was killed between the engine's two writes of a stream's configuration. The
// stream's messages are there, also if the engine had just begun to create it.
func TestKilledWhileStreamIsConfigured(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]func(stream string) error{
		"another description, the former checksum": func(stream string) error {
			path := filepath.Join(stream, integrity.MetaFile)
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, append(raw, ' '), 0o600)
		},
		"no checksum yet": func(stream string) error { return os.Remove(filepath.Join(stream, integrity.MetaChecksumFile)) },
		"another stream has no description yet": func(stream string) error {
			return os.MkdirAll(filepath.Join(filepath.Dir(stream), "KV_next", blockfile.MessagesFolder), 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
			s := openServer(t, c)
			say(t, s.join(t, "alice", aliceKey), "precious")
			s.closeStored(t)
			for _, stream := range []string{layout.RoomStream, layout.AuthorityStream} {
				if err := killed(filepath.Join(c.Dir, layout.FolderName, "jetstream", "$G", "streams", stream)); err != nil {
					t.Fatal(err)
				}
			}
			s = openServer(t, c)
			defer s.closeStored(t)
			if !slices.ContainsFunc(s.said, func(e *room.Event) bool { return e.Text == "precious" }) {
				t.Errorf("kept: %v", s.said)
			}
		})
	}
}

// The first start was killed when the engine had only created the folder of a stream.
func TestKilledWhileStreamIsCreated(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	openServer(t, c).closeStored(t)
	for _, later := range []string{layout.ManifestFile, layout.StreamConfigsFile} {
		if err := os.Remove(filepath.Join(c.Dir, layout.FolderName, later)); err != nil {
			t.Fatal(err)
		}
	}
	stream := filepath.Join(c.Dir, layout.FolderName, "jetstream", "$G", "streams", layout.AuthorityStream)
	for _, file := range []string{integrity.MetaFile, integrity.MetaChecksumFile} {
		if err := os.Remove(filepath.Join(stream, file)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(stream, blockfile.MessagesFolder)); err != nil {
		t.Fatal(err)
	}
	openServer(t, c).closeStored(t)
}
