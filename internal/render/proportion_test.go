package render

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/style"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
	"teahouse/room"
)

// The proportion that SECURITY.md promises: this many bytes for each byte of a message, and for
// each of its lines. What precedes the text comes once, or on each line if there are no colours.
const (
	maxBytesPerByte = 16
	maxBytesPerLine = 64
	maxHeadBytes    = 400
)

// allFormatOptions returns options of all forms, languages, colour depths and widths.
func allFormatOptions() (styles []Options) {
	for _, lang := range []language.Tag{language.English, language.Chinese, language.TraditionalChinese} {
		for _, width := range []int{-1, 3, 20, 41, 80, 133, 1 << 30} {
			for depth := style.NoColour; depth <= style.TrueColour; depth++ {
				l := style.Style{Depth: depth, Theme: style.Theme(int(depth) % 3), Width: style.WrapWidth(width), Links: depth > style.Mono, EastAsian: lang != language.English}
				styles = append(styles, Options{Language: lang, Style: l, Clock: "12", Syntax: command.SlashSyntax, End: "\r\n"})
			}
		}
		styles = append(styles, Options{Language: lang, Style: style.Style{Plain: true}, Clock: "24", Syntax: command.SlashSyntax, End: "\r\n"},
			Options{Language: lang, Style: style.Style{Tabs: true}, End: "\n"}, Options{Language: lang, Syntax: command.ExecSyntax, End: "\r\n"})
	}
	return styles
}

// A session's output is in proportion to what was said, in every style, whoever says it to whom,
// and whether it is new, history, or a private message.
func TestOutputIsBoundedInEveryStyle(t *testing.T) {
	t.Parallel()
	self := &room.UserInfo{SessionID: 2, Name: "me"}
	long := &room.UserInfo{SessionID: 1, Name: strings.Repeat("茶", names.MaxLength), Verified: true, Bot: true}
	pieces := []string{"http://a.茶/", "茶", "https://example.com/", "a", " ", "\t", "*b*", "`c` ", "_d_ ", "\n", "👩\u200d👩\u200d👧", "e\u0301\u0301\u0301\u0301\u0301\u0301", "me ", "한", "กิ่", "§", strings.Repeat("x", 100)}
	random := rand.New(rand.NewPCG(14, 12))
	texts := []string{"x", strings.Repeat("\tx", 2000), strings.Repeat("a\n", 199) + "a", strings.Repeat("http://a/"+strings.Repeat("茶", 15)+" ", 70), strings.Repeat("`a` ", 1000)}
	for range 15 {
		var unit, text string
		for range 1 + random.IntN(6) {
			unit += pieces[random.IntN(len(pieces))]
		}
		for text = unit; len(text) < 600 && strings.Count(text, "\n") < 150; {
			text += unit
		}
		texts = append(texts, text)
	}
	for i, st := range allFormatOptions() {
		v := testFormat(st)
		for j, written := range texts {
			if (i+j)%5 > 0 {
				continue // a fifth is enough
			}
			said := &room.Event{Kind: room.Said, Seq: 9, Time: time.Now(), User: long, Text: text.CleanLines(written)}
			act := &room.Event{Kind: room.Said, Seq: 9, Time: time.Now(), User: long, Text: said.Text, Action: true}
			told := &room.Event{Kind: room.PrivateMessage, Time: time.Now(), User: long, To: self, Text: said.Text}
			again := &command.HistoryPage{Messages: []*room.Event{said}, Full: true}
			most := maxBytesPerByte*len(said.Text) + (1+strings.Count(said.Text, "\n"))*maxBytesPerLine + 3*maxHeadBytes
			for what, out := range map[string][]byte{
				"said": v.appendEvent(nil, said, self), "with a mention": v.mention.Render(said), "one's own message": v.own.Render(said), "an action": v.appendEvent(nil, act, self),
				"a private message": v.appendEvent(nil, told, self), "history": v.FormatReply(again), "followed": v.AppendLogLine(nil, said), "an offline message": v.AppendOfflineMessage(nil, told),
			} {
				if len(out) > most {
					t.Errorf("a client is sent %d bytes (%s) for a text of %d, want %d at most, with %+v: %.100q", len(out), what, len(said.Text), most, st, said.Text)
				}
			}
		}
	}
}

// However many terminals with however many styles there are, and however little they read, a
// message costs the server little memory besides what was last sent to them.
func TestManyStylesUseLittleMemory(t *testing.T) {
	const terminals, messages, most = 200, 12, 32 << 20
	h := room.New(room.Config{})
	speaker, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: "speaker"})
	if err != nil {
		t.Fatal(err)
	}
	defer speaker.Leave(room.Quit)
	vs := NewCache(i18n.New().Printer)
	var users []*room.Session
	var formats []*Format
	for i := range terminals {
		u, err := h.Enter(t.Context(), room.ClientInfo{RequestedName: fmt.Sprint("reader", i)})
		if err != nil {
			t.Fatal(err)
		}
		defer u.Leave(room.Quit)
		users = append(users, u)
		st := testOptions(style.WrapWidth(20+4*(i/2)), []string{"", "Asia/Tokyo"}[i/100])
		st.Style.Depth, st.Style.Links = style.TrueColour, true
		formats = append(formats, vs.Acquire(st, testPrefix(i/16)))
	}
	before := testkit.HeapInUse()
	text := strings.Repeat("https://example.com/"+strings.Repeat("茶", 80)+" ", 15)
	buf := make([]room.Item, 0, 256)
	for range messages {
		if err := speaker.Say(text); err != nil {
			t.Fatal(err)
		}
		for i, u := range users[:terminals/2] { // the others are stuck
			for _, e := range u.Take(buf[:0]) {
				_ = formats[i].appendItem(nil, e, u.UserInfo())
			}
		}
	}
	if grown := int64(testkit.HeapInUse()) - int64(before); grown > most {
		t.Errorf("the heap grew by %d MB for %d messages of %d bytes", grown>>20, messages, len(text))
	}
	runtime.KeepAlive(h)
}
