package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/testkit"
	"teahouse/journal/internal/layout"
	"teahouse/room"
)

// anyNumber are limits that no test reaches by accident.
var anyNumber = room.OfflineLimits{PerSender: 100, PerRecipient: 100, SpaceShare: 1}

func privateMessageTo(key, text string) *room.Event {
	return &room.Event{Time: time.Now(), Kind: room.PrivateMessage, User: &room.UserInfo{Name: "alice", Person: aliceKey}, To: &room.UserInfo{Name: "bob", Person: ids.Account(key)}, Text: text}
}

// Bob is away. Alice's messages to him wait, through a restart, and arrive in order. Once he has
// read the first two, only the third waits.
func TestPrivateMessages(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	for _, text := range []string{"one", "two", "three"} {
		if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, text), anyNumber); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveOffline(t.Context(), privateMessageTo(aliceKey, "to myself"), anyNumber); err != nil {
		t.Fatal(err)
	}
	s.closeStored(t)

	s = openServer(t, c)
	messages, err := s.OfflineMessages(t.Context(), bobKey)
	if err != nil || !slices.Equal(textsOf(messages), []string{"one", "two", "three"}) {
		t.Fatalf("got %q, %v", textsOf(messages), err)
	}
	if e := messages[0]; e.Kind != room.PrivateMessage || e.User.Name != "alice" || e.User.Person != aliceKey || e.To.Person != bobKey || e.To.Name != "bob" {
		t.Errorf("got %+v from %+v to %+v", e, e.User, e.To)
	}
	if err := s.MarkDelivered(t.Context(), bobKey, messages[1]); err != nil {
		t.Fatal(err)
	}
	messages, err = s.OfflineMessages(t.Context(), bobKey)
	if err != nil || !slices.Equal(textsOf(messages), []string{"three"}) {
		t.Errorf("got %q, %v", textsOf(messages), err)
	}
	if messages, err := s.OfflineMessages(t.Context(), "SHA256:nobody"); err != nil || len(messages) != 0 {
		t.Errorf("nobody has %d private messages, %v", len(messages), err)
	}
}

// The embedded engine is only asked about people for whom a message may wait, also after a restart.
func TestRecipientsAreKnown(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	unanswered, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err != nil {
			t.Fatal(err)
		}
		if messages, err := s.OfflineMessages(unanswered, aliceKey); err != nil || len(messages) > 0 {
			t.Errorf("%q wait for alice, %v", textsOf(messages), err)
		}
		if _, err := s.OfflineMessages(unanswered, bobKey); err == nil {
			t.Error("the engine was not asked for bob's messages")
		}
		s.closeStored(t)
		s = openServer(t, c)
	}
	if messages, err := s.OfflineMessages(t.Context(), bobKey); err != nil || len(messages) != 2 {
		t.Errorf("%q wait for bob, %v", textsOf(messages), err)
	}
}

// Waiting messages are limited by sender, by recipient, and in total. Messages beyond a limit
// are refused and change nothing; the counts survive a restart, and messages that were read no
// longer count.
func TestTooManyPrivateMessages(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	limits := room.OfflineLimits{PerSender: 3, PerRecipient: 5, SpaceShare: 1}
	post := func(from, to string, want error) {
		t.Helper()
		e := privateMessageTo(to, "hello")
		e.User.Person = ids.Account(from)
		if err := s.SaveOffline(t.Context(), e, limits); !errors.Is(err, want) {
			t.Errorf("from %q to %s: %v, want %v", from, to, err, want)
		}
	}
	for range 3 {
		post(aliceKey, bobKey, nil)
	}
	post(aliceKey, bobKey, room.ErrSenderFull)
	post(aliceKey, "SHA256:carol", nil)
	post("", bobKey, nil)
	post("", bobKey, nil)
	post("SHA256:dora", bobKey, room.ErrRecipientFull)

	s.kill()
	s = openServer(t, c)
	post(aliceKey, bobKey, room.ErrSenderFull)
	post("SHA256:dora", bobKey, room.ErrRecipientFull)
	messages, err := s.OfflineMessages(t.Context(), bobKey)
	if err != nil || len(messages) != 5 {
		t.Fatalf("%d private messages wait for bob, %v", len(messages), err)
	}
	if err := s.MarkDelivered(t.Context(), bobKey, messages[1]); err != nil {
		t.Fatal(err)
	}
	post(aliceKey, bobKey, nil)

	info, err := s.store.JS.Stream(testContext(t), layout.PrivateMessageStream)
	if err != nil {
		t.Fatal(err)
	}
	limits.SpaceShare = float64(info.CachedInfo().State.Bytes) / layout.MaxPrivateMessageBytes
	post(aliceKey, "SHA256:carol", room.ErrNoSpace)
}

