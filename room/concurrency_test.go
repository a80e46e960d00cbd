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

// TestConcurrentUse has people do what they do in TestModel all at once. Nobody can say what
// each of them reads then, but some things hold: see the checks of together. It plays for
// as long as TestModel.
func TestConcurrentUse(t *testing.T) {
	seed, until := rand.Uint64(), time.Now().Add(modelTime(t))
	plays := 0
	for ; plays == 0 || time.Now().Before(until) && !t.Failed(); plays++ {
		synctest.Test(t, func(t *testing.T) {
			h := remembering(lobbyRingSize, HistoryLimits{Lines: 100})
			h.IsOperatorKey = func(key string) bool { return key == "O" }
			w := &concurrencyTest{T: t, h: h, order: map[string][]*Event{}, told: map[string]string{}, heard: map[string]bool{}}
			w.play(seed)
		})
		seed++
	}
	t.Logf("%d plays", plays)
}

type concurrencyTest struct {
	*testing.T
	h *Hub

	mu       sync.Mutex
	sessions []*concurrentSession
	order    map[string][]*Event // of what happened, by room
	told     map[string]string   // the recipient of each private message that the hub accepted
	heard    map[string]bool     // those that somebody has read
}

// concurrentSession is a session and its writer.
type concurrentSession struct {
	*Session
	views   []roomView
	letters map[*Event]bool
	done    chan struct{}
}

// A roomView is what a session reads while it looks at a room.
type roomView struct {
	room  string
	reads []*Event
}

const (
	crowd  = 8
	rounds = 15
)

