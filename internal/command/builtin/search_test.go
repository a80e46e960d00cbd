package builtin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/duration"
	"teahouse/internal/i18n"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/text"
	"teahouse/room"
)

// talkative returns a hub with a few messages of a few people, and a user who runs commands.
func talkative(t testing.TB, lines int) (*room.Hub, *command.Runner) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 1000}})
	s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "reader"})
	start := time.Now().Add(-time.Duration(lines) * time.Minute)
	said := make([]*room.Event, lines)
	for i := range said {
		said[i] = &room.Event{Kind: room.Said, Time: start.Add(time.Duration(i) * time.Minute), User: &room.UserInfo{Name: "Alice"}, Text: fmt.Sprint("line ", i)}
	}
	h.LoadHistory(room.Lobby, said, time.Time{})
	roomtest.Read(t, s)
	return h, s
}

func numbered(from, to int) string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprint("Alice: line ", i))
	}
	return strings.Join(list, "; ")
}

// Users read the last lines, earlier ones page by page, those since a time, or those of one person.
func TestHistory(t *testing.T) {
	_, s := talkative(t, 150)
	for _, test := range []struct{ line, lines, sentence string }{
		{"/more", "", testkit.English(reply.NoMore)},
		{"/history", numbered(130, 150), testkit.English(reply.EarlierLines, 130)},
		{"/more", numbered(110, 130), testkit.English(reply.EarlierLines, 110)},
		{"/history ３", numbered(147, 150), testkit.English(reply.EarlierLines, 147)},
		{"/more", numbered(127, 147), testkit.English(reply.EarlierLines, 127)},
		{"/history 120", numbered(50, 150), testkit.English(reply.EarlierLines, 50)},
		{"/more", numbered(30, 50), testkit.English(reply.EarlierLines, 30)},
		{"/more", numbered(10, 30), testkit.English(reply.EarlierLines, 10)},
		{"/more", numbered(0, 10), ""},
		{"/more", "", testkit.English(reply.NoMore)},
		{"/history since 1830s", numbered(120, 140), testkit.English(reply.LaterLines, 10)},
		{"/more", numbered(140, 150), ""},
		{"/history since 0s", "", testkit.English(reply.NothingFound)},
		{"/history since yesterday", "", testkit.English(reply.InvalidTime)},
		{"/history ＡＬＩＣＥ", numbered(130, 150), testkit.English(reply.EarlierLines, 130)},
		{"/more", numbered(110, 130), testkit.English(reply.EarlierLines, 110)},
		{"/history bob", "", testkit.English(reply.NothingFound)},
		{"/history @alice", numbered(130, 150), testkit.English(reply.EarlierLines, 130)},
		{"/history alice 5", "", "Usage: /history [N|since TIME|NAME]"},
		{"/history 2 --json", "", "Usage: /history [N|since TIME|NAME]"},
		{"/history 0", "", i18n.Sprint(string(reply.InvalidNumber), 1, 1000)},
		{"/history -3", "", i18n.Sprint(string(reply.InvalidNumber), 1, 1000)},
		{"/history since", "", testkit.English(reply.InvalidTime)},
		{"/history 99999999999999999999", "", testkit.English(reply.NothingFound)},
	} {
		if lines, sentence := roomtest.Query(t, s, test.line); lines != test.lines || sentence != test.sentence {
			t.Errorf("%s:\n%s\n%s\nwant\n%s\n%s", test.line, lines, sentence, test.lines, test.sentence)
		}
	}
}

// The history marks lines that should be stored by now but are not, if they were said at this node.
// Other nodes store their own lines.
func TestHistoryMarksUnstoredLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shelf := &roomtest.FakeMessageStore{}
		h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}, Messages: shelf})
		s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u"})
		unstored := func(line, want string) {
			t.Helper()
			roomtest.Read(t, s)
			s.HandleLine(line, command.SlashSyntax)
			page := s.Take(make([]room.Item, 0, 9))[0].(*command.HistoryPage)
			marked := room.FilterLines(s.Session, page.Messages, func(said *room.Event) bool { return page.Unstored[said] })
			if got := roomtest.Words(marked); got != want || len(marked) != len(page.Unstored) {
				t.Errorf("%s: not stored are %q, want %q", line, got, want)
			}
		}
		s.HandleLine("kept", 0)
		shelf.Stored = lastSeq(h)
		s.HandleLine("not kept", 0)
		peer := peers.NewSet(h).Add("another", roomtest.NoRemote{})
		peer.StartProcess("another", nil)
		peer.Receive(room.Lobby, &room.Event{Seq: 1, Time: time.Now(), Kind: room.Said, User: &room.UserInfo{Name: "there"}, Text: "not kept"})
		time.Sleep(room.StoreTimeout + time.Millisecond)
		s.HandleLine("just now", 0)
		unstored("/history", "u: not kept")
		unstored("/search kept", "u: not kept")
		unstored(fmt.Sprint("/more ", shelf.Stored+1), "u: not kept")
		unstored("/search now", "")
		time.Sleep(room.StoreTimeout + time.Millisecond)
		unstored("/search now", "u: just now")
		shelf.Stored = lastSeq(h)
		unstored("/history", "")
	})
}

