package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// at returns a client at a terminal, with a key unless it is "". It takes over from itself as often
// as the test wants.
func at(name, key string) ClientInfo {
	return ClientInfo{RequestedName: name, Fingerprint: key, Terminal: true, Takeover: TakeoverAlways}
}

// does has s type a line, and returns what it reads then.
func does(t testing.TB, s *Session, line string) string {
	t.Helper()
	read(t, s)
	s.HandleLine(line, SlashSyntax)
	return read(t, s)
}

// refuses checks that an error is a refusal with one of the phrases.
func refuses(t testing.TB, what string, err error, phrases ...reply.Code) {
	t.Helper()
	var refusal *reply.Refusal
	if !errors.As(err, &refusal) || !slices.Contains(phrases, refusal.Code) {
		t.Errorf("%s: %v, want %q", what, err, phrases)
	}
}

// command runs one command in a one-shot session with a key.
func command(t testing.TB, h *Hub, key string, words ...string) (Reply, error) {
	t.Helper()
	s, _, err := h.Exec(ClientInfo{RequestedName: "command", Fingerprint: key})
	if err != nil {
		return nil, err
	}
	defer s.Leave(Quit)
	return s.RunCommand(words)
}

// ownedNames returns the names that the person of a key owns.
func ownedNames(t testing.TB, h *Hub, key string) string {
	t.Helper()
	e, err := command(t, h, key, "name")
	if err != nil {
		t.Fatal(err)
	}
	var owned []string
	if _, none := e.(*Notice); none {
		return ""
	}
	for _, l := range linesOf(e) {
		owned = append(owned, fmt.Sprint(l.Args[0]))
	}
	return strings.Join(owned, ",")
}

// alike reports whether people would take two names for each other.
func alike(a, b string) bool {
	idA, errA := names.Check(a)
	idB, errB := names.Check(b)
	return errA == nil && errB == nil && (idA.Key == idB.Key ||
		slices.ContainsFunc(idA.Skeletons[:], func(look string) bool { return slices.Contains(idB.Skeletons[:], look) }))
}

// The first person to use a name with a key owns it, whether they entered with it or took it later.
// Nobody owns a name that was assigned in place of another, and guests own nothing.
func TestFirstUseOwnsTheName(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	if who := alice.User(); !who.Verified || who.Name != "alice" {
		t.Errorf("alice is %+v", who)
	}
	other := enter(t, h, at("alice", "B"))
	if who := other.User(); who.Verified || who.Name != "alice-2" {
		t.Errorf("another key is %+v", who)
	}
	expect(t, other, "+alice-2; ~ "+testkit.English(reply.AssignedTaken, "alice", "alice-2"))
	if got := ownedNames(t, h, "B"); got != "" {
		t.Errorf("the given name is owned: %s", got)
	}
	guest := enter(t, h, at("carol", ""))
	if guest.User().Verified {
		t.Error("a guest is verified")
	}
	if got := does(t, guest, "/name"); got != "~ "+i18n.English(string(reply.NeedKey)) {
		t.Errorf("a guest asks for its names: %s", got)
	}
	guest.Leave(Quit)
	if got := does(t, other, "/nick carol"); got != "alice-2=carol" || !other.User().Verified || ownedNames(t, h, "B") != "carol" {
		t.Errorf("a guest's name, taken by one with a key: %s, %+v", got, other.User())
	}
	alice.Leave(Quit)
	if got := enter(t, h, at("alice", "")); got.User().Name != "alice-2" {
		t.Errorf("a guest is %s", got.User().Name)
	} else {
		expect(t, got, "+alice-2; ~ "+testkit.English(reply.AssignedOwned, "alice", "alice-2"))
	}
	if got := does(t, other, "/nick alice"); got != "~ "+testkit.English(reply.NameOwned, "alice") {
		t.Errorf("renaming to an owned name: %s", got)
	}
	if again := enter(t, h, at("Alice", "A")); again.User().Name != "Alice" || !again.User().Verified {
		t.Errorf("alice comes again as %+v", again.User())
	}
	if got := ownedNames(t, h, "A"); got != "alice" {
		t.Errorf("alice owns %s", got)
	}
}

