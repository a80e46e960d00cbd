package render

import (
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/room"
)

// AppendLogLine appends an item as history shows it, after its time. A line that is not a
// message begins as no name can.
func (f *Format) AppendLogLine(lines []byte, item room.Item) []byte {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) + " " }
	switch item := item.(type) {
	case *room.Event:
		switch item.Kind {
		case room.Said, room.Joined, room.Left, room.Renamed:
			return append(append(lines, at(item.Time)...), item.RenderAs(f)...)
		case room.Announced:
			return f.AppendLine(lines, at(item.Time)+f.Translate(noticePrefix)+f.Translate(item.Code, item.Args...))
		}
	case *room.BotCommand:
		says := f.Translate(botCommandLine, item.User.Name, item.Name, item.Args)
		return f.AppendLine(lines, strings.TrimSpace(at(item.Time)+f.Translate(noticePrefix)+says))
	case *room.LinesDropped:
		return f.AppendLine(lines, at(item.Time)+f.Translate(noticePrefix)+f.Translate(reply.LinesMissedNotice, item.Count))
	}
	return lines
}
