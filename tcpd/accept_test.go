package tcpd

import (
	"bytes"
	"testing"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/room"
)

// Whatever another node or the store sends, every dialect shows what is accepted of it without
// escape sequences.
func FuzzAcceptedTextIsRendered(f *testing.F) {
	f.Add(uint8(room.Said), "ada", "hello", "<ada>\nhello", "", "", int64(5))
	f.Add(uint8(room.Announced), "", "", "", i18n.English(string(reply.TopicSet)), "ada", int64(0))
	f.Add(uint8(room.Renamed), "ada\x1b[2J", "", "bob", "", "", int64(0))
	f.Add(uint8(room.Announced), "", "", "", "%d%s", "\u202e", int64(3))
	var formats []*format
	for _, d := range Dialects() {
		formats = append(formats, newFormat(d, UTF8), newFormat(d, Auto))
	}
	f.Fuzz(func(t *testing.T, kind uint8, name, text, verbatim, phrase, arg string, number int64) {
		for _, args := range [][]any{nil, {arg}, {arg, text}, {int(number)}, {int(number), arg}} {
			e := &room.Event{
				Kind: room.EventKind(kind), Time: time.Unix(1_764_000_000, 0), User: &room.UserInfo{SessionID: 3, Name: name, Address: arg, Person: ids.Account(phrase)},
				Text: text, Verbatim: verbatim, OldName: verbatim, Code: reply.Code(phrase), Args: args,
			}
			items := []room.Item{}
			if n := (&room.Notice{Time: e.Time, User: e.User, Sentence: reply.Say(e.Code, args...)}); n.SanitizeLive() == nil {
				items = append(items, n)
			}
			if e.Sanitize() == nil {
				items = append(items, e)
			}
			if e.Kind == room.PrivateMessage {
				e.To = &room.UserInfo{SessionID: 7, Name: "me"}
			}
			for _, v := range formats {
				if shown := v.appendItems(nil, items, 7); bytes.ContainsAny(shown, "\x1b\a\b") || bytes.Contains(shown, []byte("\u202e")) {
					t.Fatalf("%+v reaches clients as %q, with control characters", e, shown)
				}
			}
		}
	})
}
