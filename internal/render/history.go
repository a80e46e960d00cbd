package render

import (
	"encoding/json"
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/reply"
	"teahouse/internal/welcome"
	"teahouse/room"
)

const (
	// minHistoryLines and maxHistoryLines bound how much history a newcomer sees: about a
	// screenful.
	minHistoryLines = 5
	maxHistoryLines = 40

	// reservedRows is the number of other rows on that screen: the welcome, a day, a mark, the
	// input row.
	reservedRows = 4
)

// HistoryLines returns how many lines of history fit a terminal with a number of rows.
func HistoryLines(rows int) int {
	if rows <= 0 {
		rows = 24
	}
	return min(max(rows-reservedRows, minHistoryLines), maxHistoryLines)
}

// AppendWelcome appends what a newcomer has missed: history, with a mark where they were last
// here. The waiting private messages come after it.
func (f *Format) AppendWelcome(lines []byte, a welcome.Welcome) []byte {
	lines = append(lines, f.formatSentences(a.Notices)...)
	read := len(a.Messages) - a.Unread
	day := ""
	lines = f.appendHistory(lines, a.Messages[:read], &day)
	if !a.LastSeen.IsZero() {
		lines = f.appendLastSeen(lines, a)
	}
	return f.appendHistory(lines, a.Messages[read:], &day)
}

// AppendOfflineMessage appends a private message that waited.
func (f *Format) AppendOfflineMessage(lines []byte, e *room.Event) []byte {
	return f.appendMessage(lines, f.Translate(offlineMessageLine, f.styledName(e.User), reply.Moment(e.Time)), e, true)
}

// appendLastSeen appends the line that says where the user left off.
func (f *Format) appendLastSeen(lines []byte, a welcome.Welcome) []byte {
	switch left := reply.Moment(a.LastSeen); {
	case a.Unread == 0:
		return f.appendFaint(lines, f.Translate(nothingNewLine, left))
	case a.EarlierUnread == 0:
		return f.appendFaint(lines, f.Translate(unreadSinceLine, left, a.Unread))
	default:
		since := a.LastSeen.Local().Format("2006-01-02T15:04:05")
		return f.appendFaint(lines, f.Translate(someUnreadSinceLine, left, a.EarlierUnread+a.Unread, since, a.Unread))
	}
}

// formatHistory returns a page of history: for people with days and times, for programs with a
// full timestamp on each line.
func (f *Format) formatHistory(page *command.HistoryPage) []byte {
	var lines []byte
	if f.Syntax == command.ExecSyntax {
		for _, said := range page.Messages {
			lines = f.AppendLine(lines, said.Time.UTC().Format(time.RFC3339)+" "+f.unstoredMark(page, said)+said.User.Name+": "+said.Plain())
		}
		return lines
	}
	day := ""
	for _, said := range page.Messages {
		lines = f.appendHistoryLine(lines, said, &day, f.unstoredMark(page, said), page.Full)
	}
	if rest := page.Rest(); rest.Code != "" {
		lines = f.AppendNotice(lines, f.Translate(rest.Code, rest.Args...))
	}
	return lines
}

// formatRoomEntry returns what a user sees on entering a room: its topic, and the latest
// messages, with a line above those that are new.
func (f *Format) formatRoomEntry(r *room.RoomEntered) []byte {
	var lines []byte
	if r.Topic == "" {
		lines = f.appendFaint(lines, f.Translate(roomLine, r.Room, r.Members))
	} else {
		lines = f.appendFaint(lines, f.Translate(roomTopicLine, r.Room, r.Members, r.Topic))
	}
	day := ""
	read := len(r.Messages) - r.Unread
	lines = f.appendHistory(lines, r.Messages[:read], &day)
	if r.Unread > 0 {
		lines = f.appendFaint(lines, f.Translate(unreadInRoomLine, r.Unread))
	}
	return f.appendHistory(lines, r.Messages[read:], &day)
}

// unstoredMark returns the mark before a message that should be stored and is not. It is in
// words, for readers who see no colours or use a screen reader.
func (f *Format) unstoredMark(page *command.HistoryPage, said *room.Event) string {
	if !page.Unstored[said] {
		return ""
	}
	return f.Translate(notStored)
}

// appendHistory appends earlier messages.
func (f *Format) appendHistory(lines []byte, said []*room.Event, day *string) []byte {
	for _, e := range said {
		lines = f.appendHistoryLine(lines, e, day, "", false)
	}
	return lines
}

// appendHistoryLine appends a message with its time and a mark, which may be "", after a line
// for each new day. No name begins with the bracket that begins times and marks.
func (f *Format) appendHistoryLine(lines []byte, e *room.Event, day *string, mark string, whole bool) []byte {
	at := e.Time.In(f.Location)
	if d := at.Format(time.DateOnly); d != *day {
		*day = d
		lines = f.AppendLine(lines, f.Style.Rule(d))
	}
	return f.appendMessage(lines, f.Style.Faint("["+at.Format("15:04")+"]")+" "+mark+f.messagePrefix(e), e, whole)
}

// An exportedEvent is one line of the output of ssh host export.
type exportedEvent struct {
	Time   time.Time `json:"time"` // UTC
	Kind   string    `json:"kind"` // said, joined, left, renamed, told
	Room   string    `json:"room,omitempty"`
	Name   string    `json:"name"`
	To     string    `json:"to,omitempty"`
	Old    string    `json:"old,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Text   string    `json:"text,omitempty"`
	Action bool      `json:"action,omitempty"` // the text is an action, as of /me
}

// An exportedRecord is another such line, with what is stored about a user besides messages:
// kind is names, keys, settings, ignored, typed, or rooms.
type exportedRecord struct {
	Kind  string          `json:"kind"`
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// formatExport returns everything stored about a user as JSON lines.
func (f *Format) formatExport(exported *builtin.ExportReply) []byte {
	var lines []byte
	for _, row := range exported.Records {
		b := jsonLine(exportedRecord{Kind: row.Table, Key: row.Key, Value: row.Value})
		lines = f.AppendLine(lines, strings.TrimSuffix(string(b), "\n"))
	}
	for _, e := range exported.Events {
		r := exportedEvent{Time: e.Time.UTC(), Kind: e.Kind.String(), Room: e.Room, Name: e.User.Name, Old: e.OldName, Reason: string(e.Reason), Text: e.Text, Action: e.Action}
		if e.To != nil {
			r.To = e.To.Name
		}
		lines = f.AppendLine(lines, strings.TrimSuffix(string(jsonLine(r)), "\n"))
	}
	return lines
}
