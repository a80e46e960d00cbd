package room

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTogether has people do what they do in TestModel all at once. Nobody can say what
// each of them reads then, but some things hold: see the checks of together. It plays for
// as long as TestModel.
func TestTogether(t *testing.T) {
	seed, until := rand.Uint64(), time.Now().Add(modelTime(t))
	plays := 0
	for ; plays == 0 || time.Now().Before(until) && !t.Failed(); plays++ {
		synctest.Test(t, func(t *testing.T) {
			h := remembering(ringSize, Memory{Lines: 100})
			h.Operator = func(key string) bool { return key == "O" }
			w := &together{T: t, h: h, order: map[string][]*Event{}, told: map[string]string{}, heard: map[string]bool{}}
			w.play(seed)
		})
		seed++
	}
	t.Logf("%d plays", plays)
}

type together struct {
	*testing.T
	h *House

	mu       sync.Mutex
	sessions []*listening
	order    map[string][]*Event // of what happened, by room
	told     map[string]string   // for whom each private message was that the house took
	heard    map[string]bool     // those that somebody has read
}

// listening is a session and its writer.
type listening struct {
	*User
	views   []view
	letters map[*Event]bool
	done    chan struct{}
}

// A view is what a session reads while it looks at a room.
type view struct {
	room  string
	reads []*Event
}

const (
	crowd  = 8
	rounds = 15
)

func (w *together) play(seed uint64) {
	all := w.h.Follow()
	here := make([]*listening, crowd)
	for round := range uint64(rounds) {
		var acting sync.WaitGroup
		for i := range here {
			random := rand.New(rand.NewPCG(seed, round<<8|uint64(i)))
			acting.Go(func() {
				for range 4 {
					here[i] = w.act(here[i], i, random)
				}
			})
		}
		acting.Wait()
		time.Sleep(time.Second) // on the bubble's clock: by then all have been woken
		synctest.Wait()
		w.check()
		for room, events := all.Take(make([]*Event, 0, 64)); len(events) > 0; room, events = all.Take(events[:0]) {
			w.order[room] = append(w.order[room], events...)
		}
	}
	w.h.Close()
	for _, l := range w.sessions {
		<-l.done
		w.checkReads(l)
	}
	w.checkTerminals()
	for text, key := range w.told {
		if !w.heard[text] {
			w.Errorf("nobody has read %q, which %s was told", text, key)
		}
	}
	empty(w, w.h)
}

// act has somebody do something, and returns the session that it has then.
func (w *together) act(l *listening, i int, random *rand.Rand) *listening {
	if l == nil || l.Reason() != "" {
		return w.enter(i, random)
	}
	rooms, names := []string{"tea", "ink", Lobby}, []string{"ada", "аda", "bob", "b0b", "mia"}
	to := fmt.Sprint("p", random.IntN(crowd))
	switch random.IntN(14) {
	case 0:
		l.Leave(Quit)
		return nil
	case 1:
		return w.enter(i, random)
	case 2:
		l.Line("/nick "+names[random.IntN(len(names))], Slashed)
	case 3, 4:
		l.Line("/join "+rooms[random.IntN(len(rooms))], Slashed)
	case 5:
		l.Line("/part", Slashed)
	case 6:
		l.Line([]string{"/ban ", "/mute ", "/kick ", "/unban ", "/unmute "}[random.IntN(5)]+to, Slashed)
	case 7, 8, 9:
		w.tell(l, to, fmt.Sprint(random.Uint64()))
	case 10:
		if u, _, err := w.h.Visit(Visitor{Name: "x", Key: l.Key, Room: rooms[random.IntN(2)]}); err == nil {
			_, _ = u.Do([]string{"say", "a command"})
			u.Leave(Quit)
		}
	default:
		l.Line("hello", 0)
	}
	return l
}

// enter has the one of a number come in, by one of the few keys that there are.
func (w *together) enter(i int, random *rand.Rand) *listening {
	v := Visitor{Name: fmt.Sprint("p", i), Key: string("ABCO"[i%4]), Terminal: random.IntN(3) > 0}
	u, err := w.h.Enter(v)
	if err != nil {
		return nil
	}
	l := &listening{User: u, views: []view{{room: u.here().name}}, letters: map[*Event]bool{}, done: make(chan struct{})}
	w.mu.Lock()
	w.sessions = append(w.sessions, l)
	w.mu.Unlock()
	arrival, _ := u.Arrive(3)
	for _, e := range arrival.Letters {
		w.reads(l, e)
	}
	go func() {
		defer close(l.done)
		for buf := make([]*Event, 0, 5); u.Wait() == nil; {
			for _, e := range u.Take(buf) {
				w.reads(l, e)
			}
		}
	}()
	return l
}

