package room_test

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

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/private"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// TestConcurrentUse does what TestModel does, but all at once. What each user reads can't be
// predicted then, but some things must hold: see the checks of together. It runs for as long as
// TestModel.
func TestConcurrentUse(t *testing.T) {
	seed, until := rand.Uint64(), time.Now().Add(modelTime(t))
	plays := 0
	for ; plays == 0 || time.Now().Before(until) && !t.Failed(); plays++ {
		synctest.Test(t, func(t *testing.T) {
			h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 100}, IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" }})
			w := &concurrencyTest{T: t, h: h, order: map[string][]*room.Event{}, told: map[string]string{}, heard: map[string]bool{}}
			w.play(seed)
		})
		seed++
	}
	t.Logf("%d plays", plays)
}

type concurrencyTest struct {
	*testing.T
	h *room.Hub

	mu       sync.Mutex
	sessions []*concurrentSession
	order    map[string][]*room.Event // of what happened, by room
	told     map[string]string        // the recipient of each accepted private message
	heard    map[string]bool          // those that were read
}

// concurrentSession is a session and its writer.
type concurrentSession struct {
	*command.Runner
	views   []roomView
	private map[*room.Event]bool
	done    chan struct{}
}

// A roomView is what a session reads while a room is its current one.
type roomView struct {
	room  string
	reads []*room.Event
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
		for room, events, _ := all.Take(make([]*room.Event, 0, 64)); len(events) > 0; room, events, _ = all.Take(events[:0]) {
			w.order[string(room)] = append(w.order[string(room)], events...)
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
			w.Errorf("nobody read %q, which was sent to %s", text, key)
		}
	}
	empty(w, w.h)
}

// act performs one random act, and returns the actor's session afterwards.
func (w *concurrencyTest) act(l *concurrentSession, i int, random *rand.Rand) *concurrentSession {
	if l == nil || l.Reason() != "" {
		return w.enter(i, random)
	}
	rooms, names := []string{"tea", "ink", string(room.Lobby)}, []string{"ada", "аda", "bob", "b0b", "mia"}
	to := fmt.Sprint("p", random.IntN(crowd))
	switch random.IntN(14) {
	case 0:
		l.Leave(room.Quit)
		return nil
	case 1:
		return w.enter(i, random)
	case 2:
		l.HandleLine("/nick "+names[random.IntN(len(names))], command.SlashSyntax)
	case 3, 4:
		l.HandleLine("/join "+rooms[random.IntN(len(rooms))], command.SlashSyntax)
	case 5:
		l.HandleLine("/part", command.SlashSyntax)
	case 6:
		l.HandleLine([]string{"/ban ", "/mute ", "/kick ", "/unban ", "/unmute "}[random.IntN(5)]+to, command.SlashSyntax)
	case 7, 8, 9:
		w.tell(l, to, fmt.Sprint(random.Uint64()))
	case 10:
		if s, _, err := roomtest.ExecHub(w.h, room.ClientInfo{RequestedName: "x", Fingerprint: ids.Fingerprint(l.Person), Room: rooms[random.IntN(2)]}); err == nil {
			_, _ = s.RunCommand([]string{"say", "a command"})
			s.Leave(room.Quit)
		}
	default:
		l.HandleLine("hello", 0)
	}
	return l
}

// enter enters the user of a number, with one of a few keys.
func (w *concurrencyTest) enter(i int, random *rand.Rand) *concurrentSession {
	ci := room.ClientInfo{RequestedName: fmt.Sprint("p", i), Fingerprint: ids.Fingerprint(string("ABCO"[i%4])), Terminal: random.IntN(3) > 0}
	s, err := roomtest.EnterHub(w.h, ci)
	if err != nil {
		return nil
	}
	l := &concurrentSession{Runner: s, views: []roomView{{room: s.Room().Name}}, private: map[*room.Event]bool{}, done: make(chan struct{})}
	w.mu.Lock()
	w.sessions = append(w.sessions, l)
	w.mu.Unlock()
	arrival, _ := welcome.For(s.Session, 3)
	for _, e := range arrival.PrivateMessages {
		w.reads(l, e)
	}
	go func() {
		defer close(l.done)
		for buf := make([]room.Item, 0, 5); s.Wait() == nil; {
			for _, e := range s.Take(buf) {
				w.reads(l, e)
			}
		}
	}()
	return l
}

