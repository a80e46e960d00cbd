package command

import (
	"strconv"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// more implements /more, and /more N for a message of which a door has left out lines.
func more(s *Runner, args []string) (room.Reply, error) {
	if len(args) > 0 {
		return showFullMessage(s, args[0])
	}
	var lines []*room.Event
	if s.results.room == s.Room() {
		s.AddWork(time.Duration(len(s.results.offsets)) * room.WorkPerLine)
		lines = s.results.stillIn(s.PastLines())
	}
	if len(lines) == 0 {
		return nil, reply.Refuse(reply.NoMore)
	}
	return showPage(s, lines, s.results.backward, room.PageLines)
}

// showFullMessage returns a message in full after a door has left out some of its lines.
func showFullMessage(s *Runner, number string) (room.Reply, error) {
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, reply.Refuse(reply.NoMessage, text.Clean(number))
	}
	e := s.MessageBySeq(seq)
	if e == nil || s.Ignores(e) {
		return nil, reply.Refuse(reply.NoMessage, number)
	}
	messages := []*room.Event{e}
	return &HistoryPage{Messages: messages, Unstored: unstoredLines(s, messages), Full: true}, nil
}
