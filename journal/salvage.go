package journal

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"teahouse/room"
)

// A Salvaged is what became of a stream.
type Salvaged struct {
	Stream string
	Wrong  []error // what of it cannot be read
	Saved  int     // messages
	Lost   int     // how many are known to be gone that counted; -1 where nobody knows

	// Unsure is how many of those that are saved may be of before: what cannot be read may have
	// replaced them, or taken them away.
	Unsure int
}

// Salvage writes a backup of all that can be read of a journal whose data directory nobody has
// open, and returns what that is. It changes nothing there, and needs no engine: so it works where
// that does not start.
func Salvage(data string, w io.Writer) ([]Salvaged, error) {
	dir := filepath.Join(data, folderName)
	if err := checkWreck(dir); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	compressed := gzip.NewWriter(w)
	origin, _ := readNode(dir)
	if err := writeLine(compressed, backupHeader{Teahouse: backupMark, Version: format, Time: time.Now().UTC(), Origin: origin}); err != nil {
		return nil, err
	}
	var all []Salvaged
	count := 0
	for _, scope := range scopes {
		s, lines := salvage(dir, scope.stream)
		for _, line := range lines {
			if err := writeLine(compressed, line); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
		count += s.Saved
	}
	if count == 0 {
		return all, errors.New("journal: nothing of it can be read")
	}
	if err := writeLine(compressed, backupLine{End: true, Count: uint64(count)}); err != nil {
		return nil, err
	}
	return all, compressed.Close()
}

// checkWreck returns an error where there is no journal in a folder, or one that a newer teahouse
// has written. Of a damaged one even the version may be gone.
func checkWreck(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); errors.Is(err, fs.ErrNotExist) {
		return ErrNothing
	} else if err != nil {
		return err
	}
	version, err := os.ReadFile(filepath.Join(dir, versionFile))
	text := strings.TrimSpace(string(version))
	if err != nil || !isVersion(text) {
		return nil
	}
	if err := checkFormat(text); err != nil {
		return fmt.Errorf("%s %w; use the teahouse that wrote it", dir, err)
	}
	return nil
}

// salvage returns what a backup is to hold of a stream.
func salvage(dir, stream string) (Salvaged, []backupLine) {
	w := readWreck(dir, stream)
	messages := w.alive()
	for _, b := range (&engine{}).buckets() {
		if b.stream == stream {
			messages = w.rows(b, messages)
		}
	}
	s := Salvaged{Stream: stream, Wrong: w.wrong, Lost: w.lost()}
	var lines []backupLine
	unsure := w.unsure()
	for _, m := range messages {
		line := backupLine{Stream: stream, Subject: m.Subject, ID: m.ID, Time: m.Time, Data: m.Data}
		if line.check() != nil {
			continue
		}
		lines = append(lines, line)
		if m.Seq < unsure && stream != roomStream {
			s.Unsure++
		}
	}
	if stream == roomStream {
		lines = append(lines, w.wishes()...)
	}
	s.Saved = len(lines)
	return s, lines
}

// rows returns the rows of a bucket that are there.
func (w *wreck) rows(b *bucket, messages []message) []message {
	s := b.sieve()
	for _, m := range messages {
		s.add(m)
	}
	c, err := s.sift()
	if err != nil {
		w.wrong = append(w.wrong, err)
		return nil
	}
	replaced := w.replaced()
	return slices.DeleteFunc(c.live(), func(m message) bool { return m.Seq < replaced[m.Subject] })
}

// wishes returns the tombstones that are in no message which can be read.
func (w *wreck) wishes() (lines []backupLine) {
	for _, r := range w.tombstones() {
		var data bytes.Buffer
		encodeLine(&data, &r)
		lines = append(lines, backupLine{Stream: roomStream, Subject: roomSubject(room.Lobby), Time: r.Time, Data: data.Bytes()})
	}
	return lines
}