func (w *together) tell(l *listening, name, text string) {
	e, err := l.Tell(name, text)
	if err != nil || e.To.Key == l.Key { // what one tells oneself is the answer
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[text] = e.To.Key
}

// reads checks what somebody reads, by itself.
func (w *together) reads(l *listening, e *Event) {
	switch {
	case e.Seq > 0:
		now := &l.views[len(l.views)-1]
		now.reads = append(now.reads, e)
		if e.Kind == Left && e.Who.ID == l.Who().ID && now.room == Lobby {
			w.Errorf("%s reads that it left itself", l.Who().Name)
		}
	case e.Kind == Entered:
		l.views = append(l.views, view{room: e.Room})
	case e.Kind == Missed:
		w.Errorf("somebody fell off the ring")
	case e.Kind == Told && e.To.Key == l.Key:
		if l.letters[e] {
			w.Errorf("%s reads %q twice", l.Who().Name, e.Text)
		}
		l.letters[e] = true
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heard[e.Text] = true
	case e.Kind == Told && e.Who.Key != l.Key:
		w.Errorf("%s reads what %s tells %s", l.Key, e.Who.Key, e.To.Key)
	}
}

// checkReads checks that what a session reads while it looks at a room is a part of what
// happens there, in that order and without a gap, and begins after what it read before.
func (w *together) checkReads(l *listening) {
	last := map[string]uint64{}
	for _, v := range l.views {
		room := strings.ToLower(v.room)
		for i, e := range v.reads {
			order := w.order[room]
			at, _ := slices.BinarySearchFunc(order, e.Seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
			if at == len(order) || order[at] != e {
				w.Errorf("in %s %s reads %d, %s, which did not happen", room, l.Key, e.Seq, describe(e))
			}
			if e.Seq <= last[room] || i > 0 && e.Seq != last[room]+1 {
				w.Errorf("in %s %s reads %d after %d", room, l.Key, e.Seq, last[room])
			}
			last[room] = e.Seq
		}
	}
}

// checkTerminals checks that a person reads nothing twice at terminals: where one takes
// over from another it goes on after that.
func (w *together) checkTerminals() {
	type reading struct {
		key string
		e   *Event
	}
	seen := map[reading]bool{}
	for _, l := range w.sessions {
		for _, v := range l.views {
			for _, e := range v.reads {
				if l.visitor.Terminal && seen[reading{l.Key, e}] {
					w.Errorf("%s reads %s at two terminals", l.Key, describe(e))
				}
				seen[reading{l.Key, e}] = seen[reading{l.Key, e}] || l.visitor.Terminal
			}
		}
	}
}

// check checks what must hold while nobody does anything.
func (w *together) check() {
	h := w.h
	h.mu.Lock()
	defer h.mu.Unlock()
	looks := map[string]*presence{}
	for _, p := range h.online {
		for _, look := range p.identity.looks {
			if other := looks[look]; other != nil && other != p {
				w.Errorf("%s and %s are here", p.who.Load().Name, other.who.Load().Name)
			}
			looks[look] = p
		}
		if len(p.sessions) == 0 || p.terminal != nil && !slices.Contains(p.sessions, p.terminal) {
			w.Errorf("%s has %d sessions", p.who.Load().Name, len(p.sessions))
		}
		for _, r := range p.rooms {
			if !r.members[p] || h.rooms[r.identity.key] != r {
				w.Errorf("%s is in #%s, and #%s does not know", p.who.Load().Name, r.name, r.name)
			}
		}
	}
	for _, r := range h.rooms {
		for p := range r.members {
			if !slices.Contains(p.rooms, r) || h.online[p.identity.key] != p {
				w.Errorf("#%s has %s, who is not there", r.name, p.who.Load().Name)
			}
		}
	}
	for u := range h.users {
		if h.banLocked(&u.visitor, u.Key) != nil {
			w.Errorf("%s is here, and banned", u.Who().Name)
		}
		if h.people[u.Key] != u.presence || !slices.Contains(u.presence.sessions, u) {
			w.Errorf("a session of %s is nobody's", u.Who().Name)
		}
		if u.hasNews() {
			w.Errorf("%s sleeps, and has something to read", u.Who().Name)
		}
	}
}
