package render

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/style"
	"teahouse/room"
)

// accepted returns what is accepted of an event that another node sends to a user, or of the
// notice or bot command that it would be; or nil.
func accepted(t *testing.T, e *room.Event, me *room.UserInfo) room.Item {
	var item room.Item
	var err error
	at := &e.Time
	switch e.Kind {
	case 50:
		b := &room.BotCommand{Time: e.Time, User: e.User, Args: e.Text}
		if len(e.Args) > 0 {
			b.Name, _ = e.Args[0].(string)
		}
		err, item, at = b.SanitizeLive(), b, &b.Time
	case 51:
		n := &room.Notice{Time: e.Time, User: e.User, Sentence: reply.Say(e.Code, e.Args...)}
		err, item, at = n.SanitizeLive(), n, &n.Time
	default:
		err, item = e.SanitizeLive(), e
	}
	if err != nil {
		return nil
	}
	if time.Until(*at) > time.Hour {
		t.Fatalf("an event is accepted from the far future: %v", *at)
	}
	if e.Kind == room.PrivateMessage {
		e.To = me
	}
	return item
}

func wantVisible(t *testing.T, formats []*Format, item room.Item, me *room.UserInfo) {
	for _, v := range formats {
		shown := string(v.appendItem(nil, item, me)) + string(v.AppendLogLine(nil, item))
		if i := strings.IndexFunc(shown, isInvisible); i >= 0 {
			t.Fatalf("%+v is shown as %q, with characters that nobody sees", item, shown)
		}
	}
	_ = formats[0].AsJSON(item, "lobby")
}

// Whatever another node or the store sends, the accepted part is shown in every style, and
// without a style as plain text: no controls, no escape sequences, no bidirectional controls.
func FuzzAcceptedTextIsShown(f *testing.F) {
	f.Add(uint8(room.Said), "ada", "hello\nyou", "", "", "", "", int64(5), int64(1_764_000_000))
	f.Add(uint8(room.Announced), "ada", "", "", "", i18n.English(string(reply.TopicSet)), "ada", int64(0), int64(253_000_000_000))
	f.Add(uint8(room.Announced), "", "", "", "", i18n.English(string(reply.TopicOff)), "", int64(0), int64(1_764_000_000))
	f.Add(uint8(room.Renamed), "ada\x1b[2J", "", "", "bob\u202e", "", "", int64(0), int64(1_764_000_000))
	f.Add(uint8(room.PrivateMessage), "ada", "\x1b]0;x\a", "", "", "%d of %s", "x", int64(3), int64(1_764_000_000))
	f.Add(uint8(50), "ada", "staging", "", "", "", "deploy", int64(0), int64(1_764_000_000))
	f.Add(uint8(room.Left), "ada", "", "", "", "", "", int64(0), int64(1_764_000_000))
	f.Add(uint8(51), "", "", "", "", "%s%%%d", "x\u2028y", int64(-1), int64(1_764_000_000))
	var formats []*Format
	for _, tag := range []language.Tag{language.English, language.SimplifiedChinese, language.TraditionalChinese} {
		for _, form := range []command.Syntax{0, command.SlashSyntax, command.ExecSyntax} {
			for _, width := range []int{0, 20, 80} {
				formats = append(formats, testFormat(Options{Language: tag, End: "\r\n", Syntax: form, Clock: "24", Style: style.Style{Width: width}}))
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, name, text, verbatim, old, phrase, arg string, number, at int64) {
		for _, args := range [][]any{nil, {arg}, {arg, text}, {int(number)}, {int(number), arg}, {arg, reply.Moment(time.Unix(at, 0)), time.Duration(number)}} {
			e := &room.Event{
				Kind: room.EventKind(kind), Time: time.Unix(at, 0), User: &room.UserInfo{SessionID: 3, Name: name, Person: ids.Account(old)}, Text: text, Verbatim: verbatim,
				OldName: old, Reason: room.Reason(phrase), Code: reply.Code(phrase), Args: args,
			}
			me := &room.UserInfo{SessionID: 7, Name: "me"}
			if item := accepted(t, e, me); item != nil {
				wantVisible(t, formats, item, me)
			}
		}
	})
}

// isInvisible reports whether a character is never sent to a terminal without a style.
func isInvisible(r rune) bool {
	return r < ' ' && r != '\r' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
