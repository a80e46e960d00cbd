package journal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"teahouse/room"
)

// anyLetters are limits that no test meets by accident.
var anyLetters = room.PostLimits{Pair: 100, Box: 100, Part: 1}

func letterTo(key, text string) *room.Event {
	return &room.Event{Time: time.Now(), Kind: room.Told, Who: &room.Who{Name: "alice", Key: aliceKey}, To: &room.Who{Name: "bob", Key: key}, Text: text}
}

// Bob is away. What alice writes to him waits, through a restart, and comes in
// order. Once he has read the first two, the third alone waits.
func TestLetters(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	for _, text := range []string{"one", "two", "three"} {
		if err := s.Post(letterTo(bobKey, text), anyLetters); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Post(letterTo(aliceKey, "to myself"), anyLetters); err != nil {
		t.Fatal(err)
	}
	s.end(t)

	s = begin(t, c)
	letters, err := s.Letters(bobKey)
	if err != nil || !slices.Equal(texts(letters), []string{"one", "two", "three"}) {
		t.Fatalf("got %q, %v", texts(letters), err)
	}
	if e := letters[0]; e.Kind != room.Told || e.Who.Name != "alice" || e.Who.Key != aliceKey || e.To.Key != bobKey || e.To.Name != "bob" {
		t.Errorf("got %+v from %+v to %+v", e, e.Who, e.To)
	}
	if err := s.Delivered(bobKey, letters[1]); err != nil {
		t.Fatal(err)
	}
	letters, err = s.Letters(bobKey)
	if err != nil || !slices.Equal(texts(letters), []string{"three"}) {
		t.Errorf("got %q, %v", texts(letters), err)
	}
	if letters, err := s.Letters("SHA256:nobody"); err != nil || len(letters) != 0 {
		t.Errorf("nobody has %d letters, %v", len(letters), err)
	}
}

// So many letters from alice may wait for bob, so many from all, and so much for all people.
// What is beyond that is refused and changes nothing; what waits is counted anew, by sender
// and person, after a restart, and those which were read count no more.
func TestTooManyLetters(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	limits := room.PostLimits{Pair: 3, Box: 5, Part: 1}
	post := func(from, to string, want error) {
		t.Helper()
		e := letterTo(to, "hello")
		e.Who.Key = from
		if err := s.Post(e, limits); !errors.Is(err, want) {
			t.Errorf("from %q to %s: %v, want %v", from, to, err, want)
		}
	}
	for range 3 {
		post(aliceKey, bobKey, nil)
	}
	post(aliceKey, bobKey, room.ErrWaiting)
	post(aliceKey, "SHA256:carol", nil)
	post("", bobKey, nil)
	post("", bobKey, nil)
	post("SHA256:dora", bobKey, room.ErrFull)

	s.kill()
	s = begin(t, c)
	post(aliceKey, bobKey, room.ErrWaiting)
	post("SHA256:dora", bobKey, room.ErrFull)
	letters, err := s.Letters(bobKey)
	if err != nil || len(letters) != 5 {
		t.Fatalf("%d letters wait for bob, %v", len(letters), err)
	}
	if err := s.Delivered(bobKey, letters[1]); err != nil {
		t.Fatal(err)
	}
	post(aliceKey, bobKey, nil)

	info, err := s.engine.js.Stream(bounded(t), letterStream)
	if err != nil {
		t.Fatal(err)
	}
	limits.Part = float64(info.CachedInfo().State.Bytes) / letterBytes
	post(aliceKey, "SHA256:carol", room.ErrNoSpace)
}

// The engine itself takes no more than there is space for, from however many nodes that
// did not know of each other's letters, and keeps what it has.
func TestLettersTakeNoMoreSpace(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Memory: wide})
	stream, err := s.engine.js.Stream(bounded(t), letterStream)
	if err != nil {
		t.Fatal(err)
	}
	small := stream.CachedInfo().Config
	small.MaxBytes = 1000
	if _, err := s.engine.js.UpdateStream(bounded(t), small); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for err = nil; err == nil; kept++ {
		err = s.Post(letterTo(bobKey, "again"), anyLetters)
	}
	if letters, _ := s.Letters(bobKey); !errors.Is(err, room.ErrNoSpace) || len(letters) != kept-1 || len(letters) == 0 {
		t.Errorf("%d letters wait of %d, %v", len(letters), kept-1, err)
	}
}

