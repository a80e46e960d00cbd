package room_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/inbox"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// TestModel performs random acts and compares what each user reads with what the model predicts. If
// they differ, it removes all acts that do not matter, and prints the rest.
//
// TEAHOUSE_MODEL=1h makes it run for an hour. TEAHOUSE_SEED=N starts with the seed that a failure
// printed.
func TestModel(t *testing.T) {
	seed, until := rand.Uint64(), time.Now().Add(modelTime(t))
	if s := os.Getenv("TEAHOUSE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	plays := 0
	for ; plays == 0 || time.Now().Before(until); plays++ {
		acts := someActs(rand.New(rand.NewPCG(seed, 0)))
		if play(t, acts) != "" {
			acts = fewest(acts, func(acts []act) bool { return play(t, acts) != "" })
			t.Fatalf("seed %d:\n%v\n%s", seed, acts, play(t, acts))
		}
		seed++
	}
	t.Logf("%d plays", plays)
}

// modelTime returns how long a test with random acts runs.
func modelTime(t *testing.T) time.Duration {
	s := os.Getenv("TEAHOUSE_MODEL")
	switch {
	case s == "" && testkit.Soaking():
		return 2 * time.Second
	case s == "":
		return time.Second / 2
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fewest returns a minimal list of acts that still fails: removing any one makes it pass.
func fewest(acts []act, fails func([]act) bool) []act {
	for size := len(acts); size > 0; {
		before := len(acts)
		for i := 0; i+size <= len(acts); {
			if fewer := slices.Delete(slices.Clone(acts), i, i+size); fails(fewer) {
				acts = fewer
			} else {
				i += size
			}
		}
		if size > 1 || len(acts) == before {
			size /= 2
		}
	}
	return acts
}

// An act is something that a client in one of a few slots does, or that happens to it. It does
// nothing if the slot is empty, or taken when a client wants to enter: so the remaining acts make
// sense after others are removed.
type act struct {
	Place int
	Do    string
	With  string
}

// modelActs are the possible acts, with their weights, and the lists that their words are chosen
// from.
var modelActs = []struct {
	often int
	do    string
	with  []string
}{
	{8, "enter", []string{"terminal terminal terminal pipe tcp nc relay", someNames, someKeys, somewhere}},
	{3, "follow", []string{someNames, someKeys, somewhere, "- tea ink"}},
	{3, "command", []string{someNames, someKeys, somewhere, "- tea ink"}},
	{2, "quit", nil}, {2, "hang up", nil}, {6, "read", nil}, {3, "touch", nil},
	{9, "say", nil}, {6, "msg", []string{someNames + " " + somebody}}, {4, "nick", []string{someNames}},
	{7, "join", []string{"tea ink TEA tеa 墨 lobby"}}, {3, "part", nil}, {2, "who", nil},
	{2, "private", nil}, {1, "public", nil}, {2, "invite", []string{somebody}},
	{2, "ignore", []string{somebody}}, {1, "unignore", []string{somebody}},
	{2, "ban", []string{somebody, spans}}, {2, "unban", nil}, {2, "mute", []string{somebody, spans}}, {2, "unmute", nil}, {1, "kick", []string{somebody}},
	{2, "pass", []string{"1h 2h 25h"}},
}

const (
	someNames = "ada ADA аda ａｄａ bob Bob b0b 张三"
	someKeys  = "- A B O"
	somewhere = "0 1 2 3" // 0 is this machine
	somebody  = "@0 @1 @2 @3 @4 @5 @6"
	spans     = "0h 1h" // 0 is forever

	modelPlaces = 7
)

func someActs(random *rand.Rand) (acts []act) {
	total := 0
	for _, k := range modelActs {
		total += k.often
	}
	for range 200 {
		i, n := 0, random.IntN(total)
		for ; n >= modelActs[i].often; i++ {
			n -= modelActs[i].often
		}
		var with []string
		for _, words := range modelActs[i].with {
			all := strings.Fields(words)
			with = append(with, all[random.IntN(len(all))])
		}
		acts = append(acts, act{random.IntN(modelPlaces), modelActs[i].do, strings.Join(with, " ")})
	}
	return acts
}

// A player performs acts in a hub and in the model.
type player struct {
	h      *room.Hub
	m      *model
	places [modelPlaces]*actorState
	lines  int
}

// An actorState is a session and its counterpart in the model.
type actorState struct {
	u       *command.Runner
	s       *modelSession
	resting bool
	woken   atomic.Bool
}

// play performs acts in a new hub. It returns how the hub and the model differ, or "".
func play(t *testing.T, acts []act) (wrong string) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{
			HistoryLimits: room.HistoryLimits{Lines: 10_000},
			IsOperatorKey: func(key ids.Fingerprint) bool { return key == modelOperator },
		})
		p := &player{h: h, m: newModel()}
		defer h.Close()
		defer func() {
			switch r := recover().(type) {
			case nil:
			case difference:
				wrong = string(r)
			default:
				wrong = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		for _, a := range acts {
			p.do(a)
			p.pass(time.Minute)
			for _, there := range p.places {
				p.check(there)
			}
		}
		for i := range p.places {
			p.do(act{Place: i, Do: "quit"})
		}
		for i := range p.places {
			p.read(i)
		}
		empty(t, h)
	})
	return wrong
}

// A difference is a difference between the hub and the model.
type difference string

func (p *player) failf(format string, args ...any) { panic(difference(fmt.Sprintf(format, args...))) }

// pass lets time pass, in which some users may be idle for too long.
func (p *player) pass(d time.Duration) {
	for end := time.Now().Add(d); ; {
		next, at := (*modelSession)(nil), end
		for _, s := range p.m.live {
			if idle := s.heard.Add(s.client.Idle); s.client.Idle > 0 && !idle.After(at) {
				next, at = s, idle
			}
		}
		time.Sleep(time.Until(at)) // on the bubble's clock
		synctest.Wait()
		if next == nil {
			return
		}
		p.m.leave(next, room.Idle)
	}
}

// check checks that a sleeping writer has nothing to do, and that no mailbox fills up so much that
// senders are refused.
func (p *player) check(there *actorState) {
	if there == nil {
		return
	}
	if there.resting && !there.woken.Load() && len(there.u.WakeChannel()) == 0 && (there.u.HasPending() || there.u.Reason() != "") {
		p.failf("%s sleeps although it has something to read", there.u.UserInfo().Name)
	}
	if there.s.left == "" {
		p.checkOutside(there)
	}
	if len(there.s.reads) > inbox.Size/2 {
		p.read(slices.Index(p.places[:], there))
	}
}

// checkOutside checks how many lines a session is told it missed in its other rooms.
func (p *player) checkOutside(there *actorState) {
	var got, want []string
	for _, unread := range there.u.Unread() {
		got = append(got, fmt.Sprint(unread.Room, " ", unread.Lines))
	}
	for r, before := range there.s.missed {
		if n := len(r.said) - before; n > 0 {
			want = append(want, fmt.Sprint(r.name, " ", n))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.failf("%s is told of %q in other rooms, want %q", there.u.UserInfo().Name, got, want)
	}
}

// read does the work of a slot's writer.
func (p *player) read(place int) {
	there := p.places[place]
	if there == nil {
		return
	}
	u, s := there.u, there.s
	select {
	case <-u.WakeChannel():
	default:
	}
	there.woken.Store(false)
	var got []string
	buf := make([]room.Item, 0, 3)
	news, err := u.Arm()
	for ; news; news, err = u.Arm() {
		for _, e := range u.Take(buf) {
			if text := describeMove(e); text != "" {
				got = append(got, text)
			}
		}
	}
	there.resting = err == nil
	var reason room.Reason
	if errors.As(err, &reason) {
		p.places[place] = nil
	}
	if want := inSomeOrder(s.take(), s.left); !slices.Equal(inSomeOrder(got, s.left), want) || reason != s.left {
		p.failf("@%d, %s, reads %q\nwant %q; it has left: %q, want %q", place, u.UserInfo().Name, got, want, reason, s.left)
	}
}

// describeMove is describe without the sentences, which do not matter here.
func describeMove(item room.Item) string {
	switch item := item.(type) {
	case *room.Refused:
		return "refused"
	case *command.NameKept:
		return roomtest.Describe(item)
	case room.TextReply:
		return ""
	case *room.Event:
		if item.Kind == room.Announced {
			return ""
		}
	}
	return roomtest.Describe(item)
}

// inSomeOrder sorts those whom a ban disconnected: which of them leaves first is undefined, and so
// is whether one of them reads of the others.
func inSomeOrder(texts []string, left room.Reason) (sorted []string) {
	isBan := func(text string) bool { return strings.HasSuffix(text, "(banned)") }
	for i := 0; i < len(texts); {
		j := i
		for j < len(texts) && isBan(texts[j]) {
			j++
		}
		if left != room.Banned {
			sorted = append(sorted, slices.Sorted(slices.Values(texts[i:j]))...)
		}
		if j < len(texts) {
			sorted = append(sorted, texts[j])
		}
		i = j + 1
	}
	return sorted
}

func (p *player) do(a act) {
	there := p.places[a.Place]
	with := strings.Fields(a.With)
	if len(with) > 0 && strings.HasPrefix(with[0], "@") { // the session in that slot
		other := p.places[with[0][1]-'0']
		if other == nil || other.s.person == nil || other.s.left != "" {
			return
		}
		with[0] = other.s.person.name
	}
	switch {
	case a.Do == "pass":
		d, _ := time.ParseDuration(a.With)
		p.pass(d)
	case a.Do == "command":
		p.command(with)
	case there == nil && a.Do == "enter":
		p.enter(a.Place, with)
	case there == nil && a.Do == "follow":
		p.follow(a.Place, with)
	case there == nil, a.Do == "enter", a.Do == "follow":
	case a.Do == "read":
		p.read(a.Place)
	case there.s.left != "": // its reader continues for a moment, without an effect
		there.u.HandleLine("late", 0)
		there.u.HandleLine("/nick late", roomtest.AnyForm)
		there.u.HandleLine("/join tea", roomtest.AnyForm)
		there.u.Leave(room.HungUp)
	case a.Do == "quit":
		there.u.Leave(room.Quit)
		p.m.leave(there.s, room.Quit)
	case a.Do == "hang up":
		there.u.Leave(room.HungUp)
		p.m.leave(there.s, room.HungUp)
	case there.s.person == nil: // it only follows
	default:
		there.u.Touch()
		there.s.hears()
		p.types(there, a.Do, with)
	}
}

// types handles a line that a session types.
func (p *player) types(there *actorState, what string, with []string) {
	u, s, m := there.u, there.s, p.m
	p.lines++
	text := fmt.Sprint("line ", p.lines)
	if what == "say" {
		u.HandleLine(text, 0)
		if !m.say(&s.client, s.sign, s.person.name, s.room, text) {
			s.refused()
		}
		return
	}
	if s.client.Scripted {
		return // a pipe says every line, whatever it looks like
	}
	line := "/" + what
	if len(with) > 0 {
		line += " " + strings.Join(with, " ")
	}
	span := time.Duration(0)
	if len(with) > 1 && with[1] == "1h" {
		span = time.Hour
	} else if len(with) > 1 {
		line = "/" + what + " " + with[0]
	}
	switch what {
	case "nick":
		m.rename(s, with[0])
	case "msg":
		line += " " + text
		m.tell(s, with[0], text)
	case "join":
		m.joinRoom(s, with[0])
	case "part":
		m.part(s)
	case "who":
		s.read("%s", m.who(s.room))
	case "private", "public":
		line = "/room " + what + " yes"
		m.setPrivate(s, what == "private")
	case "invite":
		m.invite(s, with[0])
	case "ban":
		m.ban(s, with[0], span)
	case "mute":
		m.penalize(s, m.mutes, with[0], span)
	case "unban", "unmute":
		target := m.lift(s, what)
		if target == "" {
			return
		}
		line += " " + target
	case "kick":
		m.kick(s, with[0])
	case "ignore", "unignore":
		m.ignore(s, with[0], what == "ignore")
	default:
		return
	}
	u.HandleLine(line, roomtest.AnyForm)
}

// lift is /unban and /unmute of the oldest penalty that is still in force.
func (m *model) lift(s *modelSession, what string) (target string) {
	penalties := m.bans
	if what == "unmute" {
		penalties = m.mutes
	}
	for _, one := range slices.Sorted(maps.Keys(penalties)) {
		if _, lasts := on(penalties, one); lasts && !accounts.IsSessionSubject(one) && target == "" {
			target = one
		}
	}
	switch {
	case target == "":
	case s.person.key != modelOperator:
		s.refused()
	default:
		delete(penalties, target)
	}
	return target
}

// modelClient returns a client with a name, a key and an address.
func modelClient(name, key, from string) room.ClientInfo {
	ci := room.ClientInfo{RequestedName: name, Remote: netip.MustParseAddr("192.0.2." + from)}
	if from == "0" {
		ci.Remote = netip.MustParseAddr("127.0.0.1")
	}
	if key != "-" {
		ci.Fingerprint = ids.Fingerprint("SHA256:" + strings.Repeat(key, 43))
	}
	return ci
}

func (p *player) enter(place int, with []string) {
	there := &actorState{}
	ci := modelClient(with[1], with[2], with[3])
	ci.Idle, ci.Warn = 3*time.Hour+time.Duration(place)*time.Second, 10*time.Minute // no two leave at the same time
	switch with[0] {
	case "terminal":
		ci.Terminal = true
	case "pipe":
		ci.Scripted, ci.Idle = true, 0
	case "nc", "relay":
		ci.Unnamed, ci.NoPrivateMessages = true, with[0] == "relay"
		fallthrough
	default: // at a door without keys
		ci.Fingerprint, ci.Address = "", netip.AddrPortFrom(ci.Remote, uint16(1000+place)).String()
		ci.Waker = eventlog.WakeFunc(func() { there.woken.Store(true) })
	}
	u, err := roomtest.EnterHub(p.h, ci)
	if p.m.banned(&ci, string(ci.Fingerprint)) {
		p.refusesTo(err, "let in who is banned")
		return
	}
	if err != nil {
		p.failf("%s cannot enter: %v", ci.RequestedName, err)
	}
	arrival, err := welcome.For(u.Session, modelPage)
	if ci.Unnamed {
		ci.RequestedName = ""
	}
	s, past, privateMessages, wrong := p.m.enter(ci, u.UserInfo().Subject(), u.UserInfo().Name)
	if err != nil || wrong != "" {
		p.failf("%v %s", err, wrong)
	}
	there.u, there.s = u, s
	p.places[place] = there
	if got := described(arrival.Messages); !slices.Equal(got, past) {
		p.failf("%s is shown %q, want %q", u.UserInfo().Name, got, past)
	}
	if got := described(arrival.PrivateMessages); !slices.Equal(got, privateMessages) {
		p.failf("%s gets the messages %q, want %q", u.UserInfo().Name, got, privateMessages)
	}
}

func described(events []*room.Event) (texts []string) {
	for _, e := range events {
		texts = append(texts, roomtest.Describe(e))
	}
	return texts
}

func (p *player) refusesTo(err error, what string) {
	var refusal *reply.Refusal
	if !errors.As(err, &refusal) {
		p.failf("the hub does not refuse to %s: %v", what, err)
	}
}

// exec starts a one-shot session in a room, if that is allowed. It returns the session, with which
// nothing was done yet.
func (p *player) exec(with []string) (u *command.Runner, s *modelSession) {
	ci := modelClient(with[0], with[1], with[2])
	if with[3] != "-" {
		ci.Room = with[3]
	}
	u, _, err := roomtest.ExecHub(p.h, ci)
	if p.m.banned(&ci, string(ci.Fingerprint)) {
		p.refusesTo(err, "let in who is banned")
		return nil, nil
	}
	r, person := p.m.lobby(), p.m.person(string(ci.Fingerprint))
	if ci.Room != "" {
		p.m.sweep()
		r = p.m.rooms[modelKey(ci.Room)]
	}
	if r == nil || !p.m.mayEnter(r, string(ci.Fingerprint), person) {
		p.refusesTo(err, "show a room that there is not, or that is private")
		return nil, nil
	}
	if err != nil {
		p.failf("%v", err)
	}
	name := u.UserInfo().Name
	if why := p.m.mayBeCalled(person, string(ci.Fingerprint), name); why != "" || person != nil && person.name != name {
		p.failf("a one-shot session is called %s; %s", name, why)
	}
	return u, &modelSession{client: ci, sign: u.UserInfo().Subject(), room: r, ignores: p.m.ignores[string(ci.Fingerprint)]}
}

func (p *player) command(with []string) {
	u, s := p.exec(with)
	if u == nil {
		return
	}
	p.lines++
	text := fmt.Sprint("command ", p.lines)
	_, err := u.RunCommand([]string{"say", text})
	if p.m.say(&s.client, s.sign, u.UserInfo().Name, s.room, text) != (err == nil) {
		p.failf("a command: %v", err)
	}
	u.Leave(room.Quit)
}

func (p *player) follow(place int, with []string) {
	u, s := p.exec(with)
	if u == nil {
		return
	}
	if _, err := u.RunCommand([]string{"follow"}); err != nil {
		p.failf("%v", err)
	}
	p.m.live = append(p.m.live, s)
	p.places[place] = &actorState{u: u, s: s}
}