// Search results are not held in memory for a later /more: lines that are erased meanwhile are not
// shown, and lines that are only in the store take no memory.
func TestMoreOfErasedLines(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 60}, Messages: roomtest.NewFakeMessageStore()})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	s := roomtest.Enter(t, h, roomtest.At("u", ""))
	for i := range 50 {
		s.HandleLine(fmt.Sprint("kept ", i), 0)
		bob.HandleLine(fmt.Sprint("forgotten ", i), 0)
	}
	roomtest.Read(t, s)
	roomtest.Query(t, s, "/search e")
	roomtest.Read(t, bob)
	bob.HandleLine("/forget me yes", command.SlashSyntax)
	roomtest.Read(t, s)
	lines, sentence := roomtest.Query(t, s, "/more")
	if strings.Contains(lines, "forgotten") || !strings.Contains(lines, "kept 39") || sentence != "" {
		t.Errorf("more is %s, %q", lines, sentence)
	}
	roomtest.Query(t, s, "/search e")
	for i := range 60 {
		s.HandleLine(fmt.Sprint("later ", i), 0)
	}
	roomtest.Read(t, s)
	if lines, sentence := roomtest.Query(t, s, "/more"); lines != "" || sentence != i18n.English(string(reply.NoMore)) {
		t.Errorf("more of lines that are not in memory is %s, %q", lines, sentence)
	}
}

// A command gets everything at once: it has no next page.
func TestHistoryByExec(t *testing.T) {
	h, _ := talkative(t, 150)
	v, _, err := roomtest.ExecHub(h, room.ClientInfo{RequestedName: "script"})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Leave(room.Quit)
	e, err := v.RunCommand([]string{"history", "140"})
	if err != nil || roomtest.Words(roomtest.MessagesOf(e)) != numbered(10, 150) || roomtest.SentenceOf(e).Code != "" {
		t.Errorf("a command gets %s, %v", roomtest.Words(roomtest.MessagesOf(e)), err)
	}
	if e, err := v.RunCommand([]string{"history"}); err != nil || roomtest.Words(roomtest.MessagesOf(e)) != numbered(130, 150) || roomtest.SentenceOf(e).Code != "" {
		t.Errorf("without a number it gets %s, %v", roomtest.Words(roomtest.MessagesOf(e)), err)
	}
	_, err = v.RunCommand([]string{"history", "2", "--json"})
	roomtest.Refuses(t, "a flag at the end", err, reply.Usage)
	if _, err := v.RunCommand([]string{"export"}); err == nil || err.Error() != i18n.English(string(reply.ForgetNeedsKey)) {
		t.Errorf("export without a key: %v", err)
	}
}

// Users are told if no history is kept.
func TestNoHistory(t *testing.T) {
	s := roomtest.Enter(t, room.New(room.Config{}), room.ClientInfo{RequestedName: "u", Fingerprint: "U"})
	roomtest.Read(t, s)
	for _, line := range []string{"/history", "/search x", "/forget me yes"} {
		if _, sentence := roomtest.Query(t, s, line); sentence != i18n.English(string(reply.NothingKept)) {
			t.Errorf("%s: %s", line, sentence)
		}
	}
}

// Words are found in any case and width, in any order, within others, and in scripts without
// spaces.
func TestSearch(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}})
	s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u"})
	said := []string{"Meet me at the Teahouse", "ＦＵＬＬ width", "我们在茶馆见面", "Straße", "tea 🍵 time", "%s"}
	for _, line := range said {
		s.HandleLine(line, 0)
	}
	roomtest.Read(t, s)
	for words, want := range map[string]string{
		"teahouse MEET": said[0],
		"full":          said[1],
		"ｍｅｅｔ":          said[0],
		"茶馆":            said[2],
		"見面":            "",
		"STRASSE":       said[3],
		"🍵":             said[4],
		"%s":            said[5],
		"tea":           said[0] + "; u: " + said[4],
	} {
		if want != "" {
			want = "u: " + want
		}
		if lines, _ := roomtest.Query(t, s, "/search "+words); lines != want {
			t.Errorf("searching %s finds %s, want %s", words, lines, want)
		}
	}
}

