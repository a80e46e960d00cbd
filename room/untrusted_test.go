package room_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/moderation"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/text"
	"teahouse/room"
)

// tables returns all tables of records.
func tables() (names []string) {
	for table := range roomtest.Largest() {
		names = append(names, table)
	}
	slices.Sort(names)
	return names
}

// Whatever the store holds, what people read of it is clean, the hub keeps running, and what it
// writes again is no larger than a record may be.
func FuzzRecords(f *testing.F) {
	all := tables()
	for i, table := range all {
		row := roomtest.Largest()[table].Row
		f.Add(uint8(i), row.Key, string(row.Value))
	}
	f.Add(uint8(slices.Index(all, "serversettings")), "all", `{"motd":"hi\u001b[2J\u202e","topic":"\u001b]0;x\u0007","slow":-5}`)
	f.Add(uint8(slices.Index(all, "bans")), "192.0.2.0/24", `{"target":"192.0.2.0/24","by":"x\u001b[2J","since":"9999-01-01T00:00:00Z","until":"9999-12-31T23:59:59Z"}`)
	f.Add(uint8(slices.Index(all, "inputhistories")), "B", `{"lines":["\u001b[2J",""],"used":"9999-01-01T00:00:00Z"}`)
	f.Add(uint8(slices.Index(all, "readmarkers")), "B lobby", `{"at":"9999-01-01T00:00:00Z"}`)
	f.Add(uint8(slices.Index(all, "settings")), "B", `{"lang":"\u001b","theme":"x","zone":"../../etc/passwd","clock":"99"}`)
	f.Fuzz(func(t *testing.T, table uint8, key, value string) {
		row := records.Record{Table: all[int(table)%len(all)], Key: key, Value: []byte(value)}
		newHub := func() (*room.Hub, *[]string) {
			b := roomtest.NewFakeRecordStore()
			return b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot}), &b.Wrong
		}
		opened, openedWrong := newHub()
		running, runningWrong := newHub()
		_ = opened.Load([]records.Record{row})
		here := roomtest.Enter(t, running, roomtest.At("here", "B"))
		_, _ = running.ApplyRemote(row, math.MaxUint64)
		_, _ = running.ApplyRemote(records.Record{Table: row.Table, Key: row.Key}, math.MaxUint64)
		_, _ = running.ApplyRemote(row, math.MaxUint64)
		for h, wrong := range map[*room.Hub]*[]string{opened: openedWrong, running: runningWrong} {
			s := here
			if h == opened {
				s = enterAnyway(h, roomtest.At("bob", "B"))
			}
			for _, s := range []*command.Runner{s, enterAnyway(h, roomtest.At("root", "root"))} {
				if s == nil {
					continue
				}
				for _, line := range []string{"/topic", "/motd", "/rooms", "/bans", "/audit", "/audit rooms", "/name", "/key list", "/set", "/ignore", "/whois bob", "/who", "/help bots", "/history", "/lockdown", "/slow", "/nick x" + fmt.Sprint(table)} {
					s.HandleLine(line, command.SlashSyntax)
				}
				for _, e := range s.Take(make([]room.Item, 0, 512)) {
					roomtest.WantClean(t, e)
				}
				for _, line := range room.InputHistory(s.Session) {
					if text.CleanLines(line) != line {
						t.Errorf("the input history is %q", line)
					}
				}
			}
			if len(*wrong) > 0 {
				t.Errorf("%s %q: the hub writes %s", row.Table, key, *wrong)
			}
		}
	})
}

// enterAnyway returns the session, or nil if the client is refused.
func enterAnyway(h *room.Hub, ci room.ClientInfo) *command.Runner {
	s, err := roomtest.EnterHub(h, ci)
	if err != nil {
		return nil
	}
	return s
}

