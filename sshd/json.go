package sshd

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"teahouse/room"
)

// jsonVersion is the version of what --json prints. It grows when a field goes or
// means something else; new fields and types may come without.
const jsonVersion = 1

// head is what each line begins with. docs/json.md tells what all fields mean.
type head struct {
	V    int    `json:"v"`
	Type string `json:"type"`
}

// placed is a head of what happened in a room.
type placed struct {
	head
	ID   string    `json:"id,omitempty"`
	Time time.Time `json:"time"` // UTC
	Room string    `json:"room"`
}

type messageJSON struct {
	placed
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Bot      bool   `json:"bot"`
	Action   bool   `json:"action"`
	Text     string `json:"text"`
	Stored   *bool  `json:"stored,omitempty"` // only ever false
}

// commandJSON is what somebody asks of the bot that reads it.
type commandJSON struct {
	placed
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Command  string `json:"command"`
	Args     string `json:"args"`
}

// moveJSON is somebody's joining, leaving, or taking another name.
type moveJSON struct {
	placed
	Name     string      `json:"name"`
	Verified bool        `json:"verified"`
	Bot      bool        `json:"bot"`
	Reason   room.Reason `json:"reason,omitempty"`
	Old      string      `json:"old,omitempty"`
}

type topicJSON struct {
	placed
	Name  string `json:"name"`
	Topic string `json:"topic"`
}

type noticeJSON struct {
	placed
	Text string `json:"text"`
}

type missedJSON struct {
	placed
	Lines uint64 `json:"lines"`
}

// A gapJSON tells of what is not going on where it stopped.
type gapJSON struct {
	placed
	Reason string `json:"reason"`
}

func gapReason(p room.Phrase) string {
	switch p {
	case room.NoPlace:
		return "no place"
	case room.PlaceNotKept:
		return "not kept"
	}
	return "forgotten"
}

type endJSON struct {
	placed
	Reason    room.Reason `json:"reason"`
	Advertise string      `json:"advertise,omitempty"`
}

type personJSON struct {
	head
	Room     string `json:"room"`
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Bot      bool   `json:"bot"`
	Away     bool   `json:"away"`
}

type roomJSON struct {
	head
	Name    string `json:"name"`
	Private bool   `json:"private"`
	People  int    `json:"people"`
	Topic   string `json:"topic"`
}

type answerJSON struct {
	head
	Text string `json:"text"`
}

// asJSON returns an event that happened in a room, or an answer, as JSON lines.
func (v *voice) asJSON(e *room.Event, where string) []byte {
	switch e.Kind {
	case room.Said:
		return jsonLine(messageOf(e, where))
	case room.Joined, room.Left, room.Renamed:
		return jsonLine(moveJSON{place(e.Kind.String(), e, where), e.Who.Name, e.Who.Verified, e.Who.Bot, e.Reason, e.Old})
	case room.Commanded:
		name, _ := e.Args[0].(string)
		return jsonLine(commandJSON{place("command", e, where), e.Who.Name, e.Who.Verified, name, e.Text})
	case room.Announced:
		return v.announcedJSON(e, where)
	case room.Missed:
		lines, _ := e.Args[0].(uint64)
		return jsonLine(missedJSON{place("missed", e, where), lines})
	case room.Recalled:
		var lines []byte
		for _, said := range e.Past {
			m := messageOf(said, where)
			if e.Unstored[said] {
				m.Stored = new(bool)
			}
			lines = append(lines, jsonLine(m)...)
		}
		return lines
	case room.Listed:
		var lines []byte
		for _, who := range e.Online {
			lines = append(lines, jsonLine(personJSON{headOf("person"), where, who.Name, who.Verified, who.Bot, who.Away})...)
		}
		return lines
	case room.Exported: // which is JSON of its own
		return v.Render(e)
	}
	if len(e.Rooms) > 0 {
		return roomsJSON(e.Rooms)
	}
	return linesJSON(string(v.Render(e)))
}

func messageOf(e *room.Event, where string) messageJSON {
	return messageJSON{placed: place("message", e, where), Name: e.Who.Name, Verified: e.Who.Verified, Bot: e.Who.Bot, Action: e.Action, Text: e.Text}
}

// announcedJSON returns what the house says to all who are in a room.
func (v *voice) announcedJSON(e *room.Event, where string) []byte {
	switch e.Phrase {
	case room.TopicSet:
		topic, _ := e.Args[1].(string)
		return jsonLine(topicJSON{place("topic", e, where), e.Who.Name, topic})
	case room.TopicOff:
		return jsonLine(topicJSON{place("topic", e, where), e.Who.Name, ""})
	}
	return jsonLine(noticeJSON{place("notice", e, where), v.say(e.Phrase, e.Args...)})
}

func roomsJSON(rooms []room.RoomInfo) (lines []byte) {
	for _, r := range rooms {
		lines = append(lines, jsonLine(roomJSON{headOf("room"), r.Name, r.Private, r.People, r.Topic})...)
	}
	return lines
}

// linesJSON returns an answer that is text for people.
func linesJSON(text string) (lines []byte) {
	for line := range strings.Lines(text) {
		lines = append(lines, jsonLine(answerJSON{headOf("answer"), strings.TrimRight(line, "\r\n")})...)
	}
	return lines
}

func headOf(kind string) head { return head{jsonVersion, kind} }

func place(kind string, e *room.Event, where string) placed {
	p := placed{head: headOf(kind), Time: e.Time.UTC(), Room: where}
	if e.Seq > 0 {
		p.ID = lineID(e)
	}
	return p
}

// lineID is what a line is known by in its room, for good: its time, which no other
// line there has, in nanoseconds since 1970.
func lineID(e *room.Event) string { return strconv.FormatInt(e.Time.UnixNano(), 10) }

func jsonLine(line any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(line) // our own types, which have nothing in them that could fail
	return b.Bytes()
}