// A word is found in any spelling: with composed or decomposed characters, with or without joiners
// and selectors.
func TestSearchFindsAllSpellings(t *testing.T) {
	for _, spellings := range [][]string{
		{"Zürich", "Zu\u0308rich", "ZU\u0308RICH", "zürich"},
		{"Việt", "Vie\u0323\u0302t", "Vi\u1eb9\u0302t"},
		{"ガラス", "カ\u3099ラス", "ｶﾞﾗｽ"},
		{"한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
		{"می\u200cخواهم", "میخواهم"},
		{"ශ්\u200dරී", "ශ්රී"},
		{"葛\U000e0100飾", "葛飾"},
		{"❤\ufe0f", "❤"},
	} {
		for _, said := range spellings {
			for _, words := range spellings {
				s := roomtest.Enter(t, room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 9}}), room.ClientInfo{RequestedName: "u"})
				s.HandleLine("in "+said+"!", 0)
				roomtest.Read(t, s)
				if lines, _ := roomtest.Query(t, s, "/search "+words); lines != "u: in "+said+"!" {
					t.Errorf("searching %+q finds %+q, want %+q", words, lines, said)
				}
			}
		}
	}
	s := roomtest.Enter(t, room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 9}}), room.ClientInfo{RequestedName: "u"})
	s.HandleLine("hello", 0)
	roomtest.Read(t, s)
	if lines, sentence := roomtest.Query(t, s, "/search \u200d"); lines != "" || sentence != i18n.English(string(reply.NothingFound)) {
		t.Errorf("searching nothing finds %q, %q", lines, sentence)
	}
}

// Any line is found by its own words, and no search panics.
func TestSearchForTooManyWords(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}})
	s := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "u"})
	_, err := builtin.Search(s, strings.Repeat("same ", 100))
	roomtest.Refuses(t, "one word, often", err, reply.NothingFound)
	_, err = builtin.Search(s, "a b c d e f g h i j k")
	roomtest.Refuses(t, "eleven words", err, reply.TooManySearchWords)
}

func FuzzSearch(f *testing.F) {
	f.Add("Straße ＦＵＬＬ 茶馆 İ 🍵\u0301")
	f.Add("2h")
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = duration.ParseSince(s, time.Now())
		text, err := text.CheckLine(s)
		if err != nil {
			return
		}
		h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 1}})
		h.LoadHistory(room.Lobby, []*room.Event{{Kind: room.Said, Time: time.Now(), User: &room.UserInfo{Name: "x"}, Text: text}}, time.Time{})
		u := roomtest.Enter(t, h, roomtest.At("u", ""))
		var refusal *reply.Refusal
		if _, err := builtin.Search(u, text); err != nil && !(errors.As(err, &refusal) && refusal.Code == reply.TooManySearchWords) {
			t.Errorf("%q is not found by its own words", text)
		}
	})
}

// BenchmarkSearch measures a search through 10,000 lines.
func BenchmarkSearch(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":   "The kettle is on, come and sit down with us for a while, there is plenty of tea",
		"chinese": "水已经烧开了，过来坐一会儿吧，茶有的是，大家都在等你，聊聊今天发生的事情",
	} {
		b.Run(name, func(b *testing.B) {
			h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 10_000}})
			said := make([]*room.Event, 10_000)
			for i := range said {
				said[i] = &room.Event{Kind: room.Said, Time: time.Now(), User: &room.UserInfo{Name: "x"}, Text: text}
			}
			h.LoadHistory(room.Lobby, said, time.Time{})
			s := roomtest.Enter(b, h, roomtest.At("u", ""))
			for b.Loop() {
				if _, err := builtin.Search(s, "nowhere 没有"); err == nil {
					b.Fatal("found")
				}
			}
		})
	}
}

// lastSeq returns the number of the last line that was said in the lobby.
func lastSeq(h *room.Hub) uint64 {
	said := roomtest.Peek(h).Rooms.Lobby().PastLines()
	return said[len(said)-1].Seq
}
