package backup

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// A SalvageReport says how much of one stream was saved.
type SalvageReport struct {
	Stream    string
	Errors    []error // what could not be read
	Recovered int     // messages
	Lost      int     // messages known to be lost that counted; -1 if unknown

	// Uncertain is how many of the saved messages may be outdated: the unreadable parts may have
	// replaced or deleted them.
	Uncertain int
}

// Salvage writes a backup of all that is still readable in a journal whose data directory nobody
// has open, and reports on each stream. It changes nothing there, and works without the engine,
// so also when the engine does not start.
func Salvage(data string, w io.Writer) ([]SalvageReport, error) {
	dir := filepath.Join(data, layout.FolderName)
	if err := checkSalvageable(dir); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	compressed := gzip.NewWriter(w)
	origin, _ := layout.ReadNode(dir)
	if err := WriteJSONLine(compressed, Header{Teahouse: Magic, Version: layout.Version, Time: time.Now().UTC(), Origin: origin}); err != nil {
		return nil, err
	}
	var all []SalvageReport
	count := 0
	for _, stream := range layout.StreamNamesIn(dir) {
		s, lines := salvageStream(dir, stream)
		for _, line := range lines {
			if err := WriteJSONLine(compressed, line); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
		count += s.Recovered
	}
	if count == 0 {
		return all, errors.New("journal: none of it can be read")
	}
	if err := WriteJSONLine(compressed, Line{End: true, Count: uint64(count)}); err != nil {
		return nil, err
	}
	return all, compressed.Close()
}

// checkSalvageable returns an error if a folder has no journal, or one written by a newer
// version. In a damaged one even the version may be gone.
func checkSalvageable(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); errors.Is(err, fs.ErrNotExist) {
		return ErrNoData
	} else if err != nil {
		return err
	}
	version, err := os.ReadFile(filepath.Join(dir, layout.VersionFile))
	text := strings.TrimSpace(string(version))
	if err != nil || !layout.IsVersionNumber(text) {
		return nil
	}
	if err := layout.CheckVersion(text); err != nil {
		return fmt.Errorf("%s %w; use the teahouse that wrote it", dir, err)
	}
	return nil
}

// salvageStream returns the lines of a backup for one stream.
func salvageStream(dir, stream string) (SalvageReport, []Line) {
	w := integrity.ReadDamagedStream(dir, stream)
	messages := w.LiveMessages()
	if b, ok := layout.BucketOf(stream); ok {
		var err error
		if messages, err = liveEntries(w, b, messages); err != nil {
			w.Errs = append(w.Errs, err)
		}
	}
	s := SalvageReport{Stream: stream, Errors: w.Errs, Lost: w.CountLost()}
	var lines []Line
	unsure := w.UncertainBefore()
	for _, m := range messages {
		line := Line{ID: m.ID, Time: m.Time, Data: m.Data}
		var err error
		line.Stream, line.Subject, err = layout.UpgradeSubject(stream, m.Subject)
		if err != nil || line.Check() != nil {
			continue
		}
		lines = append(lines, line)
		if m.Seq < unsure && stream != layout.RoomStream {
			s.Uncertain++
		}
	}
	if stream == layout.RoomStream {
		lines = append(lines, tombstoneLines(w)...)
	}
	s.Recovered = len(lines)
	return s, lines
}

// liveEntries returns the entries of a bucket that are not deleted.
func liveEntries(ds *integrity.DamagedStream, b layout.Bucket, messages []layout.Message) ([]layout.Message, error) {
	s := b.NewReader()
	for _, m := range messages {
		s.Add(m)
	}
	c, err := s.Finish()
	if err != nil {
		return nil, err
	}
	replaced := ds.ReplacedBefore()
	for i, m := range c.Entries {
		if m.Seq < replaced[m.Subject] {
			c.Entries[i].Data = nil // what took its place cannot be read
		}
	}
	return c.LiveUpgraded(), nil
}

// tombstoneLines returns the tombstones from the unreadable parts.
func tombstoneLines(ds *integrity.DamagedStream) (lines []Line) {
	for _, r := range ds.TombstonesInGaps() {
		var data bytes.Buffer
		layout.EncodeJSONLine(&data, &r)
		lines = append(lines, Line{Stream: layout.RoomStream, Subject: layout.RoomSubject(room.Lobby), Time: r.Time, Data: data.Bytes()})
	}
	return lines
}
