package backup

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

// A backup is JSON lines, compressed by gzip: a header, the stored messages, and a trailer,
// without which it is incomplete.
type (
	Header struct {
		Teahouse string    `json:"teahouse"` // Magic
		Version  int       `json:"version"`
		Time     time.Time `json:"time"`
		Origin   string    `json:"origin,omitempty"` // node name of the folder that was backed up
	}

	// A Line is a stored message, or the trailer.
	Line struct {
		Stream  string    `json:"stream,omitempty"`
		Subject string    `json:"subject,omitempty"`
		ID      string    `json:"id,omitempty"`
		Time    time.Time `json:"time,omitzero"`
		Data    []byte    `json:"data,omitempty"`

		End   bool   `json:"end,omitempty"`
		Count uint64 `json:"count,omitempty"` // number of messages; only in the trailer
	}
)

const (
	Magic = "backup"

	// maxLine exceeds the length of any line in a backup.
	maxLine = 4 << 20

	// MaxID exceeds the length of any identity, and MaxData is the engine's limit.
	MaxID   = 32 << 10
	MaxData = 1 << 20
)

// Write writes everything in the store to w, while others go on storing. What they store
// meanwhile may be included or not.
func Write(ctx context.Context, st *store.Store, w io.Writer) error {
	return writeStreams(ctx, st, w, layout.StreamNames(), nil)
}

// writeStreams is Write for some streams. Legacy are the records of a store of an older version.
func writeStreams(ctx context.Context, st *store.Store, w io.Writer, streams []string, legacy map[string][]layout.Message) error {
	compressed := gzip.NewWriter(w)
	if err := writeBackup(ctx, st, compressed, streams, legacy); err != nil {
		return fmt.Errorf("journal: cannot back up: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return fmt.Errorf("journal: cannot back up: %w", err)
	}
	return nil
}

func writeBackup(ctx context.Context, st *store.Store, w io.Writer, streams []string, legacy map[string][]layout.Message) error {
	origin, err := st.Origin(ctx)
	if err != nil {
		return err
	}
	if err := WriteJSONLine(w, Header{Teahouse: Magic, Version: layout.Version, Time: time.Now().UTC(), Origin: origin}); err != nil {
		return err
	}
	count := uint64(0)
	for _, stream := range streams {
		err := forEach(ctx, st, stream, legacy, func(m layout.Message) error {
			line := Line{Stream: stream, Subject: m.Subject, ID: m.ID, Time: m.Time, Data: m.Data}
			if line.Check() != nil {
				return nil // not ours, so it cannot be backed up
			}
			count++
			return WriteJSONLine(w, line)
		})
		if err != nil {
			return err
		}
	}
	return WriteJSONLine(w, Line{End: true, Count: count})
}

// forEach calls f with all messages of a stream that count. Legacy are the records of a store of
// an older version, whose streams have other names.
func forEach(ctx context.Context, st *store.Store, stream string, legacy map[string][]layout.Message, f func(layout.Message) error) error {
	if legacy != nil && layout.HasRecords(stream) {
		for _, m := range legacy[stream] {
			if err := f(m); err != nil {
				return err
			}
		}
		return nil
	}
	for _, b := range st.Buckets() {
		if b.Stream != stream {
			continue
		}
		stored, err := b.Read(ctx)
		if err != nil {
			return err
		}
		for _, m := range stored.LiveUpgraded() { // [Offline] upgrades nothing
			if err := f(m); err != nil {
				return err
			}
		}
		return nil
	}
	return st.Scan(ctx, stream, f)
}

func WriteJSONLine(w io.Writer, value any) error {
	var line bytes.Buffer
	layout.EncodeJSONLine(&line, value)
	_, err := w.Write(line.Bytes())
	return err
}

// A quota tracks how much of a backup was read, by stream.
type quota struct {
	limits room.HistoryLimits
	used   map[string]int64
}

// add counts a message. It returns an error if the stream exceeds its maximum size. That bounds
// the number of messages, too.
func (q *quota) add(line *Line) error {
	q.used[line.Stream] += int64(len(line.Subject) + len(line.Data) + layout.MessageOverhead)
	most, hint := maxBytes(line.Stream, q.limits)
	if most < 0 || q.used[line.Stream] <= most {
		return nil
	}
	return fmt.Errorf("it holds more than %d MB of %s, which is the limit%s", most>>20, line.Stream, hint)
}

// maxBytes returns how many bytes of a stream a backup may hold, or -1 for no limit, and a hint
// for servers that keep more.
func maxBytes(stream string, m room.HistoryLimits) (most int64, hint string) {
	switch stream {
	case layout.RoomStream:
		return layout.MaxRoomStreamBytes(m), "; if the server keeps more history, give the same --history-bytes"
	case layout.PrivateMessageStream:
		return 4 * layout.MaxPrivateMessageBytes, "" // older versions kept more
	case layout.PeopleStream:
		return layout.MaxPeople * 1024, ""
	case layout.AuthorityStream:
		return layout.MaxPartitionBytes(records.Authority), ""
	}
	return layout.MaxPartitionBytes(records.Personal), ""
}

// Read calls f with each message of a backup. It returns nil only if the backup is complete and
// within the limits.
func Read(r io.Reader, m room.HistoryLimits, f func(*Line) error) (header Header, err error) {
	space := &quota{limits: m, used: map[string]int64{}}
	compressed, err := gzip.NewReader(r)
	if err != nil {
		return header, fmt.Errorf("it is not a backup: %w", err)
	}
	lines := bufio.NewScanner(compressed)
	lines.Buffer(nil, maxLine)
	if !lines.Scan() {
		return header, errors.Join(errors.New("it is not a backup: it is empty"), lines.Err())
	}
	if header, err = decodeHeader(lines.Bytes()); err != nil {
		return header, err
	}
	for count := uint64(0); lines.Scan(); count++ {
		line, err := decodeLine(lines.Bytes(), header.Version)
		switch {
		case err != nil:
			return header, err
		case line.End && line.Count != count:
			return header, fmt.Errorf("it is damaged: it holds %d of %d messages", count, line.Count)
		case line.End && lines.Scan():
			return header, errors.New("it is damaged: it continues after its end")
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

func decodeHeader(line []byte) (header Header, err error) {
	if err := json.Unmarshal(line, &header); err != nil || header.Teahouse != Magic {
		return header, errors.New("it is not a backup of a teahouse")
	}
	if err := layout.CheckVersion(strconv.Itoa(header.Version)); err != nil {
		return header, fmt.Errorf("it %w; use the teahouse that wrote it", err)
	}
	return header, nil
}

// decodeLine decodes a message or the trailer of a backup of a version.
func decodeLine(data []byte, version int) (*Line, error) {
	var line Line
	if err := json.Unmarshal(data, &line); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if line.End {
		return &line, nil
	}
	if version < layout.Version {
		var err error
		if line.Stream, line.Subject, err = layout.UpgradeSubject(line.Stream, line.Subject); err != nil {
			return nil, backupDamaged(err)
		}
	}
	if err := line.Check(); err != nil {
		return nil, backupDamaged(err)
	}
	return &line, nil
}

// Check returns an error for a message that no version of this program stores.
func (l *Line) Check() error {
	switch {
	case len(l.ID) > MaxID || strings.ContainsAny(l.ID, "\r\n"):
		return errors.New("an invalid identity")
	case len(l.Data) > MaxData:
		return fmt.Errorf("a message of %d MB", len(l.Data)>>20)
	}
	return layout.CheckSubject(l.Stream, l.Subject)
}