// A message of the day with escape sequences, and whatever else the store holds, is cleaned when it
// is read; times far ahead become now.
func TestRecordsAreSanitized(t *testing.T) {
	h := room.New(room.Config{})
	err := h.Load([]records.Record{
		{Table: "serversettings", Key: "all", Value: []byte(`{"motd":"hi\u001b[2J \u202etxt","topic":"` + strings.Repeat("x", 2*moderation.MaxTopicBytes) + `","slow":99999}`)},
		{Table: "inputhistories", Key: "B", Value: []byte(`{"lines":["a\u001b[2J"],"used":"9999-01-01T00:00:00Z"}`)},
		{Table: "readmarkers", Key: "B lobby", Value: []byte(`{"at":"9999-01-01T00:00:00Z"}`)},
		{Table: "bans", Key: "192.0.2.0/24", Value: []byte(`{"target":"192.0.2.0/24","by":"eve\u001b[2J","reason":"\u202e","since":"9999-01-01T00:00:00Z"}`)},
		{Table: "ignorelists", Key: "B", Value: []byte(`{"people":{"C":"carol\u001b[2J"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if roomtest.Peek(h).Moderation.Settings().Motd != "hi txt" || len(roomtest.Peek(h).Moderation.Settings().Topic) != moderation.MaxTopicBytes || roomtest.Peek(h).Moderation.Settings().SlowSeconds != moderation.MaxSlowSeconds {
		t.Errorf("the settings are %+v", roomtest.Peek(h).Moderation.Settings())
	}
	now := time.Now()
	if b := roomtest.Peek(h).Moderation.Bans.Get("192.0.2.0/24"); b.By != "eve" || b.Reason != "" || b.Since.After(now) {
		t.Errorf("the ban is %+v", b)
	}
	if roomtest.Peek(h).InputHistories.Get("B").Lines[0] != "a" || roomtest.Peek(h).InputHistories.Get("B").UsedAt.After(now) || roomtest.Peek(h).ReadMarkers.Get("B lobby").At.After(now) || roomtest.Peek(h).IgnoreLists.Get("B").People["C"] != "carol" {
		t.Errorf("input history: %+v, read marker: %+v, ignored: %+v", roomtest.Peek(h).InputHistories.Get("B"), roomtest.Peek(h).ReadMarkers.Get("B lobby"), roomtest.Peek(h).IgnoreLists.Get("B"))
	}
	for _, row := range []records.Record{
		{Table: "bans", Key: "192.0.2.0/24", Value: []byte(`{"target":"192.0.2.1/32","by":"eve"}`)},
		{Table: "operators", Key: "\x1b[2J", Value: []byte(`{"name":"eve"}`)},
		{Table: "names", Key: "eve", Value: []byte(`{"name":"\u001b[2J","person":"E"}`)},
		{Table: "audit", Key: "7", Value: []byte(`{"n":8}`)},
	} {
		if err := h.Load([]records.Record{row}); err == nil {
			t.Errorf("%s %q was accepted", row.Table, row.Key)
		}
	}
}

// Records from another millennium do not push new events or audit entries there, where nothing
// could be read any more.
func TestRecordsFromTheFuture(t *testing.T) {
	h := room.New(room.Config{})
	err := h.Load([]records.Record{
		{Table: "rooms", Key: "tea", Value: []byte(`{"name":"tea","owner":"A","since":"9999-12-31T23:59:59.999999999Z"}`)},
		{Table: "rooms", Key: "mate", Value: []byte(`{"name":"mate","owner":"A","since":"9999-12-31T23:59:59Z","closed":"9999-12-31T23:59:59-23:00"}`)},
		{Table: "operators", Key: "A", Value: []byte(`{"name":"ada","by":"code"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Load([]records.Record{{Table: "audit", Key: "18446744073709551615", Value: []byte(`{"n":18446744073709551615,"by":"eve"}`)}}); err == nil {
		t.Error("an entry with the last number is accepted")
	}
	if at := roomtest.Peek(h).Rooms.Closings()["mate"]; at.After(time.Now()) {
		t.Errorf("a room was closed at %v", at)
	}
	ada := roomtest.Enter(t, h, roomtest.At("ada", "A"))
	roomtest.Does(t, ada, "/join #tea")
	roomtest.Does(t, ada, "/topic leaves")
	if _, last := roomtest.Peek(h).Rooms.ByID["tea"].Position(); last.After(time.Now().Add(time.Minute)) {
		t.Errorf("in a room it is %v", last)
	}
	if acts := roomtest.Peek(h).Moderation.Audit.Operators(); len(acts) != 1 || acts[0].Number != 1 {
		t.Errorf("the acts are %+v", acts)
	}
}

// The same for a notice and a bot's command from another node.
func TestReplySanitize(t *testing.T) {
	ada := func() *room.UserInfo { return &room.UserInfo{SessionID: 1, Name: "ada\x1b[2J", Person: "A"} }
	late := time.Now().AddDate(5000, 0, 0)
	for _, test := range []struct {
		what string
		err  error
		ok   bool
	}{
		{"a notice", (&room.Notice{Time: late, Sentence: reply.Say(reply.Done)}).SanitizeLive(), true},
		{"one of no time", (&room.Notice{Sentence: reply.Say(reply.Done)}).SanitizeLive(), false},
		{"one that says nothing", (&room.Notice{Time: late}).SanitizeLive(), false},
		{"one that is not filled in", (&room.Notice{Time: late, Sentence: reply.Say(reply.BotLeft, "ada")}).SanitizeLive(), false},
		{"a command", (&room.BotCommand{Time: late, User: ada(), Name: "deploy", Args: "x\x1b[2J"}).SanitizeLive(), true},
		{"nobody's", (&room.BotCommand{Time: late, Name: "deploy"}).SanitizeLive(), false},
		{"none", (&room.BotCommand{Time: late, User: ada()}).SanitizeLive(), false},
		{"one of a name that is none", (&room.BotCommand{Time: late, User: ada(), Name: "Rm -rf"}).SanitizeLive(), false},
	} {
		if (test.err == nil) != test.ok {
			t.Errorf("%s: %v", test.what, test.err)
		}
	}
	b := &room.BotCommand{Time: late, User: ada(), Name: "deploy", Args: "x\x1b[2J"}
	if err := b.SanitizeLive(); err != nil || strings.Contains(b.Args+b.User.Name, "\x1b") || b.Time.After(time.Now()) {
		t.Errorf("it becomes %+v, %v", b, err)
	}
}

// An event that lacks what its readers rely on is refused, and others are accepted. One from the
// year 9999 gets the current time if another node reports it as it happens.
func TestEventSanitize(t *testing.T) {
	now := time.Now()
	ada := func() *room.UserInfo { return &room.UserInfo{SessionID: 1, Name: "ada\x1b[2J", Person: "A"} }
	for _, test := range []struct {
		e  *room.Event
		ok bool
	}{
		{&room.Event{Kind: room.Said, Time: now, User: ada(), Text: "hi"}, true},
		{&room.Event{Kind: room.Said, Time: now, Text: "hi"}, false},
		{&room.Event{Kind: room.Said, User: ada(), Text: "hi"}, false},
		{&room.Event{Kind: room.Said, Time: now.AddDate(-100, 0, 0), User: ada()}, false},
		{&room.Event{Kind: room.Said, Time: now, User: &room.UserInfo{Name: "\x1b[2J"}}, false},
		{&room.Event{Kind: room.Forgot, Time: now, User: &room.UserInfo{}}, false},
		{&room.Event{Kind: room.Renamed, Time: now, User: ada()}, false},
		{&room.Event{Kind: room.PrivateMessage + 1, Time: now, User: ada()}, false},
		{&room.Event{Kind: room.Announced, Time: now}, false},
		{&room.Event{Kind: room.Announced, Time: now, Code: reply.TopicSet}, false},
		{&room.Event{Kind: room.Announced, Time: now, Code: reply.TopicSet, Args: []any{"ada", 3}}, false},
		{&room.Event{Kind: room.Announced, Time: now, Code: reply.TopicSet, Args: []any{"ada", "tea"}}, true},
		{&room.Event{Kind: room.Announced, Time: now, Code: reply.TopicOff, Args: []any{"ada", "tea"}}, false},
		{&room.Event{Kind: room.Announced, Time: now, Code: "%*d", Args: []any{1 << 30, 1}}, false},
		{&room.Event{Kind: room.Announced, Time: now, Code: "%"}, false},
	} {
		if err := test.e.Sanitize(); (err == nil) != test.ok {
			t.Errorf("%v %q %v: %v", test.e.Kind, test.e.Code, test.e.Args, err)
		}
	}
	far := &room.Event{Kind: room.Said, Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), User: ada(), Text: strings.Repeat("x\n", 3*text.MaxBytes)}
	if err := far.SanitizeLive(); err != nil || time.Since(far.Time) > time.Minute || far.User.Name != "ada" || len(far.Text) > text.MaxBytes || strings.Count(far.Text, "\n") >= text.MaxLines {
		t.Errorf("%v: of %v, %d bytes", err, far.Time, len(far.Text))
	}
}
