package layout

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/sanitize"
	"teahouse/room"
)

// kindsByName are the stored kinds, by their names in the store.
var kindsByName = map[string]room.EventKind{
	"joined":  room.Joined,
	"left":    room.Left,
	"said":    room.Said,
	"renamed": room.Renamed,
	"forgot":  room.Forgot,
}

// kindName returns the stored name of a kind, or "" if it is not stored.
func kindName(k room.EventKind) string {
	switch k {
	case room.Joined:
		return "joined"
	case room.Left:
		return "left"
	case room.Said:
		return "said"
	case room.Renamed:
		return "renamed"
	case room.Forgot:
		return "forgot"
	}
	return ""
}

// A StoredEvent is an event as it is stored, one line of JSON. By and Seq are its identity: two
// stored events with the same By and Seq are the same event.
type StoredEvent struct {
	By       string      `json:"by"` // node and epoch
	Seq      uint64      `json:"seq"`
	Time     time.Time   `json:"time"`
	Kind     string      `json:"kind"`
	Name     string      `json:"name,omitempty"`
	Key      ids.Account `json:"key,omitempty"`
	Verified bool        `json:"verified,omitempty"`
	Bot      bool        `json:"bot,omitempty"`
	Text     string      `json:"text,omitempty"`
	Verbatim string      `json:"verbatim,omitempty"`
	Old      string      `json:"old,omitempty"`
	Reason   string      `json:"reason,omitempty"`
	Action   bool        `json:"action,omitempty"`
}

// NewStoredEvent returns the stored form of an event. It returns false if the event is not
// stored.
func NewStoredEvent(e *room.Event, by string) (StoredEvent, bool) {
	word := kindName(e.Kind)
	if word == "" || e.User == nil {
		return StoredEvent{}, false
	}
	r := StoredEvent{By: by, Seq: e.Seq, Time: e.Time.UTC(), Kind: word, Key: e.User.Person}
	if e.Kind == room.Forgot {
		return r, true // only the key: the rest is to be forgotten
	}
	r.Verified, r.Bot = e.User.Verified, e.User.Bot
	r.Name, r.Text, r.Verbatim, r.Old, r.Reason, r.Action = e.User.Name, e.Text, e.Verbatim, e.OldName, string(e.Reason), e.Action
	return r, true
}

// Event returns the stored event, outside any room, cleaned for display whoever wrote it to the
// store, or nil if it cannot be shown.
func (se *StoredEvent) Event() *room.Event {
	e := &room.Event{
		Time:     se.Time,
		Kind:     kindsByName[se.Kind],
		User:     &room.UserInfo{Name: se.Name, Person: se.Key, Verified: se.Verified, Bot: se.Bot},
		Text:     se.Text,
		Action:   se.Action,
		Verbatim: se.Verbatim,
		OldName:  se.Old,
		Reason:   room.Reason(se.Reason),
		Origin:   &room.Origin{Process: se.By, Seq: se.Seq, Time: se.Time},
	}
	if e.Sanitize() != nil {
		return nil
	}
	return e
}

func (se *StoredEvent) same(other *StoredEvent) bool { return se.Seq == other.Seq && se.By == other.By }

// compare orders stored events by when they happened.
func (se *StoredEvent) compare(other *StoredEvent) int {
	if c := se.Time.Compare(other.Time); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(se.By, other.By), cmp.Compare(se.Seq, other.Seq))
}

// SortUnique sorts the stored events of a room by when they happened, and drops duplicates.
func SortUnique(events []StoredEvent) []StoredEvent {
	slices.SortFunc(events, func(a, b StoredEvent) int { return a.compare(&b) })
	return slices.CompactFunc(events, func(a, b StoredEvent) bool { return a.same(&b) })
}

// IsForgottenBy reports whether a tombstone's key caused the event before the tombstone.
func (se *StoredEvent) IsForgottenBy(tombstone *StoredEvent) bool {
	return se.Key == tombstone.Key && se.Kind != "forgot" && !se.Time.After(tombstone.Time)
}

// Check returns an error for an event that this program never writes.
func (se *StoredEvent) Check() error {
	switch {
	case kindsByName[se.Kind] == 0:
		return fmt.Errorf("kind %.20q", se.Kind)
	case se.By == "" || se.Seq == 0:
		return errors.New("no identity")
	case !sanitize.IsPlausibleTime(se.Time):
		return errors.New("no time")
	case se.Kind == "forgot" && se.Key == "":
		return errors.New("nobody to forget")
	}
	return nil
}

// EncodeJSONLine appends a value to buf as one line of JSON.
func EncodeJSONLine(buf *bytes.Buffer, value any) {
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // these types always encode
	}
}

// DecodeStoredEvents decodes the lines of a message.
func DecodeStoredEvents(data []byte) ([]StoredEvent, error) {
	events := make([]StoredEvent, 0, bytes.Count(data, []byte{'\n'})+1)
	for line := range bytes.Lines(data) {
		var r StoredEvent
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("a stored line cannot be read: %w", err)
		}
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("a stored line cannot be read: %w", err)
		}
		events = append(events, r)
	}
	return events, nil
}
