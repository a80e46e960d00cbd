package room

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/testkit"
)

// A street is two houses with the same rooms and one book, between which news goes
// when the test says so.
type street struct {
	t      *testing.T
	houses [2]*side
	book   []Row       // as it was written, by both
	from   map[int]int // which of them wrote a row
	silent bool        // no news gets through
}

// A side is one of the houses, with what it knows of the other one.
type side struct {
	*House
	street  *street
	n       int
	relay   *Relay
	other   *Neighbour
	read    int      // how much of the book it has read
	pending []Row    // rows that it has written and the book does not have yet
	notices []func() // for the other one
}

func newStreet(t *testing.T) *street {
	s := &street{t: t, from: map[int]int{}}
	for i := range s.houses {
		one := &side{House: NewHouse(), street: s, n: i}
		one.Book = one
		one.Archive = newShelf()
		one.Memory = Memory{Lines: 1000}
		one.relay = one.Relay(fmt.Sprint("house", i))
		s.houses[i] = one
	}
	for i, one := range s.houses {
		one.other = one.Neighbour(fmt.Sprint("house", 1-i), one)
	}
	return s
}

func (s *side) Write(r Row) uint64 {
	s.pending = append(s.pending, r)
	return 0 // nobody waits here
}

func (s *side) Settle(_, _ uint64) error { return nil }

func (s *side) there() *side { return s.street.houses[1-s.n] }

func (s *side) Hand(id uint64, e *Event) error {
	if s.street.silent {
		return ErrNotReached
	}
	return s.there().relay.Deliver(id, copyOf(e))
}

func (s *side) SendAway(id uint64, reason Reason, farewell Phrase, args []any) error {
	if s.street.silent {
		return ErrNotReached
	}
	return s.there().relay.SendAway(id, reason, farewell, args...)
}

func (s *side) Post(id uint64, e *Event) {
	s.notices = append(s.notices, func() { _ = s.there().relay.Deliver(id, copyOf(e)) })
}

// copyOf returns an event as it arrives at another machine.
func copyOf(e *Event) *Event {
	who := Who{}
	if e.Who != nil {
		who = *e.Who
	}
	return &Event{Seq: e.Seq, Time: e.Time, Kind: e.Kind, Who: &who, Text: e.Text, Phrase: e.Phrase, Args: e.Args}
}

// tell has one house tell the other what is new, of one kind of thing.
func (s *side) tell(what int) {
	there := s.there()
	if s.street.silent {
		return
	}
	switch what {
	case 0: // who is there, and what is said
		changed := s.relay.Changed()
		gone := slices.DeleteFunc(slices.Clone(changed), func(c Session) bool { return c.Left == "" })
		there.other.Meet(slices.DeleteFunc(changed, func(c Session) bool { return c.Left != "" }))
		for buf := make([]*Event, 0, 64); ; {
			where, events := s.relay.Take(buf)
			for _, e := range events {
				if e.From == "" && (e.Kind == Said || e.Kind == Announced || e.Kind == Forgot) {
					there.other.Hear(where, copyOf(e))
				}
			}
			if len(events) == 0 {
				break
			}
		}
		there.other.Meet(gone)
	case 1: // its rows get into the book
		for _, r := range s.pending {
			s.street.from[len(s.street.book)] = s.n
			s.street.book = append(s.street.book, r)
		}
		s.pending = nil
	case 2: // it reads the book
		for ; s.read < len(s.street.book); s.read++ {
			r := s.street.book[s.read]
			if s.street.from[s.read] == s.n {
				continue
			}
			newer := func() bool {
				for i := s.read; i < len(s.street.book); i++ {
					if later := s.street.book[i]; s.street.from[i] == s.n && later.Table == r.Table && later.Key == r.Key {
						return true
					}
				}
				return slices.ContainsFunc(s.pending, func(p Row) bool { return p.Table == r.Table && p.Key == r.Key })
			}
			if _, err := s.Learn(r, newer); err != nil {
				s.street.t.Error(err)
			}
		}
	case 3:
		notices := s.notices
		s.notices = nil
		for _, do := range notices {
			do()
		}
	}
}

// settle has all news go both ways until there is none.
func (s *street) settle() {
	for range 10 {
		for what := range 4 {
			for _, one := range s.houses {
				one.tell(what)
			}
		}
	}
}

// part has each house lose the other one, meet has them come together again.
func (s *street) part() {
	s.silent = true
	for _, one := range s.houses {
		one.other.Lose()
	}
}

func (s *street) meet() {
	s.silent = false
	for _, one := range s.houses {
		one.there().other.MeetAll(one.relay.All())
	}
}