// Nobody but its owner gets a name, or one that people would take for it: not as
// they come in, not for one command, not by renaming, not while the owner is here
// and not while it is away.
func TestLookalikesAreOwned(t *testing.T) {
	for _, test := range []struct {
		name  string
		wrong []string
	}{
		{"alice", []string{"alice.", "alice'", "Alice..", "аlice.", "alice", "ALICE", "aLiCe", "ａｌｉｃｅ", "аlice", "aliсe", "aIice", "a1ice", "аIісе"}},
		{"modern", []string{"rnodern", "modem", "rnodem", "MODERN", "mоdern"}},
		{"Il1", []string{"lll", "III", "111", "il1", "lI1"}},
		{"bob jr.", []string{"bob jr", "Bob Jr'"}},
		{"big bob", []string{"Big Bob", "bіg bоb", "ＢＩＧ bob", "big b0b"}},
		{"张三", []string{"张三"}},
		{"root", []string{"r00t", "R0ot", "rооt"}},
	} {
		for _, here := range []bool{true, false} {
			h := NewHub()
			owner := enter(t, h, at(test.name, "owner"))
			if !here {
				owner.Leave(Quit)
			}
			for _, wrong := range test.wrong {
				for _, key := range []string{"", "other"} {
					what := fmt.Sprintf("%+q for %q, owner here: %t, key %q", wrong, test.name, here, key)
					s := enter(t, h, at(wrong, key))
					if got := s.User(); alike(got.Name, test.name) || got.Verified {
						t.Errorf("entering as %s: %+v", what, got)
					}
					s.Leave(Quit)
					v, notice, err := h.Exec(at(wrong, key))
					if err != nil {
						t.Fatal(err)
					}
					if got := v.User(); alike(got.Name, test.name) || !got.Verified && notice == nil {
						t.Errorf("visiting as %s: %+v", what, got)
					}
					v.Leave(Quit)
					s = enter(t, h, at("somebody", key))
					_, err = s.Rename(wrong)
					refuses(t, "renaming to "+what, err, reply.NameTaken, reply.NameOwned)
					s.Leave(Quit)
				}
			}
		}
	}
}

// Two names may both look like a third without looking like each other. The owner of one of them
// must not come to look like the owner of the other in a second step.
func TestLookalikesInTwoSteps(t *testing.T) {
	for _, here := range []bool{true, false} {
		for _, key := range []string{"", "thief"} {
			h := NewHub()
			alice := enter(t, h, at("alice", "A"))
			if !here {
				alice.Leave(Quit)
			}
			thief := enter(t, h, at("aiice", key))
			if got := thief.User().Name; got != "aiice" {
				t.Fatalf("the thief is %s", got)
			}
			_, err := thief.Rename("aIice")
			refuses(t, fmt.Sprintf("a thief with key %q renames, alice here: %t", key, here), err, reply.NameTaken, reply.NameOwned)
			thief.Leave(Quit)
			thief = enter(t, h, at("aIice", key))
			if who := thief.User(); alike(who.Name, "alice") {
				t.Errorf("a thief with key %q came as %+v, alice here: %t", key, who, here)
			}
		}
	}
	// The same among guests, who own nothing.
	h := NewHub()
	enter(t, h, at("alice", ""))
	thief := enter(t, h, at("aiice", ""))
	_, err := thief.Rename("aIice")
	refuses(t, "a guest renames", err, reply.NameTaken)
}