// The engine itself enforces the total limit, even for nodes that do not know of each other's
// messages, and keeps what it has.
func TestPrivateMessagesTakeNoMoreSpace(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{HistoryLimits: wideLimits})
	stream, err := s.store.JS.Stream(testContext(t), layout.PrivateMessageStream)
	if err != nil {
		t.Fatal(err)
	}
	small := stream.CachedInfo().Config
	small.MaxBytes = 1000
	if _, err := s.store.JS.UpdateStream(testContext(t), small); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for err = nil; err == nil; kept++ {
		err = s.SaveOffline(t.Context(), privateMessageTo(bobKey, "again"), anyNumber)
	}
	if messages, _ := s.OfflineMessages(t.Context(), bobKey); !errors.Is(err, room.ErrNoSpace) || len(messages) != kept-1 || len(messages) == 0 {
		t.Errorf("%d private messages of %d wait, %v", len(messages), kept-1, err)
	}
}

// Messages stored by an older version still wait, and are read in order with later ones.
func TestPrivateMessagesOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{HistoryLimits: wideLimits})
	var old bytes.Buffer
	layout.EncodeJSONLine(&old, layout.PrivateMessage{Time: time.Now().UTC(), From: "alice", FromKey: aliceKey, To: "bob", ToKey: bobKey, Text: "one"})
	if _, err := s.store.Publish(testContext(t), layout.PrivateMessageSubject(bobKey, ""), "", old.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "two"), anyNumber); err != nil {
		t.Fatal(err)
	}
	messages, err := s.OfflineMessages(t.Context(), bobKey)
	if err != nil || !slices.Equal(textsOf(messages), []string{"one", "two"}) {
		t.Fatalf("got %q, %v", textsOf(messages), err)
	}
	if err := s.MarkDelivered(t.Context(), bobKey, messages[1]); err != nil {
		t.Fatal(err)
	}
	if messages, err := s.OfflineMessages(t.Context(), bobKey); err != nil || len(messages) != 0 {
		t.Errorf("%q still wait, %v", textsOf(messages), err)
	}
}

func TestPrivateMessageSubjects(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{layout.PrivateMessageSubject(bobKey, ""), layout.PrivateMessageSubject(bobKey, aliceKey), layout.PrivateMessageSubject(bobKey, anonymousSender)} {
		if err := layout.CheckPrivateMessageSubject(subject); err != nil {
			t.Errorf("%s: %v", subject, err)
		}
	}
	for _, subject := range []string{"", "pm.", "pm", "pm..", "pm.YQ.", "pm..YQ", "pm.YQ.YQ.YQ", "pm.Y*", "pm.YQ.*", "room.YQ", "room.YQ.YQ"} {
		if layout.CheckPrivateMessageSubject(subject) == nil {
			t.Errorf("%q is parsed as the subject of a private message", subject)
		}
	}
}

