package journal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/charmbracelet/log"

	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// CheckReadable does not know the limits, and must not make the engine drop anything that other
// flags kept.
func TestCheckReadableChangesNothing(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), room.HistoryLimits{Lines: 500, Bytes: 1 << 22}
	if _, _, err := StoredVersion(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty directory: %v", err)
	}
	j, err := Open(t.Context(), Config{Dir: dir, HistoryLimits: m})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := CheckReadable(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if version, newest, err := StoredVersion(dir); version != layout.Version || newest != layout.Version || err != nil {
		t.Errorf("version %d, the newest is %d: %v", version, newest, err)
	}
	e, err := store.Open(t.Context(), Config{Dir: dir, Log: log.New(io.Discard)}, filepath.Join(dir, layout.FolderName))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	have, err := e.FindStream(t.Context(), layout.RoomStream)
	if err != nil || have == nil || have.MaxBytes != layout.MaxRoomStreamBytes(m) {
		t.Errorf("what is said is kept within %+v: %v", have, err)
	}
}

// A damaged store is reported.
func TestCheckReadableOfADamagedStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, layout.FolderName, layout.StreamConfigsFile)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, layout.FolderName, "jetstream", "$G", "streams", layout.AuthorityStream, "meta.inf")
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckReadable(t.Context(), dir); err == nil {
		t.Error("a damaged store passes the check")
	}
}