// An owner who is here is told of those who ask for the name, once a minute at
// most; one who was away, as it comes, how many there were.
func TestOwnerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		ask := func() {
			t.Helper()
			s, err := h.Enter(at("alice", "B"))
			if err != nil {
				t.Fatal(err)
			}
			s.Leave(Quit)
		}
		told := func(s *Session) (n int) {
			for _, e := range strings.Split(read(t, s), "; ") {
				if strings.HasPrefix(e, "~ ") {
					n++
					if e != "~ "+testkit.English(reply.NameTried, "alice", "alice-2") {
						t.Errorf("alice is told %s", e)
					}
				}
			}
			return n
		}
		alice := enter(t, h, at("alice", "A"))
		arrive(t, alice, 0)
		for range 5 {
			ask()
		}
		if n := told(alice); n != 1 {
			t.Errorf("five asked, alice was told %d times", n)
		}
		time.Sleep(accounts.AttemptNoticeInterval)
		_, _, _ = h.Exec(at("alice", ""))
		if n := told(alice); n != 1 {
			t.Errorf("a minute later a visitor asked, and alice was told %d times", n)
		}
		time.Sleep(accounts.AttemptNoticeInterval)

		alice.Leave(Quit)
		for range 3 {
			ask()
		}
		alice = enter(t, h, at("alice", "A"))
		if got := sentences(arrive(t, alice, 0).Notices); got != testkit.English(reply.NameTriedOften, "alice", 3) {
			t.Errorf("alice comes and is told %q", got)
		}
		alice.Leave(Quit)
		alice = enter(t, h, at("alice", "A"))
		if got := sentences(arrive(t, alice, 0).Notices); got != "" {
			t.Errorf("alice is told again: %q", got)
		}
	})
}

// An owner is told of those who ask for the name by renaming, too.
func TestOwnerIsToldOfRenaming(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	thief := enter(t, h, at("thief", "B"))
	read(t, alice)
	_, _ = thief.Rename("aIice")
	expect(t, alice, "~ "+testkit.English(reply.NameTried, "alice", "thief"))
}

// A name is free once its owner was away for long enough, and not a moment
// before; time that the owner is here is not time away.
func TestNamesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.NameAge = 24 * time.Hour
		alice := enter(t, h, at("alice", "A"))
		alice.Leave(Quit)
		time.Sleep(h.NameAge)
		bob := enter(t, h, at("alice", "B"))
		if got := bob.User().Name; got != "alice-2" {
			t.Errorf("just before its time the name goes to %s", got)
		}
		bob.Leave(Quit)
		time.Sleep(time.Second)
		bob = enter(t, h, at("alice", "B"))
		if who := bob.User(); who.Name != "alice" || !who.Verified {
			t.Errorf("the name has no owner any more, bob is %+v", who)
		}
		alice = enter(t, h, at("alice", "A"))
		if got := alice.User().Name; got != "alice-2" {
			t.Errorf("the former owner is %s", got)
		}
		alice.Leave(Quit)

		time.Sleep(3 * h.NameAge) // with bob here
		if got := enter(t, h, at("alice", "")).User().Name; got == "alice" {
			t.Error("the name of one who is here has expired")
		}
		if got := ownedNames(t, h, "B"); got != "alice" {
			t.Errorf("bob owns %q after a long stay", got)
		}
	})
}

// If nodes share a store, the one that keeps names for longest counts.
func TestNamesThatAnotherNodeKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		h := NewHub()
		kept := 2 * day
		h.NameAge, h.PeerNameAge = day, func() time.Duration { return kept }
		enter(t, h, at("alice", "A")).Leave(Quit)
		isFree := func() bool {
			bob := enter(t, h, at("alice", ""))
			defer bob.Leave(Quit)
			return bob.User().Name == "alice"
		}
		time.Sleep(day + time.Second)
		if isFree() {
			t.Error("it is free by this house's time")
		}
		kept = 0
		time.Sleep(10 * day)
		if isFree() {
			t.Error("it is free though the other house keeps names for ever")
		}
		kept = 2 * day
		if !isFree() {
			t.Error("it is not free by the other house's time")
		}
	})
}