// Alice enters and leaves twice, under two names: she was last seen when she left the second time.
// That survives a restart, and she is found by her latest name in any case.
func TestPeopleAreKnown(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	if _, ok := s.Account(aliceKey); ok {
		t.Error("alice is known too early")
	}
	first := s.join(t, "alice", aliceKey)
	second := s.join(t, "alice", aliceKey)
	testkit.Eventually(t, "she is known", func() bool { p, ok := s.Account(aliceKey); return ok && p.Name == "alice" })
	first.Leave(room.Quit)
	if _, err := command.NewRunner(second).Rename("Äpfel"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "she is renamed", func() bool { p, ok := s.AccountByName(names.Key("äPFEL")); return ok && p.ID == aliceKey })
	if p, _ := s.Account(aliceKey); !p.LastSeen.IsZero() {
		t.Errorf("last seen at %v, though she is online", p.LastSeen)
	}
	before := time.Now()
	second.Leave(room.Quit)
	testkit.Eventually(t, "she is gone", func() bool { p, _ := s.Account(aliceKey); return !p.LastSeen.Before(before) })
	was, _ := s.Account(aliceKey)
	s.closeStored(t)

	s = openServer(t, c)
	p, ok := s.AccountByName(names.Key("äpfel"))
	if !ok || p.ID != aliceKey || p.Name != "Äpfel" || !p.LastSeen.Equal(was.LastSeen) {
		t.Errorf("found %+v, %v", p, ok)
	}
	if _, ok := s.AccountByName("alice-2"); ok {
		t.Error("she is found by a name that she never had")
	}
}

// Alice was away for so long that her name is free. Bob calls himself alice, then bob: alice is
// alice again.
func TestLatestUserOfAName(t *testing.T) {
	t.Parallel()
	s := openServer(t, Config{HistoryLimits: wideLimits})
	s.hub.SetPolicy(room.Policy{NameAge: time.Nanosecond})
	s.join(t, "alice", aliceKey).Leave(room.Quit)
	found := func(key ids.Account) func() bool {
		return func() bool { p, _ := s.AccountByName("alice"); return p.ID == key }
	}
	testkit.Eventually(t, "alice is alice", found(aliceKey))
	bob := s.join(t, "alice", bobKey)
	testkit.Eventually(t, "bob is alice", found(bobKey))
	if _, err := command.NewRunner(bob).Rename("bob"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "alice is alice again", found(aliceKey))
}

// The process is killed while alice is online and bob is not: the next process takes the time of
// the last event as the time when she left.
func TestKilledWhileOnline(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	s.join(t, "alice", aliceKey)
	bob := s.join(t, "bob", bobKey)
	bob.Leave(room.Quit)
	testkit.Eventually(t, "bob is gone", func() bool { p, _ := s.Account(bobKey); return !p.LastSeen.IsZero() })
	carol := s.join(t, "carol", "")
	say(t, carol, "the last words")
	testkit.Eventually(t, "all is stored", func() bool { return s.Status().Stored == 5 && !s.people.isDirty() })
	s.kill()

	s = openServer(t, c)
	alice, ok := s.Account(aliceKey)
	if !ok || !alice.LastSeen.Equal(s.said[0].Time) {
		t.Errorf("alice was last seen at %v, the last message was at %v", alice.LastSeen, s.said[0].Time)
	}
	if bob, _ := s.Account(bobKey); bob.LastSeen.IsZero() || !bob.LastSeen.Before(alice.LastSeen) {
		t.Errorf("bob was seen at %v, alice at %v", bob.LastSeen, alice.LastSeen)
	}
}

// kill ends a journal without closing it properly.
func (h *testServer) kill() {
	h.closeOnce.Do(func() {})
	h.abortWork()
	h.stopFollowing()
	h.goroutines.Wait()
	h.store.Close()
}

// More people enter than are to be remembered: those away for longest are dropped, the others stay,
// and those who are online stay.
func TestTooManyPeople(t *testing.T) {
	t.Parallel()
	p := newPeopleCache("node")
	start := time.Now()
	event := func(kind room.EventKind, i int) *room.Event {
		return &room.Event{Kind: kind, Time: start.Add(time.Duration(i)), User: &room.UserInfo{Name: fmt.Sprint("user", i), Person: ids.Account(fmt.Sprint("key", i))}}
	}
	p.applyLocked(event(room.Joined, 0))
	for i := 1; i <= layout.MaxPeople; i++ {
		p.applyLocked(event(room.Joined, i))
		p.applyLocked(event(room.Left, i))
		p.evictLocked()
	}
	if len(p.byKey) > layout.MaxPeople || len(p.byName) != len(p.byKey) {
		t.Errorf("%d people, %d names", len(p.byKey), len(p.byName))
	}
	if p.byKey["key0"] == nil || p.byKey["key1"] != nil || p.byKey[ids.Account(fmt.Sprint("key", layout.MaxPeople))] == nil {
		t.Error("the wrong people were dropped")
	}
	if records := p.takeDirty(); records["key1"] != nil || records["key0"] == nil {
		t.Error("the engine has another value")
	}
}

