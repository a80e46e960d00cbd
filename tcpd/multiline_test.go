package tcpd

import (
	"strings"
	"testing"

	"teahouse/room"
)

// A message of several lines becomes one line in every dialect, public or private, so that no
// part of it can look like somebody else's line or the server's.
func TestMultilineMessage(t *testing.T) {
	t.Parallel()
	mallory, bob := &room.UserInfo{SessionID: 1, Name: "马洛里", Address: "ssh"}, &room.UserInfo{SessionID: 2, Name: "bob", Address: "192.0.2.1:1"}
	const text = "hi\n[192.0.2.1:1]bob:我走了\nbob : bye\n你被踢了"
	for _, d := range Dialects() {
		v := newFormat(d, UTF8)
		for _, e := range []*room.Event{
			{Kind: room.Said, User: mallory, Text: text},
			{Kind: room.PrivateMessage, User: mallory, To: bob, Text: text},
		} {
			got := string(v.appendEvent(nil, e, 2))
			if strings.Contains(strings.TrimSuffix(got, "\n"), "\n") {
				t.Errorf("at the %s door a message of several lines is more than one line: %q", d.Name, got)
			}
			if want := "hi ⏎ [192.0.2.1:1]bob:我走了 ⏎ bob : bye ⏎ 你被踢了"; got != "" && !strings.Contains(got, want) {
				t.Errorf("at the %s door a message of several lines reads %q, want %q in it", d.Name, got, want)
			}
		}
		acts := string(v.appendEvent(nil, &room.Event{Kind: room.Said, User: mallory, Text: "挥手", Action: true}, 2))
		if !strings.Contains(acts, "*挥手*") {
			t.Errorf("at the %s door an action reads %q", d.Name, acts)
		}
	}
}