// An owner who was online for longer than a name lasts still owns it after leaving; the time counts
// from then on.
func TestNamesDoNotExpireAtTheEndOfALongStay(t *testing.T) {
	for what, after := range map[string]string{"as it was claimed": "alice", "in a look-alike of it": "aIice"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := NewHub()
				h.NameAge = 24 * time.Hour
				alice := enter(t, h, at("alice", "A"))
				if _, err := alice.Rename(after); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * h.NameAge)
				enter(t, h, at("alice", "")).Leave(Quit)
				alice.Leave(Quit)
				time.Sleep(time.Hour)
				if got := enter(t, h, at("alice", "B")).User().Name; got != "alice-2" {
					t.Errorf("an hour after its owner left, somebody else is %s", got)
				}
			})
		})
	}
}

// A person owns five names at most. A sixth is refused, and none is lost for it; nor is
// one by coming in under a sixth, which is not the person's then.
func TestFiveNamesAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		alice := enter(t, h, at("n1", "A"))
		for i := 2; i <= 3; i++ {
			time.Sleep(time.Minute)
			does(t, alice, fmt.Sprint("/nick n", i))
		}
		if got := does(t, alice, "/nick n4"); got != "~ "+testkit.English(reply.NewNamesFull, 3, "n1, n2, n3") {
			t.Errorf("/nick n4 with a new key: %s", got)
		}
		time.Sleep(newcomerPeriod)
		does(t, alice, "/nick n4")
		does(t, alice, "/nick n5")
		all := func(what string) {
			t.Helper()
			if got := ownedNames(t, h, "A"); got != "n1,n2,n3,n4,n5" {
				t.Errorf("%s: alice owns %s", what, got)
			}
		}
		want := "~ " + testkit.English(reply.NamesFull, 5, "n1, n2, n3, n4, n5")
		if got := does(t, alice, "/nick n6"); got != want || alice.User().Name != "n5" {
			t.Errorf("/nick n6: %s; alice is %s", got, alice.User().Name)
		}
		all("after /nick n6")
		if got := does(t, alice, "/nick N1"); got != "n5=N1" || !alice.User().Verified {
			t.Errorf("to a name of its own: %s, %+v", got, alice.User())
		}
		alice.Leave(Quit)

		alice = enter(t, h, at("n6", "A"))
		expect(t, alice, "+n6; ~ "+testkit.English(reply.NameNotYours, "n6", 5, "n1, n2, n3, n4, n5"))
		if who := alice.User(); who.Verified {
			t.Errorf("alice comes in as %+v", who)
		}
		all("in under n6")
		if got := does(t, alice, "/nick n6"); got != "~ "+testkit.English(reply.NamesFull, 5, "n1, n2, n3, n4, n5") {
			t.Errorf("/nick n6, as n6: %s", got)
		}
		does(t, alice, "/name release n2 yes")
		if got := does(t, alice, "/nick n6"); got != "n6=n6" || !alice.User().Verified || ownedNames(t, h, "A") != "n1,n3,n4,n5,n6" {
			t.Errorf("with n2 given up: %s; alice owns %s", got, ownedNames(t, h, "A"))
		}
	})
}

