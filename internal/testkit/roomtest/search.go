package roomtest

import (
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

// Query returns the lines that s gets in answer, and the sentence after them.
func Query(t *testing.T, s *command.Runner, line string) (lines, sentence string) {
	t.Helper()
	s.HandleLine(line, AnyForm)
	events := s.Take(make([]room.Item, 0, 9))
	if len(events) != 1 {
		t.Fatalf("%s: %v", line, events)
	}
	e := events[0]
	return Words(MessagesOf(e)), i18n.Sprint(string(SentenceOf(e).Code), SentenceOf(e).Args...)
}
