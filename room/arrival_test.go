package room

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// A shelf is an archive for tests.
type shelf struct {
	people  map[string]Person
	letters map[string][]*Event
	limits  PostLimits // of the last Post
	err     error
	stored  uint64
	kept    []*Event // of everybody, beside a line of each
}

func (s *shelf) Stored(string) uint64 { return s.stored }

func (s *shelf) Person(key string) (Person, bool) {
	p, ok := s.people[key]
	return p, ok
}

func (s *shelf) Find(nameKey string) (Person, bool) {
	for _, p := range s.people {
		if NameKey(p.Name) == nameKey {
			return p, true
		}
	}
	return Person{}, false
}

func (s *shelf) Post(e *Event, limits PostLimits) error {
	s.limits = limits
	if s.err == nil {
		s.letters[e.To.Key] = append(s.letters[e.To.Key], e)
	}
	return s.err
}

func (s *shelf) Letters(key string) ([]*Event, error) { return s.letters[key], s.err }

func (s *shelf) Delivered(key string, last *Event) error {
	for i, e := range s.letters[key] {
		if e == last {
			s.letters[key] = s.letters[key][i+1:]
		}
	}
	return s.err
}

func (s *shelf) Export(key string) ([]*Event, error) {
	return append([]*Event{{Kind: Said, Who: &Who{Name: "x", Key: key}}}, s.kept...), s.err
}

func newShelf() *shelf {
	return &shelf{people: map[string]Person{}, letters: map[string][]*Event{}, stored: math.MaxUint64}
}

func arrive(t *testing.T, u *User, lines int) Arrival {
	t.Helper()
	a, err := u.Arrive(lines)
	if err != nil {
		t.Error(err)
	}
	return a
}

// Who comes for the first time is shown the last lines, and then reads what is
// said from its coming on: nothing is lost or comes twice, whenever it looks.
func TestNewcomer(t *testing.T) {
	h := remembering(64, Memory{Lines: 20})
	h.Archive = newShelf()
	alice := enter(t, h, Visitor{Name: "alice"})
	for i := range 5 {
		alice.Line(fmt.Sprint(i), 0)
	}
	bob := enter(t, h, Visitor{Name: "bob", Key: "B"})
	alice.Line("5", 0)
	a := arrive(t, bob, 3)
	if got := words(a.Past); got != "alice: 2; alice: 3; alice: 4" || a.Unread != 0 || a.Earlier != 0 || !a.Left.IsZero() {
		t.Errorf("bob is shown %s, %+v", got, a)
	}
	expect(t, bob, "+bob; alice: 5")
}

// Who was here before sees what was said since, however much more than fits that
// is. Who is here already, in another window, has missed nothing.
func TestReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := remembering(64, Memory{Lines: 20})
		s := newShelf()
		h.Archive = s
		alice := enter(t, h, Visitor{Name: "alice"})
		for i := range 10 {
			alice.Line(fmt.Sprint(i), 0)
			time.Sleep(time.Minute)
		}
		for _, test := range []struct {
			ago             time.Duration
			lines           int
			past            string
			unread, earlier int
		}{
			{150 * time.Second, 4, "alice: 6; alice: 7; alice: 8; alice: 9", 2, 0},
			{time.Second, 2, "alice: 8; alice: 9", 0, 0},
			{time.Hour, 3, "alice: 7; alice: 8; alice: 9", 3, 7},
		} {
			left := time.Now().Add(-test.ago)
			s.people["B"] = Person{Key: "B", Name: "bob", Seen: left}
			bob := enter(t, h, Visitor{Name: "bob", Key: "B", Terminal: true})
			a := arrive(t, bob, test.lines)
			if got := words(a.Past); got != test.past || a.Unread != test.unread || a.Earlier != test.earlier || !a.Left.Equal(left) {
				t.Errorf("away for %v: bob is shown %s, %+v", test.ago, got, a)
			}
			again := enter(t, h, Visitor{Name: "bob", Key: "B", Terminal: true})
			if a := arrive(t, again, test.lines); a.Unread != 0 || a.Earlier != 0 || !a.Left.Equal(bob.Since) {
				t.Errorf("in another window: %+v", a)
			}
			again.Leave(Quit)
			bob.Leave(Quit)
		}
	})
}

// Whose name belongs to a key when a letter is read is seen, as in a message that did
// not have to wait.
func TestLettersKeepTheMark(t *testing.T) {
	h := NewHouse()
	s := newShelf()
	h.Archive = s
	enter(t, h, at("alice", "A"))
	for _, from := range []*Who{{Name: "alice", Key: "A"}, {Name: "alice", Key: "M"}, {Name: "alice"}, {Name: "mallory", Key: "A"}} {
		s.letters["B"] = append(s.letters["B"], &Event{Kind: Told, Who: from, To: &Who{Name: "bob", Key: "B"}, Text: "hi"})
	}
	for i, e := range arrive(t, enter(t, h, at("bob", "B")), 5).Letters {
		if e.Who.Verified != (i == 0) {
			t.Errorf("letter %d is from %+v", i, e.Who)
		}
	}
}

// Words for one who is away wait; the sender is told so, or why not. They wait
// no more once they were read.
func TestLetters(t *testing.T) {
	h := NewHouse()
	s := newShelf()
	s.people["B"] = Person{Key: "B", Name: "Bob"}
	h.Archive = s
	alice := enter(t, h, Visitor{Name: "alice"})
	read(t, alice)
	tell := func(line, want string) {
		t.Helper()
		alice.Line(line, anyForm)
		events := alice.Take(make([]*Event, 0, 9))
		if got := events[0]; fmt.Sprintf(string(got.Phrase), got.Args...) != want {
			t.Errorf("%s: %s, want %s", line, describe(got), want)
		}
	}
	tell("to|bob|one", "Bob is away: your message waits to be read.")
	tell("/msg BOB two words", "Bob is away: your message waits to be read.")
	tell("to|carol|hi", "There is nobody named carol here.")
	tell("to|bob|", "There is no text in that message.")
	s.err = ErrFull
	tell("to|bob|three", "Bob is away, and too many messages are waiting already. Nothing was sent; try again later.")
	s.err = ErrWaiting
	tell("to|bob|three", "Bob is away, and 3 messages from people without a key are waiting, as many as may. Nothing was sent. With a key you could leave one: ssh-keygen makes it.")
	s.err = ErrNoSpace
	tell("to|bob|three", "Bob is away, and this server has no space for more waiting messages. Nothing was sent; try again later.")
	s.err = fmt.Errorf("no answer: %w", ErrUnsure)
	tell("to|bob|three", "Bob is away, and the store did not answer whether it keeps your message: it may or may not arrive.")
	s.err = errors.New("no disk")
	tell("to|bob|three", "Bob is away, and your message cannot be kept at the moment. Nothing was sent; try again later.")

	bob := enter(t, h, Visitor{Name: "bob", Key: "B"})
	if _, err := bob.Arrive(5); err == nil {
		t.Error("bob does not learn that letters cannot be read")
	}
	s.err = nil
	a := arrive(t, bob, 5)
	if got := words(a.Letters); got != "alice>Bob: one; alice>Bob: two words" {
		t.Errorf("bob gets %s", got)
	}
	if err := bob.Delivered(a); err != nil || len(s.letters["B"]) != 0 {
		t.Errorf("%d letters wait, %v", len(s.letters["B"]), err)
	}
	thief := enter(t, h, Visitor{Name: "Bob", Key: "C"})
	if a := arrive(t, thief, 5); len(a.Letters) != 0 {
		t.Errorf("another key gets %s", words(a.Letters))
	}
}