// An owner who lost a name without giving it up is told, once: at once or, if offline, on entering.
// If they get the name back by entering, there is nothing to tell.
func TestOwnerIsToldOfALostName(t *testing.T) {
	gone := func(name string) string { return i18n.Sprint(string(reply.NameNoLongerYours), name) }
	h := NewHub()
	b := newFakeRecordStore(h)
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	does(t, alice, "/nick other")
	lose := func(h *Hub, name string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.names.Revoke(h.names.Find(name))
	}
	read(t, alice)
	lose(h, "alice")
	expect(t, alice, "~ "+gone("alice"))
	alice.Leave(Quit)
	bob.Leave(Quit)
	lose(h, "other")
	lose(h, "bob")
	h = b.reopen(t)
	if got := sentences(arrive(t, enter(t, h, at("new", "A")), 0).Notices); got != gone("other") {
		t.Errorf("alice comes, and is told %q", got)
	}
	if got := sentences(arrive(t, enter(t, h, at("bob", "B")), 0).Notices); got != "" || ownedNames(t, h, "B") != "bob" {
		t.Errorf("bob comes, has the name again, and is told %q", got)
	}
	for _, ci := range []ClientInfo{at("new", "A"), at("bob", "B")} {
		if got := sentences(arrive(t, enter(t, h, ci), 0).Notices); got != "" {
			t.Errorf("%s is told again: %q", ci.RequestedName, got)
		}
	}
	if n := len(b.tables["lost"]); n != 0 {
		t.Errorf("%d rows of names lost stay", n)
	}
}

// If two nodes gave one name to two people, the later owner loses it and is told: at once or, if
// offline, on entering. Nobody loses a name that moves to another person together with its key.
func TestLoserOfANameConflictIsTold(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	alice := enter(t, h, at("tea", "A"))
	does(t, alice, "/nick alice")
	enter(t, h, at("pot", "P")).Leave(Quit)
	learn := func(table, key string, value any) {
		t.Helper()
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := h.ApplyRemote(records.Record{Table: table, Key: key, Value: data}, math.MaxUint64); !ok || err != nil {
			t.Fatal(err)
		}
	}
	since := ownershipOf(h, "tea").Since
	read(t, alice)
	learn("names", "tea", accounts.OwnedName{Name: "tea", Person: "earlier", Since: since.Add(-time.Hour), LastUsed: since})
	expect(t, alice, "~ "+i18n.Sprint(string(reply.NameNoLongerYours), "tea"))
	learn("names", "alice", accounts.OwnedName{Name: "alice", Person: "later", Since: since.Add(time.Hour), LastUsed: since})
	expect(t, alice, "")
	if got := sentences(arrive(t, enter(t, h, at("x", "later")), 0).Notices); got != i18n.Sprint(string(reply.NameNoLongerYours), "alice") {
		t.Errorf("who had the name later is told %q", got)
	}
	learn("keys", "P", accounts.LinkedKey{Person: "to", Since: since.Add(time.Hour), FormerPersons: []string{"P"}})
	learn("names", "pot", accounts.OwnedName{Name: "pot", Person: "to", Since: since.Add(time.Hour), LastUsed: since})
	if o := ownershipOf(h, "pot"); o.Person != "to" {
		t.Errorf("the name went with its key, and is %s's", o.Person)
	}
	if n := len(b.tables["lost"]); n != 0 {
		t.Errorf("%d people are to be told of a name that they lost", n)
	}
}

// All names of a person expire together, when their owner is away for too long. They do not while
// the owner is online under another name, uses commands, or was online when the process died.
func TestNamesOfPresentOwnersStay(t *testing.T) {
	for what, comes := range map[string]func(t *testing.T, h *Hub){
		"at a terminal": func(t *testing.T, h *Hub) { enter(t, h, at("other", "A")).Leave(Quit) },
		"by commands": func(t *testing.T, h *Hub) {
			if _, err := command(t, h, "A", "who"); err != nil {
				t.Error(err)
			}
		},
		"as the archive knows": func(t *testing.T, h *Hub) {
			h.Messages.(*fakeMessageStore).accounts["A"] = Account{ID: "A", LastSeen: time.Now()}
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := NewHub()
				h.Messages, h.NameAge = newFakeMessageStore(), 100*time.Hour
				alice := enter(t, h, at("alice", "A"))
				does(t, alice, "/nick other")
				alice.Leave(Quit)
				for range 3 {
					time.Sleep(80 * time.Hour)
					comes(t, h)
					bob := enter(t, h, at("alice", "B"))
					if got := bob.User().Name; got == "alice" {
						t.Fatal("somebody else is alice")
					}
					bob.Leave(Quit)
				}
			})
		})
	}
}