// Many keys that were seen once evict nobody who was seen on more than one day, however long ago.
// FirstSeen is known even if older versions did not store it.
func TestOneTimeVisitorsAreEvictedFirst(t *testing.T) {
	t.Parallel()
	p := newPeopleCache("node")
	start := time.Now()
	event := func(kind room.EventKind, key string, after time.Duration) {
		p.applyLocked(&room.Event{Kind: kind, Time: start.Add(after), User: &room.UserInfo{Name: key, Person: ids.Account(key)}})
	}
	p.byKey["old"] = &person{key: "old", Name: "old", LastSeen: start.Add(-48 * time.Hour)}
	for _, key := range []string{"regular", "old"} {
		event(room.Joined, key, 0)
		event(room.Left, key, 25*time.Hour)
	}
	for i := range layout.MaxPeople + 1 {
		event(room.Joined, fmt.Sprint("key", i), 30*time.Hour)
		event(room.Left, fmt.Sprint("key", i), 31*time.Hour)
	}
	p.evictLocked()
	if p.byKey["regular"] == nil || p.byKey["old"] == nil || len(p.byKey) > layout.MaxPeople {
		t.Errorf("%d people, without the one who returned", len(p.byKey))
	}
	if known, _ := p.byKey["old"].roomPerson(); !known.FirstSeen.Equal(start.Add(-48 * time.Hour)) {
		t.Errorf("known since %v", known.FirstSeen)
	}
}

// Alice asks to be forgotten. Her lines, her joins and leaves, and her private message are gone
// from the files; what bob said in between stays, and so does what she says later. Nothing comes
// back after a restart.
func TestForget(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	alice, bob := s.join(t, "alice", aliceKey), s.join(t, "bob", bobKey)
	for i := range 50 {
		say(t, alice, fmt.Sprintf("regrettable %d", i))
		say(t, bob, fmt.Sprintf("harmless %d", i))
	}
	testkit.Eventually(t, "they are kept", func() bool { return s.Status().Stored == 102 })
	if err := s.SaveOffline(t.Context(), privateMessageTo(bobKey, "regrettable in private"), anyNumber); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Export(t.Context(), aliceKey); err != nil || len(kept) != 52 {
		t.Errorf("exported %d, %v", len(kept), err)
	}
	if _, err := command.NewRunner(alice).RunCommand([]string{"forget", "me", "yes"}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 103 })
	say(t, alice, "a new leaf")
	testkit.Eventually(t, "it is kept", func() bool { return s.Status().Stored == 104 })
	kept, err := s.Export(t.Context(), aliceKey)
	if err != nil || !slices.Equal(textsOf(kept), []string{"a new leaf"}) {
		t.Errorf("exported %q, %v", textsOf(kept), err)
	}
	if messages, err := s.OfflineMessages(t.Context(), bobKey); err != nil || len(messages) != 0 {
		t.Errorf("%d private messages wait, %v", len(messages), err)
	}
	s.closeStored(t)
	if n := strings.Count(string(storedBytes(t, c.Dir)), "regrettable"); n != 0 {
		t.Errorf("found %d times in the files", n)
	}

	s = openServer(t, c)
	if len(s.said) != 51 || s.said[0].Text != "harmless 0" || s.said[50].Text != "a new leaf" {
		t.Errorf("got %q", textsOf(s.said))
	}
}

