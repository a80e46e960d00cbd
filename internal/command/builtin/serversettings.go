package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// changeHubSettings changes the hub's settings, which stores and audits them, and tells everybody
// if there is a sentence for that.
func changeHubSettings(s *command.Runner, what, value string, change func(*moderation.Settings), told reply.Code, args ...any) {
	st := s.Hub().Lock()
	st.Moderation.ChangeSettings(change)
	st.Unlock()
	s.Audit(what, "", value)
	if told != "" {
		announceToAll(s, told, args...)
	}
}

// announceToAll tells everybody something.
func announceToAll(s *command.Runner, p reply.Code, args ...any) {
	st := s.Hub().Lock()
	rooms := st.Rooms.Sorted()
	st.Unlock()
	for _, r := range rooms {
		r.Announce(s.UserInfo(), p, args...)
	}
}

func showOrNone(text string, line, none reply.Code) (room.Reply, error) {
	if text == "" {
		return room.NewNotice(none), nil
	}
	return room.NewNotice(line, text), nil
}

// operatorText returns a text set by an operator, or "" for off, which removes the current one.
func operatorText(s *command.Runner, typed string, most int) (string, error) {
	if !s.IsOperator() {
		return "", reply.Refuse(reply.OperatorsOnly)
	}
	return cleanOperatorText(typed, most)
}

func cleanOperatorText(typed string, most int) (string, error) {
	if typed == "off" {
		return "", nil
	}
	text, err := text.CheckLine(typed)
	if err == nil && len(text) > most {
		err = reply.Refuse(reply.TextTooLong, most)
	}
	return text, err
}