// An owner who comes back too late still has all their names, unless somebody else asked for one.
func TestExpiredNamesAreTheirOwnersUntilAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		h.NameAge = time.Hour
		alice := enter(t, h, at("alice", "A"))
		does(t, alice, "/nick other")
		alice.Leave(Quit)
		time.Sleep(2 * time.Hour)
		enter(t, h, at("alice", "A"))
		if got := ownedNames(t, h, "A"); got != "alice,other" {
			t.Errorf("alice owns %s", got)
		}
	})
}

// An owner may give up a name, its own or another that it has; nobody else may.
func TestRelease(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	if got := does(t, bob, "/name release alice"); got != "~ "+testkit.English(reply.NameNotOwned, "alice") {
		t.Errorf("bob releases alice: %s", got)
	}
	if got := does(t, bob, "/name release nobody"); got != "~ "+testkit.English(reply.NameNotOwned, "nobody") {
		t.Errorf("bob releases a free name: %s", got)
	}
	if got := does(t, bob, "/name give"); !strings.HasPrefix(got, "~ Usage") {
		t.Errorf("/name give: %s", got)
	}
	does(t, alice, "/nick Big Alice")
	if got := does(t, alice, "/name release ALICE yes"); got != "~ "+testkit.English(reply.NameReleased, "alice") || !alice.User().Verified {
		t.Errorf("alice releases an old name: %s, %+v", got, alice.User())
	}
	if got := does(t, alice, "/name release"); got != "~ "+testkit.English(reply.WhichName, "Big Alice") || !alice.User().Verified {
		t.Errorf("alice does not say which: %s, %+v", got, alice.User())
	}
	if got := does(t, alice, "/name release big alice yes"); got != "~ "+testkit.English(reply.NameReleased, "Big Alice") || alice.User().Verified {
		t.Errorf("alice releases its name: %s, %+v", got, alice.User())
	}
	if got := ownedNames(t, h, "A"); got != "" {
		t.Errorf("alice owns %s", got)
	}
	if got := does(t, bob, "/nick big alice"); got != "~ "+testkit.English(reply.NameTaken, "big alice") {
		t.Errorf("bob takes a free name in use: %s", got)
	}
	if got := does(t, bob, "/nick alice"); got != "bob=alice" || ownedNames(t, h, "B") != "alice,bob" {
		t.Errorf("bob takes a free name: %s; %s", got, ownedNames(t, h, "B"))
	}
}

// A released name can be had again at once, even while it is still in use. A name that was assigned
// in place of another becomes one's own by asking for it.
func TestNameIsTakenBack(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	enter(t, h, at("tea", "T"))
	for _, name := range []string{"alice", "tea-2"} {
		alice := enter(t, h, at(strings.TrimSuffix(name, "-2"), name))
		does(t, alice, "/name release "+name+" yes")
		if alice.User().Verified || alice.User().Name != name {
			t.Errorf("alice is %+v", alice.User())
		}
		answer, err := alice.Rename(name)
		if err != nil || sentenceOf(answer).Code != reply.NameIsYours || !alice.User().Verified || ownedNames(t, h, name) != name {
			t.Errorf("%s again: %+v, %v; alice is %+v", name, answer, err, alice.User())
		}
		if answer, err := alice.Rename(name); err != nil || sentenceOf(answer).Code != reply.NamedAlready {
			t.Errorf("%s once more: %+v, %v", name, answer, err)
		}
		alice.Leave(Quit)
		if got := ownedNames(t, b.reopen(t), name); got != name {
			t.Errorf("after a restart %s is owned: %s", name, got)
		}
	}
}

// The mark of verified people goes with the name, in whatever spelling it is used.
func TestReleaseOfANameInAnotherSpelling(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	does(t, alice, "/nick aIice")
	does(t, alice, "/name release alice yes")
	if got := ownedNames(t, h, "A"); alice.User().Verified != (got != "") {
		t.Errorf("alice owns %q and is %+v", got, alice.User())
	}
}