func (w *concurrencyTest) play(seed uint64) {
	all := w.h.Subscribe()
	here := make([]*concurrentSession, crowd)
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
		for room, events, _ := all.Take(make([]*Event, 0, 64)); len(events) > 0; room, events, _ = all.Take(events[:0]) {
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
func (w *concurrencyTest) act(l *concurrentSession, i int, random *rand.Rand) *concurrentSession {
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
		l.HandleLine("/nick "+names[random.IntN(len(names))], SlashSyntax)
	case 3, 4:
		l.HandleLine("/join "+rooms[random.IntN(len(rooms))], SlashSyntax)
	case 5:
		l.HandleLine("/part", SlashSyntax)
	case 6:
		l.HandleLine([]string{"/ban ", "/mute ", "/kick ", "/unban ", "/unmute "}[random.IntN(5)]+to, SlashSyntax)
	case 7, 8, 9:
		w.tell(l, to, fmt.Sprint(random.Uint64()))
	case 10:
		if s, _, err := w.h.Exec(ClientInfo{RequestedName: "x", Fingerprint: l.Person, Room: rooms[random.IntN(2)]}); err == nil {
			_, _ = s.RunCommand([]string{"say", "a command"})
			s.Leave(Quit)
		}
	default:
		l.HandleLine("hello", 0)
	}
	return l
}

// enter has the one of a number come in, by one of the few keys that there are.
func (w *concurrencyTest) enter(i int, random *rand.Rand) *concurrentSession {
	ci := ClientInfo{RequestedName: fmt.Sprint("p", i), Fingerprint: string("ABCO"[i%4]), Terminal: random.IntN(3) > 0}
	s, err := w.h.Enter(ci)
	if err != nil {
		return nil
	}
	l := &concurrentSession{Session: s, views: []roomView{{room: s.room().name}}, letters: map[*Event]bool{}, done: make(chan struct{})}
	w.mu.Lock()
	w.sessions = append(w.sessions, l)
	w.mu.Unlock()
	arrival, _ := s.Welcome(3)
	for _, e := range arrival.DirectMessages {
		w.reads(l, e)
	}
	go func() {
		defer close(l.done)
		for buf := make([]Item, 0, 5); s.Wait() == nil; {
			for _, e := range s.Take(buf) {
				w.reads(l, e)
			}
		}
	}()
	return l
}

func (w *concurrencyTest) tell(l *concurrentSession, name, text string) {
	e, err := l.SendDirect(name, text)
	if err != nil || eventOf(e).To.Person == l.Person { // what one tells oneself is the answer
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[text] = eventOf(e).To.Person
}

// reads checks what somebody reads, by itself.
func (w *concurrencyTest) reads(l *concurrentSession, item Item) {
	switch r := item.(type) {
	case *RoomEntered:
		l.views = append(l.views, roomView{room: r.Room})
	case *LinesDropped:
		w.Errorf("somebody fell off the ring")
	}
	e := eventOf(item)
	switch {
	case e.Seq > 0:
		now := &l.views[len(l.views)-1]
		now.reads = append(now.reads, e)
		if e.Kind == Left && e.User.SessionID == l.User().SessionID && now.room == Lobby {
			w.Errorf("%s reads that it left itself", l.User().Name)
		}
	case e.Kind == DirectMessage && e.To.Person == l.Person:
		if l.letters[e] {
			w.Errorf("%s reads %q twice", l.User().Name, e.Text)
		}
		l.letters[e] = true
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heard[e.Text] = true
	case e.Kind == DirectMessage && e.User.Person != l.Person:
		w.Errorf("%s reads what %s tells %s", l.Person, e.User.Person, e.To.Person)
	}
}

// checkReads checks that what a session reads while it looks at a room is a part of what
// happens there, in that order and without a gap, and begins after what it read before.
func (w *concurrencyTest) checkReads(l *concurrentSession) {
	last := map[string]uint64{}
	for _, v := range l.views {
		room := strings.ToLower(v.room)
		for i, e := range v.reads {
			order := w.order[room]
			at, _ := slices.BinarySearchFunc(order, e.Seq, func(e *Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
			if at == len(order) || order[at] != e {
				w.Errorf("in %s %s reads %d, %s, which did not happen", room, l.Person, e.Seq, describe(e))
			}
			if e.Seq <= last[room] || i > 0 && e.Seq != last[room]+1 {
				w.Errorf("in %s %s reads %d after %d", room, l.Person, e.Seq, last[room])
			}
			last[room] = e.Seq
		}
	}
}

// checkTerminals checks that a person reads nothing twice at terminals: where one takes
// over from another it goes on after that.
func (w *concurrencyTest) checkTerminals() {
	type reading struct {
		key string
		e   *Event
	}
	seen := map[reading]bool{}
	for _, l := range w.sessions {
		for _, v := range l.views {
			for _, e := range v.reads {
				if l.client.Terminal && seen[reading{l.Person, e}] {
					w.Errorf("%s reads %s at two terminals", l.Person, describe(e))
				}
				seen[reading{l.Person, e}] = seen[reading{l.Person, e}] || l.client.Terminal
			}
		}
	}
}

// check checks what must hold while nobody does anything.
func (w *concurrencyTest) check() {
	h := w.h
	h.mu.Lock()
	defer h.mu.Unlock()
	looks := map[string]*user{}
	for _, u := range h.online.byName {
		for _, look := range u.identity.Skeletons {
			if other := looks[look]; other != nil && other != u {
				w.Errorf("%s and %s are here", u.info.Load().Name, other.info.Load().Name)
			}
			looks[look] = u
		}
		if len(u.sessions) == 0 || u.terminal != nil && !slices.Contains(u.sessions, u.terminal) {
			w.Errorf("%s has %d sessions", u.info.Load().Name, len(u.sessions))
		}
		for _, r := range u.rooms {
			if !r.members[u] || h.rooms[r.identity.Key] != r {
				w.Errorf("%s is in #%s, and #%s does not know", u.info.Load().Name, r.name, r.name)
			}
		}
	}
	for _, r := range h.rooms {
		for u := range r.members {
			if !slices.Contains(u.rooms, r) || h.online.byName[u.identity.Key] != u {
				w.Errorf("#%s has %s, who is not there", r.name, u.info.Load().Name)
			}
		}
	}
	for s := range h.sessions {
		if h.moderation.BanOn(s.Person, countedAddrs(s.client.Remote)...) != nil {
			w.Errorf("%s is here, and banned", s.User().Name)
		}
		if h.online.byPerson[s.Person] != s.user || !slices.Contains(s.user.sessions, s) {
			w.Errorf("a session of %s is nobody's", s.User().Name)
		}
		if s.hasPending() {
			w.Errorf("%s sleeps, and has something to read", s.User().Name)
		}
	}
}