// What an older version stored waits still, and is read in order with what came since.
func TestLettersOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Memory: wide})
	var old bytes.Buffer
	encodeLine(&old, letter{Time: time.Now().UTC(), From: "alice", FromKey: aliceKey, To: "bob", ToKey: bobKey, Text: "one"})
	if _, err := s.engine.publish(bounded(t), letterSubject(bobKey, ""), "", old.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := s.Post(letterTo(bobKey, "two"), anyLetters); err != nil {
		t.Fatal(err)
	}
	letters, err := s.Letters(bobKey)
	if err != nil || !slices.Equal(texts(letters), []string{"one", "two"}) {
		t.Fatalf("got %q, %v", texts(letters), err)
	}
	if err := s.Delivered(bobKey, letters[1]); err != nil {
		t.Fatal(err)
	}
	if letters, err := s.Letters(bobKey); err != nil || len(letters) != 0 {
		t.Errorf("%q wait still, %v", texts(letters), err)
	}
}

func TestLetterSubjects(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{letterSubject(bobKey, ""), letterSubject(bobKey, aliceKey), letterSubject(bobKey, anonymous)} {
		if err := checkLetterSubject(subject); err != nil {
			t.Errorf("%s: %v", subject, err)
		}
	}
	for _, subject := range []string{"", "pm.", "pm", "pm..", "pm.YQ.", "pm..YQ", "pm.YQ.YQ.YQ", "pm.Y*", "pm.YQ.*", "room.YQ", "room.YQ.YQ"} {
		if checkLetterSubject(subject) == nil {
			t.Errorf("%q is taken for one of a letter", subject)
		}
	}
}

// Alice comes twice, and leaves twice, renamed: she was seen when she left last.
// It is remembered, and she is found by her name of then in any case.
func TestPeopleAreKnown(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	if _, ok := s.Person(aliceKey); ok {
		t.Error("alice is known too early")
	}
	first := s.enter(t, "alice", aliceKey)
	second := s.enter(t, "alice", aliceKey)
	eventually(t, "she is known", func() bool { p, ok := s.Person(aliceKey); return ok && p.Name == "alice" })
	first.Leave(room.Quit)
	if _, err := second.Rename("Äpfel"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "she is renamed", func() bool { p, ok := s.Find(room.NameKey("äPFEL")); return ok && p.Key == aliceKey })
	if p, _ := s.Person(aliceKey); !p.Seen.IsZero() {
		t.Errorf("seen at %v, though she is here", p.Seen)
	}
	before := time.Now()
	second.Leave(room.Quit)
	eventually(t, "she is gone", func() bool { p, _ := s.Person(aliceKey); return !p.Seen.Before(before) })
	was, _ := s.Person(aliceKey)
	s.end(t)

	s = begin(t, c)
	p, ok := s.Find(room.NameKey("äpfel"))
	if !ok || p.Key != aliceKey || p.Name != "Äpfel" || !p.Seen.Equal(was.Seen) {
		t.Errorf("found %+v, %v", p, ok)
	}
	if _, ok := s.Find("alice-2"); ok {
		t.Error("she is found by a name that she never had")
	}
}

// Alice was away for so long that her name is free. Bob calls himself alice, then
// bob: alice is alice again.
func TestLatestUserOfAName(t *testing.T) {
	t.Parallel()
	s := begin(t, Config{Memory: wide})
	s.house.NameAge = time.Nanosecond
	s.enter(t, "alice", aliceKey).Leave(room.Quit)
	found := func(key string) func() bool {
		return func() bool { p, _ := s.Find("alice"); return p.Key == key }
	}
	eventually(t, "alice is alice", found(aliceKey))
	bob := s.enter(t, "alice", bobKey)
	eventually(t, "bob is alice", found(bobKey))
	if _, err := bob.Rename("bob"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "alice is alice again", found(aliceKey))
}

// The process is killed while alice is here and bob is not: for the next one she
// left when something happened last.
func TestKilledWhileIn(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	s.enter(t, "alice", aliceKey)
	bob := s.enter(t, "bob", bobKey)
	bob.Leave(room.Quit)
	eventually(t, "bob is gone", func() bool { p, _ := s.Person(bobKey); return !p.Seen.IsZero() })
	carol := s.enter(t, "carol", "")
	say(t, carol, "the last words")
	eventually(t, "all is stored", func() bool { return s.Status().Kept == 5 && !s.people.isDirty() })
	s.kill()

	s = begin(t, c)
	alice, ok := s.Person(aliceKey)
	if !ok || !alice.Seen.Equal(s.said[0].Time) {
		t.Errorf("alice was seen at %v, the last words were at %v", alice.Seen, s.said[0].Time)
	}
	if bob, _ := s.Person(bobKey); bob.Seen.IsZero() || !bob.Seen.Before(alice.Seen) {
		t.Errorf("bob was seen at %v, alice at %v", bob.Seen, alice.Seen)
	}
}