// A spelling that the owner uses may look like more than the name that it owns: that
// is its own from then on, after a restart, too.
func TestOwnSpellingIsOwned(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	paul := enter(t, h, at("paul", "A"))
	does(t, paul, "/nick PauI")
	paul.Leave(Quit)
	for _, h := range []*Hub{h, b.reopen(t)} {
		if got := enter(t, h, at("paui", "B")).User().Name; got != "paui-2" {
			t.Errorf("somebody else is %s", got)
		}
		if who := enter(t, h, at("PauI", "A")).User(); who.Name != "PauI" || !who.Verified {
			t.Errorf("the owner is %+v", who)
		}
	}
}

// ownNameLocked has a name owned, as another node would tell.
func ownNameLocked(h *Hub, o accounts.OwnedName) {
	_ = h.tables.Apply(records.Record{Table: "names", Key: names.Key(o.Name), Value: records.Encode(&o)})
}

// fillLocked has as many names owned as may be, none of which is hardly used.
func fillLocked(h *Hub) {
	for i := 0; h.names.Len() < accounts.MaxOwnedNames; i++ {
		name := fmt.Sprint("m", i)
		ownNameLocked(h, accounts.OwnedName{Name: name, Person: "key " + name, LastUsed: time.Now()})
	}
}

// A user who renames themselves while the name table is full is not shown as the owner of the new
// name, but is again under the name that they own.
func TestRenameWithNameTableFull(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	h.mu.Lock()
	fillLocked(h)
	h.mu.Unlock()
	for _, test := range []struct {
		name  string
		owned bool
	}{{"alicia", false}, {"alice", true}} {
		read(t, bob)
		if _, err := alice.Rename(test.name); err != nil {
			t.Fatal(err)
		}
		events := bob.Take(make([]Item, 0, 10))
		if len(events) != 1 || eventOf(events[0]).Kind != Renamed {
			t.Fatalf("renamed to %s: bob reads %d events", test.name, len(events))
		}
		if who := eventOf(events[0]).User; who.Name != test.name || who.Verified != test.owned {
			t.Errorf("renamed to %s: bob reads of %+v", test.name, who)
		}
		if who := alice.User(); who.Name != test.name || who.Verified != test.owned {
			t.Errorf("renamed to %s: alice is %+v", test.name, who)
		}
	}
}

// When the name table is full, only unused names are freed: after a month if they were used on one
// day only. Before that, established users may still own more names; newcomers may not, and are
// told.
func TestNameTableFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := NewHub(), newFakeMessageStore()
		h.Messages, h.NameAge = s, 180*24*time.Hour
		s.known("A", "alice", 48*time.Hour)
		alice := enter(t, h, at("alice", "A"))
		time.Sleep(25 * time.Hour)
		alice.Leave(Quit)
		h.mu.Lock()
		for i := range accounts.MaxOwnedNames/2 - 1 {
			name := fmt.Sprint("n", i)
			ownNameLocked(h, accounts.OwnedName{Name: name, Person: "key " + name, Since: time.Now(), LastUsed: time.Now()})
		}
		h.mu.Unlock()
		bob := enter(t, h, at("bob", "B"))
		expect(t, bob, "+bob; ~ "+testkit.English(reply.NoNamesForNewKeys, "bob"))
		if who := bob.User(); who.Name != "bob" || who.Verified {
			t.Errorf("bob is %+v", who)
		}
		bob.Leave(Quit)
		s.known("K", "kate", newcomerPeriod)
		if who := enter(t, h, at("kate", "K")).User(); !who.Verified {
			t.Errorf("kate, whose key is known, is %+v", who)
		}
		time.Sleep(29 * 24 * time.Hour)
		before := h.names.Len()
		if who := enter(t, h, at("carol", "C")).User(); who.Verified || h.names.Len() != before {
			t.Errorf("carol is %+v, and %d names are owned of %d", who, h.names.Len(), before)
		}
		time.Sleep(2 * 24 * time.Hour)
		if who := enter(t, h, at("dora", "D")).User(); !who.Verified || h.names.Len() != before-maxSwept+1 {
			t.Errorf("dora is %+v, and %d names are owned of %d", who, h.names.Len(), before)
		}
		if who := enter(t, h, at("alice", "thief")).User(); who.Name == "alice" {
			t.Error("alice's name was taken away")
		}
	})
}

