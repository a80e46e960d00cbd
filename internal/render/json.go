package render

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/reply"
	"teahouse/room"
)

// jsonVersion is the version of the output of --json. It increases when a field is removed or
// changes its meaning; fields and types may be added without that.
const jsonVersion = 1

// A jsonHeader begins each line. docs/json.md documents all fields.
type jsonHeader struct {
	V    int    `json:"v"`
	Type string `json:"type"`
}

// A jsonRoomHeader begins each line about an event in a room.
type jsonRoomHeader struct {
	jsonHeader
	ID   string    `json:"id,omitempty"`
	Time time.Time `json:"time"` // UTC
	Room string    `json:"room"`
}

type messageJSON struct {
	jsonRoomHeader
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Bot      bool   `json:"bot"`
	Action   bool   `json:"action"`
	Text     string `json:"text"`
	Stored   *bool  `json:"stored,omitempty"` // false or absent
}

// A commandJSON is a command for the bot that reads it.
type commandJSON struct {
	jsonRoomHeader
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Command  string `json:"command"`
	Args     string `json:"args"`
}

// A presenceJSON reports that a user joined, left, or changed their name.
type presenceJSON struct {
	jsonRoomHeader
	Name     string      `json:"name"`
	Verified bool        `json:"verified"`
	Bot      bool        `json:"bot"`
	Reason   room.Reason `json:"reason,omitempty"`
	Old      string      `json:"old,omitempty"`
}

type topicJSON struct {
	jsonRoomHeader
	Name  string `json:"name"`
	Topic string `json:"topic"`
}

type noticeJSON struct {
	jsonRoomHeader
	Code reply.Code `json:"code"`
	Text string     `json:"text"`
}

type missedJSON struct {
	jsonRoomHeader
	Lines uint64 `json:"lines"`
}

// A gapJSON reports that the output does not continue where it stopped.
type gapJSON struct {
	jsonRoomHeader
	Reason string `json:"reason"`
}

func gapReason(p reply.Code) string {
	switch p {
	case reply.NoReadMarker:
		return "no place"
	case reply.ReadMarkerNotKept:
		return "not kept"
	}
	return "forgotten"
}

type endJSON struct {
	jsonRoomHeader
	Reason    room.Reason `json:"reason"`
	Advertise string      `json:"advertise,omitempty"`
}

type personJSON struct {
	jsonHeader
	Room     string `json:"room"`
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Bot      bool   `json:"bot"`
	Away     bool   `json:"away"`
}

type roomJSON struct {
	jsonHeader
	Name    string `json:"name"`
	Private bool   `json:"private"`
	People  int    `json:"people"`
	Topic   string `json:"topic"`
}

type answerJSON struct {
	jsonHeader
	Code reply.Code `json:"code,omitempty"` // if the line is a sentence
	Text string     `json:"text"`
}

// AsJSON returns an event or a reply as JSON lines.
func (f *Format) AsJSON(item room.Item, where string) []byte {
	j := jsonRenderer{f, where}
	switch item := item.(type) {
	case *room.Event:
		return j.event(item)
	case room.Reply:
		return j.reply(item)
	}
	return nil
}

// A jsonRenderer renders what happens in one room as JSON lines. The texts in them are those of a
// format.
type jsonRenderer struct {
	format *Format
	where  string // the room
}

func (j jsonRenderer) event(e *room.Event) []byte {
	switch e.Kind {
	case room.Said:
		return jsonLine(newMessageJSON(e, j.where))
	case room.Joined, room.Left, room.Renamed:
		return jsonLine(presenceJSON{newEventHeader(e.Kind.String(), e, j.where), e.User.Name, e.User.Verified, e.User.Bot, e.Reason, e.OldName})
	case room.Announced:
		return j.announcement(e)
	}
	return nil
}

func (j jsonRenderer) reply(r room.Reply) []byte {
	switch r := r.(type) {
	case *room.BotCommand:
		return jsonLine(commandJSON{newJSONRoomHeader("command", r.Time, j.where), r.User.Name, r.User.Verified, r.Name, r.Args})
	case *room.LinesDropped:
		return jsonLine(missedJSON{newJSONRoomHeader("missed", r.Time, j.where), r.Count})
	case *command.HistoryPage:
		return historyJSON(r, j.where)
	case *builtin.WhoReply:
		return usersJSON(r.Users, j.where)
	case *builtin.ExportReply: // already JSON
		return j.format.formatExport(r)
	case *builtin.RoomsReply:
		return roomsJSON(r.Rooms)
	}
	if text, ok := r.(room.TextReply); ok {
		return j.sentences(text.Sentences())
	}
	return answerLinesJSON("", j.format.FormatReply(r))
}