// online returns who is there, as a house knows: the names, and whose they are.
func (s *side) whoIsThere() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, p := range s.online {
		who := p.who.Load()
		line := fmt.Sprintf("%s=%s", who.Name, who.sign())
		for _, name := range []string{"ink", "tea"} { // of who is in both houses each knows its part
			if r := s.rooms[name]; r != nil && r.members[p] && !(p.isOurs() && p.isTheirs()) {
				line += " #" + name
			}
		}
		if p.absent.Load() != nil && !(p.isOurs() && p.isTheirs()) {
			line += " away"
		}
		all = append(all, line)
	}
	for look, c := range s.claims {
		all = append(all, fmt.Sprintf("%s is %s's", look, c.Person))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func (s *side) come(name, key string) *User {
	s.street.t.Helper()
	u, err := s.Enter(Visitor{Name: name, Key: key, Door: "ssh", Terminal: true, TakesOver: TakeOverAlways, Remote: netip.MustParseAddr("192.0.2.1")})
	if err != nil {
		s.street.t.Fatal(err)
	}
	return u
}

// Whatever people do in two houses, and however late each of them hears of the other
// one: once all news has come, both have the same people under the same names, and
// nobody's name is a second one's.
func TestHousesAgree(t *testing.T) {
	for seed := range testkit.Amount(uint64(300), 50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := newStreet(t)
			names := []string{"ada", "Ada", "аda", "bob", "b0b", "mia"}
			keys := []string{"", "", "K1", "K2", "K3"}
			var here []*User
			for range 60 {
				time.Sleep(time.Duration(1+random.IntN(1000)) * time.Millisecond)
				one := s.houses[random.IntN(2)]
				switch random.IntN(12) {
				case 0, 1:
					here = append(here, one.come(names[random.IntN(len(names))], keys[random.IntN(len(keys))]))
				case 2:
					if len(here) > 0 {
						_, _ = here[random.IntN(len(here))].Rename(names[random.IntN(len(names))])
					}
				case 3:
					if n := len(here); n > 0 {
						i := random.IntN(n)
						here[i].Leave(Quit)
						here = slices.Delete(here, i, i+1)
					}
				case 4:
					if s.silent {
						s.meet()
					} else if random.IntN(4) == 0 {
						s.part()
					}
				case 5:
					if n := len(here); n > 0 {
						here[random.IntN(n)].Line([]string{"/join tea", "/join ink", "/part", "/away", "/back"}[random.IntN(5)], Slashed)
					}
				default:
					one.tell(random.IntN(4))
				}
			}
			if s.silent {
				s.meet()
			}
			s.settle()
			if a, b := s.houses[0].whoIsThere(), s.houses[1].whoIsThere(); a != b {
				t.Fatalf("seed %d: one house has\n%s\nthe other\n%s", seed, a, b)
			}
			for _, one := range s.houses {
				one.mu.Lock()
				for _, p := range one.online {
					if p.wished != "" {
						t.Errorf("seed %d: %s is called %s at home", seed, p.who.Load().Name, p.wished)
					}
				}
				one.mu.Unlock()
			}
		})
		if t.Failed() {
			return
		}
	}
}

// One house asks for all who are there. Those who come and go while it is answered are
// told to the others as well, who did not ask.
func TestAllIsNoNews(t *testing.T) {
	h := NewHouse()
	relay := h.Relay("here")
	enter := func(name string) *User {
		u, err := h.Enter(Visitor{Name: name, Door: "ssh"})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	told := func() (told []string) {
		for _, s := range relay.Changed() {
			told = append(told, strings.TrimSpace(s.Who.Name+" "+string(s.Left)))
		}
		slices.Sort(told)
		return told
	}
	ada := enter("ada")
	if got := told(); !slices.Equal(got, []string{"ada"}) {
		t.Errorf("the others are told of %q", got)
	}
	ada.Leave(Quit)
	bob := enter("bob")
	relay.All() // for the one who asks
	if got := told(); !slices.Equal(got, []string{"ada quit", "bob"}) {
		t.Errorf("the others are told of %q", got)
	}
	relay.All()
	bob.Leave(Quit)
	if got := told(); !slices.Equal(got, []string{"bob quit"}) || len(relay.sessions) > 0 {
		t.Errorf("the others are told of %q", got)
	}
}

// A house does not keep neighbours that are gone for good.
func TestForgottenNeighbour(t *testing.T) {
	h := NewHouse()
	one, two := h.Neighbour("one", noHome{}), h.Neighbour("two", noHome{})
	one.Forget()
	if len(h.neighbours) != 1 || h.neighbours[0] != two {
		t.Errorf("it has %d", len(h.neighbours))
	}
}

// Nobody is idle for less than nothing, however far ahead the clock is where somebody came in.
func TestIdleByAClockThatIsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHouse()
		me := enter(t, h, at("me", "M"))
		read(t, me)
		h.Neighbour("one", noHome{}).Meet([]Session{{
			ID: 7, Who: Who{ID: 7, Name: "ada", Key: "A"}, Door: "ssh", Client: "SSH-2.0-x", Terminal: true,
			Since: time.Now().Add(mostAhead), Named: time.Now(),
		}})
		if got := does(t, me, "/whois ada"); !strings.Contains(got, "idle for 0s") {
			t.Errorf("it is shown as %q", got)
		}
	})
}