// A guest whose name is taken gets another also where thousands like it are owned.
func TestManyNamesLikeIt(t *testing.T) {
	h := NewHub()
	enter(t, h, at("bob", "B"))
	h.mu.Lock()
	for i := range 3000 {
		name := fmt.Sprint("bob-", i)
		ownNameLocked(h, accounts.OwnedName{Name: name, Person: "key " + name, Since: time.Now(), LastUsed: time.Now()})
	}
	h.mu.Unlock()
	for range 20 {
		who := enter(t, h, at("bob", "")).User()
		if _, err := names.Check(who.Name); err != nil || !strings.HasPrefix(who.Name, "bob-") {
			t.Errorf("a guest is %s: %v", who.Name, err)
		}
	}
}

// However wildly people claim, rename, release, come and go, there are never two
// who look alike, never two owners of names that look alike, and nothing is left
// of those who are gone.
func TestNameOwnershipRace(t *testing.T) {
	h := NewHub()
	h.Limits = Limits{AddressLines: 1e9, AddressBurst: 1e9}
	wishes := []string{"alice", "ALICE", "aIice", "a1ice", "аlice", "aiice", "bob", "b0b", "modern", "rnodern", "modem"}
	wish := func() string { return wishes[rand.IntN(len(wishes))] }
	check := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		looks := map[string]*user{}
		for _, u := range h.online.byName {
			for _, look := range u.identity.Skeletons {
				if q := looks[look]; q != nil && q != u {
					t.Errorf("%s and %s are here", u.info.Load().Name, q.info.Load().Name)
				}
				looks[look] = u
				if h.online.bySkeleton[look] != u {
					t.Errorf("%s is here and not in looks", u.info.Load().Name)
				}
			}
		}
		claims := map[string]*accounts.OwnedName{}
		for o := range h.names.All() {
			for _, look := range o.Identity().Skeletons {
				if q := claims[look]; q != nil && q != o {
					t.Errorf("%s and %s are owned by %s and %s", o.Name, q.Name, o.Person, q.Person)
				}
				claims[look] = o
			}
		}
	}
	var crowd sync.WaitGroup
	for i := range 100 {
		crowd.Go(func() {
			ci := at(wish(), "")
			ci.Remote = address(fmt.Sprintf("192.0.2.%d", i%7))
			if i%3 > 0 {
				ci.Fingerprint = fmt.Sprint("key", i%20)
			}
			ci.Terminal, ci.Unnamed, ci.Address = i%5 > 0, i%3 == 0 && i%2 == 0, fmt.Sprint("address", i)
			for range 20 {
				ci.RequestedName = wish()
				s, err := h.Enter(ci)
				if err != nil {
					t.Error(err)
					return
				}
				for range 5 {
					switch rand.IntN(4) {
					case 0:
						s.HandleLine("/name release", SlashSyntax)
					case 1:
						visitor, _, err := h.Exec(ci)
						if err != nil {
							t.Error(err)
							return
						}
						_, _ = visitor.RunCommand([]string{"name", "release", wish(), "yes"})
						visitor.Leave(Quit)
					default:
						_, _ = s.Rename(wish())
					}
					s.Take(make([]Item, 0, 64))
					if rand.IntN(8) == 0 {
						check()
					}
				}
				s.Leave(Quit)
			}
		})
	}
	crowd.Wait()
	check()
	empty(t, h)
}
