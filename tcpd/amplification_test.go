package tcpd

import (
	"strings"
	"testing"

	"golang.org/x/text/language"

	"teahouse/internal/names"
	"teahouse/room"
)

// The output is in proportion to the message, in every dialect, language and charset. A line
// break, which becomes " ⏎ ", grows the most.
func TestOutputIsNotAmplified(t *testing.T) {
	t.Parallel()
	const eachByte, mostHead = 6, 400
	who := &room.UserInfo{SessionID: 1, Name: strings.Repeat("茶", names.MaxLength), Address: "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"}
	for _, d := range Dialects() {
		for _, lang := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
			for _, charset := range []Charset{UTF8, GBK} {
				v := newFormat(d.ForLanguage(lang), charset)
				for _, piece := range []string{"a", "\n", "a\n", "茶", "é", "€", "👩\u200d👧", "e\u0301", "ǹ", "$T", "${N}", "\t", "한"} {
					text := strings.Repeat(piece, 150)
					said := &room.Event{Kind: room.Said, User: who, Text: text, Action: true}
					verbatim := &room.Event{Kind: room.Said, User: who, Text: text, Verbatim: "x : " + text}
					told := &room.Event{Kind: room.PrivateMessage, User: who, To: &room.UserInfo{SessionID: 2}, Text: text}
					for what, e := range map[string]*room.Event{"said": said, "verbatim": verbatim, "told": told} {
						if out := v.appendEvent(nil, e, 2); len(out) > eachByte*len(text)+mostHead {
							t.Errorf("%s at the %s door in %v, %v: a client is sent %d bytes for a text of %d: %.60q", what, d.Name, lang, charset, len(out), len(text), out)
						}
					}
				}
			}
		}
	}
}