// The process dies after alice's history was erased, and before her entry among the known people
// was: the next process does that. Bob has come back since he was forgotten.
func TestForgottenPersonIsDropped(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := newPeopleCache("node")
	for key, seen := range map[string]time.Time{aliceKey: now.Add(-time.Hour), bobKey: now.Add(time.Minute), "elsewhere": now.Add(-time.Hour)} {
		p.byKey[ids.Account(key)] = &person{key: ids.Account(key), Name: key, LastSeen: seen}
	}
	p.byKey["elsewhere"].Node = "another"
	tombstone := &layout.StoredEvent{Time: now}
	p.forgetAll(map[ids.Account]*layout.StoredEvent{aliceKey: tombstone, bobKey: tombstone, "elsewhere": tombstone, "unknown": tombstone})
	if p.byKey[aliceKey] != nil || !p.dirty[aliceKey] || p.byKey[bobKey] == nil || p.byKey["elsewhere"] == nil || len(p.dirty) != 1 {
		t.Errorf("known are %v, pending %v", p.byKey, p.dirty)
	}
}

// The process dies after alice's tombstone was stored and before anything was erased: the next
// process erases it as it starts.
func TestForgetIsFinished(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	alice := s.join(t, "alice", aliceKey)
	say(t, alice, "regrettable")
	say(t, s.join(t, "bob", bobKey), "harmless")
	testkit.Eventually(t, "they are kept", func() bool { return s.Status().Stored == 4 })
	tombstone, _ := layout.NewStoredEvent(&room.Event{Seq: 9, Time: time.Now(), Kind: room.Forgot, User: &room.UserInfo{Person: aliceKey}}, s.identity)
	var b batch
	b.add(&tombstone)
	if _, err := s.store.Publish(testContext(t), layout.RoomSubject(room.Lobby), b.id, b.data.Bytes()); err != nil {
		t.Fatal(err)
	}
	s.kill()

	s = openServer(t, c)
	if got := textsOf(s.said); !slices.Equal(got, []string{"harmless"}) {
		t.Errorf("got %q", got)
	}
	if _, ok := s.Account(aliceKey); ok {
		t.Error("alice is still known")
	}
	s.closeStored(t)
	if raw := string(storedBytes(t, c.Dir)); strings.Contains(raw, "regrettable") || !strings.Contains(raw, "harmless") {
		t.Error("the files hold erased data, or lack other data")
	}
	if s = openServer(t, c); s.history.indexes.of(string(room.Lobby)).events() != 3 {
		t.Errorf("%d events are stored", s.history.indexes.of(string(room.Lobby)).events())
	}
}

// A private message is stored, but the acknowledgement gets lost or comes too late: its sender
// is not told that nothing was sent. If it was rejected, they are.
func TestPrivateMessageWithoutAnswer(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	j, err := Open(testContext(t), Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(testContext(t)) }()
	setAnswers(t, j, false)
	if err := j.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); !errors.Is(err, room.ErrUnconfirmed) {
		t.Errorf("without an answer the error is %v", err)
	}
	setAnswers(t, j, true)
	if messages, err := j.OfflineMessages(t.Context(), bobKey); err != nil || !slices.Equal(textsOf(messages), []string{"hello"}) {
		t.Errorf("got %q, %v", textsOf(messages), err)
	}
	if err := j.store.JS.DeleteStream(testContext(t), layout.PrivateMessageStream); err != nil {
		t.Fatal(err)
	}
	if err := j.SaveOffline(t.Context(), privateMessageTo(bobKey, "hello"), anyNumber); err == nil || errors.Is(err, room.ErrUnconfirmed) {
		t.Errorf("without a stream the error is %v", err)
	}
}

// setAnswers makes the engine acknowledge private messages, or store them silently.
func setAnswers(t *testing.T, j *Journal, does bool) {
	t.Helper()
	s, err := j.store.JS.Stream(testContext(t), layout.PrivateMessageStream)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.NoAck = !does
	if _, err := j.store.JS.UpdateStream(testContext(t), c); err != nil {
		t.Fatal(err)
	}
}
