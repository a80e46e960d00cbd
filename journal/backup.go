package journal

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A backup is JSON lines, compressed by gzip: a header, what is stored, and a
// trailer, without which it is not whole.
type (
	backupHeader struct {
		Teahouse string    `json:"teahouse"` // backupMagic
		Version  int       `json:"version"`
		Time     time.Time `json:"time"`
		Origin   string    `json:"origin,omitempty"` // the name of the folder that it is of
	}

	// A backupLine is a stored message, or the trailer.
	backupLine struct {
		Stream  string    `json:"stream,omitempty"`
		Subject string    `json:"subject,omitempty"`
		ID      string    `json:"id,omitempty"`
		Time    time.Time `json:"time,omitzero"`
		Data    []byte    `json:"data,omitempty"`

		End   bool   `json:"end,omitempty"`
		Count uint64 `json:"count,omitempty"` // of the messages; the trailer's
	}
)

const (
	backupMagic = "backup"

	// maxBackupLine is more than any line of a backup takes.
	maxBackupLine = 4 << 20

	// maxID is longer than any identity, and maxData is as much as the engine takes.
	maxID   = 32 << 10
	maxData = 1 << 20
)

// writeAll writes all that is stored to w, while others go on storing. What happens meanwhile may be in it
// or not.
func writeAll(ctx context.Context, e *store.Store, w io.Writer) error {
	return writeStreams(ctx, e, w, layout.StreamNames())
}

// writeStreams is writeAll for some streams.
func writeStreams(ctx context.Context, e *store.Store, w io.Writer, streams []string) error {
	compressed := gzip.NewWriter(w)
	if err := writeBackup(ctx, e, compressed, streams); err != nil {
		return fmt.Errorf("journal: cannot back up: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return fmt.Errorf("journal: cannot back up: %w", err)
	}
	return nil
}

func writeBackup(ctx context.Context, e *store.Store, w io.Writer, streams []string) error {
	origin, err := e.Origin(ctx)
	if err != nil {
		return err
	}
	if err := writeJSONLine(w, backupHeader{Teahouse: backupMagic, Version: layout.Version, Time: time.Now().UTC(), Origin: origin}); err != nil {
		return err
	}
	count := uint64(0)
	for _, stream := range streams {
		err := forEach(ctx, e, stream, func(m layout.Message) error {
			line := backupLine{Stream: stream, Subject: m.Subject, ID: m.ID, Time: m.Time, Data: m.Data}
			if line.check() != nil {
				return nil // somebody else's, of which there can be no backup
			}
			count++
			return writeJSONLine(w, line)
		})
		if err != nil {
			return err
		}
	}
	return writeJSONLine(w, backupLine{End: true, Count: count})
}

// forEach calls f with all that counts in a stream.
func forEach(ctx context.Context, e *store.Store, stream string, f func(layout.Message) error) error {
	for _, b := range e.Buckets() {
		if b.Stream != stream {
			continue
		}
		stored, err := b.Read(ctx)
		if err != nil {
			return err
		}
		for _, m := range stored.Live() {
			if err := f(m); err != nil {
				return err
			}
		}
		return nil
	}
	return e.Scan(ctx, stream, f)
}

func writeJSONLine(w io.Writer, value any) error {
	var line bytes.Buffer
	layout.EncodeJSONLine(&line, value)
	_, err := w.Write(line.Bytes())
	return err
}

// A backupQuota is how much of a backup was read, by stream.
type backupQuota struct {
	limits room.HistoryLimits
	used   map[string]int64
}

// add counts a message. It returns an error where its stream has more than there may be,
// which bounds how many messages there are, too.
func (q *backupQuota) add(line *backupLine) error {
	q.used[line.Stream] += int64(len(line.Subject) + len(line.Data) + layout.MessageOverhead)
	most, hint := maxBackupBytes(line.Stream, q.limits)
	if most < 0 || q.used[line.Stream] <= most {
		return nil
	}
	return fmt.Errorf("it holds more than %d MB of %s, which is as much as there may be%s", most>>20, line.Stream, hint)
}

// maxBackupBytes returns how many bytes of a stream a backup may hold, -1 for no limit, and what
// to do where a house keeps more.
func maxBackupBytes(stream string, m room.HistoryLimits) (most int64, hint string) {
	switch stream {
	case layout.RoomStream:
		return layout.MaxRoomStreamBytes(m), "; where the house keeps more of what is said, give the same --history-bytes"
	case layout.DirectMessageStream:
		return 4 * layout.MaxDirectMessageBytes, "" // older versions kept more
	case layout.PeopleStream:
		return layout.MaxPeople * 1024, ""
	case layout.AuthorityStream:
		return layout.MaxPartitionBytes(records.Authority), ""
	}
	return layout.MaxPartitionBytes(records.Personal), ""
}

// readBackup calls f with each message of a backup. It returns no error only where
// the backup is whole, and holds no more than there may be.
func readBackup(r io.Reader, m room.HistoryLimits, f func(*backupLine) error) (header backupHeader, err error) {
	space := &backupQuota{limits: m, used: map[string]int64{}}
	compressed, err := gzip.NewReader(r)
	if err != nil {
		return header, fmt.Errorf("it is no backup: %w", err)
	}
	lines := bufio.NewScanner(compressed)
	lines.Buffer(nil, maxBackupLine)
	if !lines.Scan() {
		return header, errors.Join(errors.New("it is no backup: it is empty"), lines.Err())
	}
	if header, err = decodeBackupHeader(lines.Bytes()); err != nil {
		return header, err
	}
	for count := uint64(0); lines.Scan(); count++ {
		line, err := decodeBackupLine(lines.Bytes())
		switch {
		case err != nil:
			return header, err
		case line.End && line.Count != count:
			return header, fmt.Errorf("it is damaged: it holds %d messages of %d", count, line.Count)
		case line.End && lines.Scan():
			return header, errors.New("it is damaged: it goes on after its end")
		case line.End:
			return header, backupDamaged(lines.Err())
		}
		if err := space.add(line); err != nil {
			return header, err
		}
		if err := f(line); err != nil {
			return header, err
		}
	}
	return header, backupDamaged(errors.Join(errors.New("its end is missing"), lines.Err()))
}

func backupDamaged(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("it is damaged: %w", err)
}

func decodeBackupHeader(line []byte) (header backupHeader, err error) {
	if err := json.Unmarshal(line, &header); err != nil || header.Teahouse != backupMagic {
		return header, errors.New("it is no backup of a teahouse")
	}
	if err := layout.CheckVersion(strconv.Itoa(header.Version)); err != nil {
		return header, fmt.Errorf("it %w; use the teahouse that wrote it", err)
	}
	return header, nil
}

// decodeBackupLine reads a message or the trailer.
func decodeBackupLine(data []byte) (*backupLine, error) {
	var line backupLine
	if err := json.Unmarshal(data, &line); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if line.End {
		return &line, nil
	}
	if err := line.check(); err != nil {
		return nil, backupDamaged(err)
	}
	return &line, nil
}

// check returns an error for a message that no teahouse stores.
func (l *backupLine) check() error {
	switch {
	case len(l.ID) > maxID || strings.ContainsAny(l.ID, "\r\n"):
		return errors.New("an identity that is none")
	case len(l.Data) > maxData:
		return fmt.Errorf("a message of %d MB", len(l.Data)>>20)
	}
	return layout.CheckSubject(l.Stream, l.Subject)
}
