package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"teahouse/room"
)

// kinds are what is stored, by the word that is written for it.
var kinds = map[string]room.Kind{
	"joined":  room.Joined,
	"left":    room.Left,
	"said":    room.Said,
	"renamed": room.Renamed,
	"forgot":  room.Forgot,
}

// kindWord returns the word for a kind, or "" for what is not stored.
func kindWord(k room.Kind) string {
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

// A record is an event as it is stored, one line of JSON. By and Seq are its
// identity: two records that have both in common are one event.
type record struct {
	By       string    `json:"by"` // node and epoch
	Seq      uint64    `json:"seq"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	Name     string    `json:"name,omitempty"`
	Key      string    `json:"key,omitempty"`
	Verified bool      `json:"verified,omitempty"`
	Bot      bool      `json:"bot,omitempty"`
	Text     string    `json:"text,omitempty"`
	Verbatim string    `json:"verbatim,omitempty"`
	Old      string    `json:"old,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Action   bool      `json:"action,omitempty"`
}

// newRecord returns what is stored of an event. It reports false for those of
// which nothing is.
func newRecord(e *room.Event, by string) (record, bool) {
	word := kindWord(e.Kind)
	if word == "" || e.Who == nil {
		return record{}, false
	}
	r := record{By: by, Seq: e.Seq, Time: e.Time.UTC(), Kind: word, Key: e.Who.Key}
	if e.Kind == room.Forgot {
		return r, true // nothing but the key: that is to be forgotten, too
	}
	r.Verified, r.Bot = e.Who.Verified, e.Who.Bot
	r.Name, r.Text, r.Verbatim, r.Old, r.Reason, r.Action = e.Who.Name, e.Text, e.Verbatim, e.Old, string(e.Reason), e.Action
	return r, true
}

// event returns the event that was stored, outside any conversation, fit to be shown whoever
// has written to the store; or nil where it cannot be.
func (r *record) event() *room.Event {
	e := &room.Event{
		Time:     r.Time,
		Kind:     kinds[r.Kind],
		Who:      &room.Who{Name: r.Name, Key: r.Key, Verified: r.Verified, Bot: r.Bot},
		Text:     r.Text,
		Action:   r.Action,
		Verbatim: r.Verbatim,
		Old:      r.Old,
		Reason:   room.Reason(r.Reason),
		Origin:   &room.Origin{By: r.By, Seq: r.Seq, Time: r.Time},
	}
	if e.Accept() != nil {
		return nil
	}
	return e
}

func (r *record) same(other *record) bool { return r.Seq == other.Seq && r.By == other.By }

// compare orders records as things happened.
func (r *record) compare(other *record) int {
	if c := r.Time.Compare(other.Time); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(r.By, other.By), cmp.Compare(r.Seq, other.Seq))
}

// inOrder sorts the records of a room as things happened, and leaves out repeats.
func inOrder(records []record) []record {
	slices.SortFunc(records, func(a, b record) int { return a.compare(&b) })
	return slices.CompactFunc(records, func(a, b record) bool { return a.same(&b) })
}

// forgotten reports whether the record is of what a tombstone's key did before
// the tombstone.
func (r *record) forgotten(tombstone *record) bool {
	return r.Key == tombstone.Key && r.Kind != "forgot" && !r.Time.After(tombstone.Time)
}

// check returns an error for what was never written.
func (r *record) check() error {
	switch {
	case kinds[r.Kind] == 0:
		return fmt.Errorf("kind %.20q", r.Kind)
	case r.By == "" || r.Seq == 0:
		return errors.New("no identity")
	case !room.IsTime(r.Time):
		return errors.New("no time")
	case r.Kind == "forgot" && r.Key == "":
		return errors.New("nobody to forget")
	}
	return nil
}

// encodeLine appends a value to buf as one line of JSON.
func encodeLine(buf *bytes.Buffer, value any) {
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // the values are ours, and have nothing in them that could fail
	}
}

// decodeRecords reads the lines of a message.
func decodeRecords(data []byte) ([]record, error) {
	records := make([]record, 0, bytes.Count(data, []byte{'\n'})+1)
	for line := range bytes.Lines(data) {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("a stored line cannot be read: %w", err)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("a stored line cannot be read: %w", err)
		}
		records = append(records, r)
	}
	return records, nil
}