// sentences returns an answer in sentences, each with its code.
func (j jsonRenderer) sentences(sentences []reply.Sentence) (lines []byte) {
	for _, s := range sentences {
		lines = append(lines, answerLinesJSON(s.Code, j.format.formatSentences([]reply.Sentence{s}))...)
	}
	return lines
}

func historyJSON(page *command.HistoryPage, where string) (lines []byte) {
	for _, said := range page.Messages {
		m := newMessageJSON(said, where)
		if page.Unstored[said] {
			m.Stored = new(bool)
		}
		lines = append(lines, jsonLine(m)...)
	}
	return lines
}

func usersJSON(users []*room.UserInfo, where string) (lines []byte) {
	for _, who := range users {
		lines = append(lines, jsonLine(personJSON{newJSONHeader("person"), where, who.Name, who.Verified, who.Bot, who.Away})...)
	}
	return lines
}

func newMessageJSON(e *room.Event, where string) messageJSON {
	return messageJSON{jsonRoomHeader: newEventHeader("message", e, where), Name: e.User.Name, Verified: e.User.Verified, Bot: e.User.Bot, Action: e.Action, Text: e.Text}
}

// announcement returns an announcement to all in a room.
func (j jsonRenderer) announcement(e *room.Event) []byte {
	switch e.Code {
	case reply.TopicSet:
		topic, _ := e.Args[1].(string)
		return jsonLine(topicJSON{newEventHeader("topic", e, j.where), e.User.Name, topic})
	case reply.TopicOff:
		return jsonLine(topicJSON{newEventHeader("topic", e, j.where), e.User.Name, ""})
	}
	return jsonLine(noticeJSON{newEventHeader("notice", e, j.where), e.Code, j.format.Translate(e.Code, e.Args...)})
}

func roomsJSON(rooms []builtin.RoomInfo) (lines []byte) {
	for _, r := range rooms {
		lines = append(lines, jsonLine(roomJSON{newJSONHeader("room"), r.Name, r.Private, r.Members, r.Topic})...)
	}
	return lines
}

// answerLinesJSON returns an answer that is text for people.
func answerLinesJSON(code reply.Code, text []byte) (lines []byte) {
	for line := range strings.Lines(string(text)) {
		lines = append(lines, jsonLine(answerJSON{newJSONHeader("answer"), code, strings.TrimRight(line, "\r\n")})...)
	}
	return lines
}

func newJSONHeader(kind string) jsonHeader { return jsonHeader{jsonVersion, kind} }

func newJSONRoomHeader(kind string, at time.Time, where string) jsonRoomHeader {
	return jsonRoomHeader{jsonHeader: newJSONHeader(kind), Time: at.UTC(), Room: where}
}

// newEventHeader returns the header of an event in the log, with its id.
func newEventHeader(kind string, e *room.Event, where string) jsonRoomHeader {
	h := newJSONRoomHeader(kind, e.Time, where)
	if e.Seq > 0 {
		h.ID = eventID(e)
	}
	return h
}

// eventID identifies an event in its room for good: its time in nanoseconds since 1970, which no
// other event there shares.
func eventID(e *room.Event) string { return strconv.FormatInt(e.Time.UnixNano(), 10) }

func jsonLine(line any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(line) // these types always encode
	return b.Bytes()
}

// GapLine returns the line that tells programs that messages of a room are missing here, or may
// be next time. The code says why.
func GapLine(code reply.Code, at time.Time, where string) []byte {
	return jsonLine(gapJSON{newJSONRoomHeader("gap", at, where), gapReason(code)})
}

// EndLine returns the last line that programs read of a room if the server ends the session:
// why, and the address to reconnect to, or "".
func EndLine(reason room.Reason, advertise, where string, at time.Time) []byte {
	return jsonLine(endJSON{newJSONRoomHeader("end", at, where), reason, advertise})
}
