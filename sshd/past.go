package sshd

import (
	"encoding/json"
	"strings"
	"time"

	"teahouse/room"
)

const (
	// fewLines and manyLines bound how much of what was said before is shown to
	// somebody who comes in: what a screen holds, within reason.
	fewLines  = 5
	manyLines = 40

	// rowsElse is what else is on that screen: the welcome, a day, a mark, the
	// input row.
	rowsElse = 4
)

// screenful returns how many lines of talk fit a terminal of so many rows.
func screenful(rows int) int {
	if rows <= 0 {
		rows = 24
	}
	return min(max(rows-rowsElse, fewLines), manyLines)
}

// arrival returns what was before somebody came in: talk, and a mark where it was
// last here. The private messages that waited come after it.
func (v *voice) arrival(lines []byte, a room.Arrival) []byte {
	lines = append(lines, v.answers(a.Notices)...)
	read := len(a.Past) - a.Unread
	day := ""
	lines = v.talk(lines, a.Past[:read], &day)
	if !a.Left.IsZero() {
		lines = v.leftOff(lines, a)
	}
	return v.talk(lines, a.Past[read:], &day)
}

// letter appends a private message that waited.
func (v *voice) letter(lines []byte, e *room.Event) []byte {
	return v.message(lines, v.say(letterLine, v.name(e.Who), room.Moment(e.Time)), e, true)
}

// leftOff appends the line that says where somebody left off.
func (v *voice) leftOff(lines []byte, a room.Arrival) []byte {
	switch left := room.Moment(a.Left); {
	case a.Unread == 0:
		return v.quiet(lines, v.say(nothingNewLine, left))
	case a.Earlier == 0:
		return v.quiet(lines, v.say(leftOffLine, left, a.Unread))
	default:
		since := a.Left.Local().Format("2006-01-02T15:04:05")
		return v.quiet(lines, v.say(missedLine, left, a.Earlier+a.Unread, since, a.Unread))
	}
}

// recall returns what somebody asked to read again: for people with days and
// times, for programs with one time a line.
func (v *voice) recall(e *room.Event) []byte {
	var lines []byte
	if v.form == room.Exec {
		for _, said := range e.Past {
			lines = v.line(lines, said.Time.UTC().Format(time.RFC3339)+" "+v.unstored(e, said)+said.Who.Name+": "+said.Plain())
		}
		return lines
	}
	day := ""
	for _, said := range e.Past {
		lines = v.before(lines, said, &day, v.unstored(e, said), e.Whole)
	}
	if e.Phrase != "" {
		lines = v.notice(lines, v.say(e.Phrase, e.Args...))
	}
	return lines
}

// entered returns what there is to know of a room that somebody has come to: its
// topic, and the latest talk, with a line above what is new.
func (v *voice) entered(e *room.Event) []byte {
	var lines []byte
	if e.Text == "" {
		lines = v.quiet(lines, v.say(enteredLine, e.Room, e.Args[0]))
	} else {
		lines = v.quiet(lines, v.say(enteredTopic, e.Room, e.Args[0], e.Text))
	}
	day := ""
	read := len(e.Past) - e.Unread
	lines = v.talk(lines, e.Past[:read], &day)
	if e.Unread > 0 {
		lines = v.quiet(lines, v.say(awayLine, e.Unread))
	}
	return v.talk(lines, e.Past[read:], &day)
}

// unstored returns what stands before a line of an answer that is not stored, though it
// should be. Words are for everybody: who sees no colours, and who has them read aloud.
func (v *voice) unstored(answer, said *room.Event) string {
	if !answer.Unstored[said] {
		return ""
	}
	return v.say(notStored)
}

// talk appends what was said before.
func (v *voice) talk(lines []byte, said []*room.Event, day *string) []byte {
	for _, e := range said {
		lines = v.before(lines, e, day, "", false)
	}
	return lines
}

// before appends a line of talk with its time and a mark, which may be "", after a line
// for each new day. No name begins with the bracket that times and marks begin with.
func (v *voice) before(lines []byte, e *room.Event, day *string, mark string, whole bool) []byte {
	at := e.Time.In(v.location)
	if d := at.Format(time.DateOnly); d != *day {
		*day = d
		lines = v.line(lines, v.look.Rule(d))
	}
	return v.message(lines, v.look.Faint("["+at.Format("15:04")+"]")+" "+mark+v.talkLine(e), e, whole)
}

// A record is a line of what ssh host export prints.
type record struct {
	Time   time.Time `json:"time"` // UTC
	Kind   string    `json:"kind"` // said, joined, left, renamed, told
	Room   string    `json:"room,omitempty"`
	Name   string    `json:"name"`
	To     string    `json:"to,omitempty"`
	Old    string    `json:"old,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Text   string    `json:"text,omitempty"`
	Action bool      `json:"action,omitempty"` // the text is what was done
}

// A keptRow is another such line, of what is written of somebody beside what was
// said: kind is names, keys, settings, ignored, typed, or rooms.
type keptRow struct {
	Kind  string          `json:"kind"`
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// export returns what is kept of somebody as JSON lines.
func (v *voice) export(exported *room.Event) []byte {
	var lines []byte
	for _, row := range exported.Rows {
		b := jsonLine(keptRow{Kind: row.Table, Key: row.Key, Value: row.Value})
		lines = v.line(lines, strings.TrimSuffix(string(b), "\n"))
	}
	for _, e := range exported.Past {
		r := record{Time: e.Time.UTC(), Kind: e.Kind.String(), Room: e.Room, Name: e.Who.Name, Old: e.Old, Reason: string(e.Reason), Text: e.Text, Action: e.Action}
		if e.To != nil {
			r.To = e.To.Name
		}
		lines = v.line(lines, strings.TrimSuffix(string(jsonLine(r)), "\n"))
	}
	return lines
}