// kill ends a journal without any of the good manners.
func (s *scene) kill() {
	s.closing.Do(func() {})
	s.abort()
	s.stop()
	s.running.Wait()
	s.engine.close()
}

// More people come than are to be known: those who are away for the longest time
// are dropped, the others stay, and who is here stays.
func TestTooManyPeople(t *testing.T) {
	t.Parallel()
	p := newPeople("node")
	start := time.Now()
	event := func(kind room.Kind, i int) *room.Event {
		return &room.Event{Kind: kind, Time: start.Add(time.Duration(i)), Who: &room.Who{Name: fmt.Sprint("user", i), Key: fmt.Sprint("key", i)}}
	}
	p.noteLocked(event(room.Joined, 0))
	for i := 1; i <= mostPeople; i++ {
		p.noteLocked(event(room.Joined, i))
		p.noteLocked(event(room.Left, i))
		p.limitLocked()
	}
	if len(p.byKey) > mostPeople || len(p.byName) != len(p.byKey) {
		t.Errorf("%d people, %d names", len(p.byKey), len(p.byName))
	}
	if p.byKey["key0"] == nil || p.byKey["key1"] != nil || p.byKey[fmt.Sprint("key", mostPeople)] == nil {
		t.Error("the wrong people were dropped")
	}
	if records := p.takeDirty(); records["key1"] != nil || records["key0"] == nil {
		t.Error("the engine is told something else")
	}
}

// Many keys that came once have nobody forgotten who came on more than one day, however long
// ago, and it is known since when somebody is, where older versions did not note it, too.
func TestPeopleWhoCameOnceGoFirst(t *testing.T) {
	t.Parallel()
	p := newPeople("node")
	start := time.Now()
	event := func(kind room.Kind, key string, after time.Duration) {
		p.noteLocked(&room.Event{Kind: kind, Time: start.Add(after), Who: &room.Who{Name: key, Key: key}})
	}
	p.byKey["old"] = &person{key: "old", Name: "old", Seen: start.Add(-48 * time.Hour)}
	for _, key := range []string{"regular", "old"} {
		event(room.Joined, key, 0)
		event(room.Left, key, 25*time.Hour)
	}
	for i := range mostPeople + 1 {
		event(room.Joined, fmt.Sprint("key", i), 30*time.Hour)
		event(room.Left, fmt.Sprint("key", i), 31*time.Hour)
	}
	p.limitLocked()
	if p.byKey["regular"] == nil || p.byKey["old"] == nil || len(p.byKey) > mostPeople {
		t.Errorf("%d people, and who came again is not among them", len(p.byKey))
	}
	if known, _ := p.byKey["old"].person(); !known.First.Equal(start.Add(-48 * time.Hour)) {
		t.Errorf("known since %v", known.First)
	}
}