func (w *concurrencyTest) tell(l *concurrentSession, name, text string) {
	e, err := private.Send(l.Session, name, text)
	if err != nil || roomtest.EventOf(e).To.Person == l.Person { // a message to oneself is answered instead
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[text] = string(roomtest.EventOf(e).To.Person)
}

// reads checks what one session reads, without looking at the others.
func (w *concurrencyTest) reads(l *concurrentSession, item room.Item) {
	switch r := item.(type) {
	case *room.RoomEntered:
		l.views = append(l.views, roomView{room: r.Room})
	case *room.LinesDropped:
		w.Errorf("somebody fell off the ring")
	}
	e := roomtest.EventOf(item)
	switch {
	case e.Seq > 0:
		now := &l.views[len(l.views)-1]
		now.reads = append(now.reads, e)
		if e.Kind == room.Left && e.User.SessionID == l.UserInfo().SessionID && now.room == string(room.Lobby) {
			w.Errorf("%s reads that it left itself", l.UserInfo().Name)
		}
	case e.Kind == room.PrivateMessage && e.To.Person == l.Person:
		if l.private[e] {
			w.Errorf("%s reads %q twice", l.UserInfo().Name, e.Text)
		}
		l.private[e] = true
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heard[e.Text] = true
	case e.Kind == room.PrivateMessage && e.User.Person != l.Person:
		w.Errorf("%s reads what %s sent to %s", l.Person, e.User.Person, e.To.Person)
	}
}

// checkReads checks that what a session reads of its current room is a gapless part of what
// happened there, in order, and begins after what it read before.
func (w *concurrencyTest) checkReads(l *concurrentSession) {
	last := map[string]uint64{}
	for _, v := range l.views {
		in := strings.ToLower(v.room)
		for i, e := range v.reads {
			order := w.order[in]
			at, _ := slices.BinarySearchFunc(order, e.Seq, func(e *room.Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
			if at == len(order) || order[at] != e {
				w.Errorf("in %s %s reads %d, %s, which did not happen", in, l.Person, e.Seq, roomtest.Describe(e))
			}
			if e.Seq <= last[in] || i > 0 && e.Seq != last[in]+1 {
				w.Errorf("in %s %s reads %d after %d", in, l.Person, e.Seq, last[in])
			}
			last[in] = e.Seq
		}
	}
}

// checkTerminals checks that nobody reads anything twice at terminals: one that takes over
// continues where the other stopped.
func (w *concurrencyTest) checkTerminals() {
	type reading struct {
		key string
		e   *room.Event
	}
	seen := map[reading]bool{}
	for _, l := range w.sessions {
		for _, v := range l.views {
			for _, e := range v.reads {
				if l.Client.Terminal && seen[reading{string(l.Person), e}] {
					w.Errorf("%s reads %s at two terminals", l.Person, roomtest.Describe(e))
				}
				seen[reading{string(l.Person), e}] = seen[reading{string(l.Person), e}] || l.Client.Terminal
			}
		}
	}
}

// check checks what must hold while nothing happens.
func (w *concurrencyTest) check() {
	h := w.h
	st := h.Lock()
	defer st.Unlock()
	looks := map[string]*room.User{}
	for _, u := range st.Online.ByName {
		for _, look := range u.Identity.Skeletons {
			if other := looks[look]; other != nil && other != u {
				w.Errorf("%s and %s are both online", u.Info().Name, other.Info().Name)
			}
			looks[look] = u
		}
		if len(u.Sessions) == 0 || u.Terminal != nil && !slices.Contains(u.Sessions, u.Terminal) {
			w.Errorf("%s has %d sessions", u.Info().Name, len(u.Sessions))
		}
		for _, r := range u.Rooms {
			if !r.Members[u] || st.Rooms.ByID[ids.Room(r.Identity.Key)] != r {
				w.Errorf("%s is in #%s, and #%s does not know", u.Info().Name, r.Name, r.Name)
			}
		}
	}
	for _, r := range st.Rooms.ByID {
		for u := range r.Members {
			if !slices.Contains(u.Rooms, r) || st.Online.ByName[u.Identity.Key] != u {
				w.Errorf("#%s has %s, who is not there", r.Name, u.Info().Name)
			}
		}
	}
	for s := range st.Sessions {
		if st.Moderation.BanOn(s.Person, room.CountedAddrs(s.Client.Remote)...) != nil {
			w.Errorf("%s is here, and banned", s.UserInfo().Name)
		}
		if st.Online.ByPerson[s.Person] != s.User || !slices.Contains(s.User.Sessions, s) {
			w.Errorf("a session of %s belongs to nobody", s.UserInfo().Name)
		}
		if s.HasPending() {
			w.Errorf("%s sleeps although it has something to read", s.UserInfo().Name)
		}
	}
}