// Alice wants to be forgotten. Her lines are gone from the files, her comings and
// goings, the letter that she wrote; what bob said between them stays, and so
// does what she says later. Nothing comes back after a restart.
func TestForget(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	alice, bob := s.enter(t, "alice", aliceKey), s.enter(t, "bob", bobKey)
	for i := range 50 {
		say(t, alice, fmt.Sprintf("regrettable %d", i))
		say(t, bob, fmt.Sprintf("harmless %d", i))
	}
	eventually(t, "they are kept", func() bool { return s.Status().Kept == 102 })
	if err := s.Post(letterTo(bobKey, "regrettable in private"), anyLetters); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Export(aliceKey); err != nil || len(kept) != 52 {
		t.Errorf("exported %d, %v", len(kept), err)
	}
	if _, err := alice.Do([]string{"forget", "me", "yes"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is kept", func() bool { return s.Status().Kept == 103 })
	say(t, alice, "a new leaf")
	eventually(t, "it is kept", func() bool { return s.Status().Kept == 104 })
	kept, err := s.Export(aliceKey)
	if err != nil || !slices.Equal(texts(kept), []string{"a new leaf"}) {
		t.Errorf("exported %q, %v", texts(kept), err)
	}
	if letters, err := s.Letters(bobKey); err != nil || len(letters) != 0 {
		t.Errorf("%d letters wait, %v", len(letters), err)
	}
	s.end(t)
	if n := strings.Count(string(stored(t, c.Dir)), "regrettable"); n != 0 {
		t.Errorf("it is %d times in the files", n)
	}

	s = begin(t, c)
	if len(s.said) != 51 || s.said[0].Text != "harmless 0" || s.said[50].Text != "a new leaf" {
		t.Errorf("got %q", texts(s.said))
	}
}

// The process dies after the talk of alice was erased, and before it was stored that she is
// not known any more: the next one does that. Bob has come again since he was forgotten.
func TestForgottenPersonIsDropped(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := newPeople("node")
	for key, seen := range map[string]time.Time{aliceKey: now.Add(-time.Hour), bobKey: now.Add(time.Minute), "elsewhere": now.Add(-time.Hour)} {
		p.byKey[key] = &person{key: key, Name: key, Seen: seen}
	}
	p.byKey["elsewhere"].Node = "another"
	tombstone := &record{Time: now}
	p.forgetBefore(map[string]*record{aliceKey: tombstone, bobKey: tombstone, "elsewhere": tombstone, "unknown": tombstone})
	if p.byKey[aliceKey] != nil || !p.dirty[aliceKey] || p.byKey[bobKey] == nil || p.byKey["elsewhere"] == nil || len(p.dirty) != 1 {
		t.Errorf("known are %v, to be stored %v", p.byKey, p.dirty)
	}
}

// The process dies after alice's wish was stored and before it was fulfilled:
// the next one does it as it begins.
func TestForgetIsFinished(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Memory: wide}
	s := begin(t, c)
	alice := s.enter(t, "alice", aliceKey)
	say(t, alice, "regrettable")
	say(t, s.enter(t, "bob", bobKey), "harmless")
	eventually(t, "they are kept", func() bool { return s.Status().Kept == 4 })
	tombstone, _ := newRecord(&room.Event{Seq: 9, Time: time.Now(), Kind: room.Forgot, Who: &room.Who{Key: aliceKey}}, s.identity)
	var b batch
	b.add(&tombstone)
	if _, err := s.engine.publish(bounded(t), roomSubject(room.Lobby), b.id, b.data.Bytes()); err != nil {
		t.Fatal(err)
	}
	s.kill()

	s = begin(t, c)
	if got := texts(s.said); !slices.Equal(got, []string{"harmless"}) {
		t.Errorf("got %q", got)
	}
	if _, ok := s.Person(aliceKey); ok {
		t.Error("alice is still known")
	}
	s.end(t)
	if raw := string(stored(t, c.Dir)); strings.Contains(raw, "regrettable") || !strings.Contains(raw, "harmless") {
		t.Error("the files hold what is to be forgotten, or not what is not")
	}
	if s = begin(t, c); s.indexes.of(room.Lobby).events() != 3 {
		t.Errorf("%d events are stored", s.indexes.of(room.Lobby).events())
	}
}

// A letter is stored, but the answer gets lost, or comes too late: whoever wrote it does not
// hear that nothing was sent. Where it was refused they do.
func TestLetterWithoutAnswer(t *testing.T) {
	t.Parallel()
	away := elsewhere(t, t.TempDir(), -1)
	j, err := Open(bounded(t), Config{URL: away.ClientURL(), Memory: wide})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(bounded(t)) }()
	answer(t, j, false)
	if err := j.Post(letterTo(bobKey, "hello"), anyLetters); !errors.Is(err, room.ErrUnsure) {
		t.Errorf("without an answer the error is %v", err)
	}
	answer(t, j, true)
	if letters, err := j.Letters(bobKey); err != nil || !slices.Equal(texts(letters), []string{"hello"}) {
		t.Errorf("got %q, %v", texts(letters), err)
	}
	if err := j.engine.js.DeleteStream(bounded(t), letterStream); err != nil {
		t.Fatal(err)
	}
	if err := j.Post(letterTo(bobKey, "hello"), anyLetters); err == nil || errors.Is(err, room.ErrUnsure) {
		t.Errorf("without a stream the error is %v", err)
	}
}

// answer has the engine acknowledge private messages, or store them and say nothing.
func answer(t *testing.T, j *Journal, does bool) {
	t.Helper()
	s, err := j.engine.js.Stream(bounded(t), letterStream)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.NoAck = !does
	if _, err := j.engine.js.UpdateStream(bounded(t), c); err != nil {
		t.Fatal(err)
	}
}
