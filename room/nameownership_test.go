package room_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// The first person to use a name with a key owns it, whether they entered with it or took it later.
// Nobody owns a name that was assigned in place of another, and guests own nothing.
func TestFirstUseOwnsTheName(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	if who := alice.UserInfo(); !who.Verified || who.Name != "alice" {
		t.Errorf("alice is %+v", who)
	}
	other := roomtest.Enter(t, h, roomtest.At("alice", "B"))
	if who := other.UserInfo(); who.Verified || who.Name != "alice-2" {
		t.Errorf("another key is %+v", who)
	}
	roomtest.Expect(t, other, "+alice-2; ~ "+testkit.English(reply.AssignedTaken, "alice", "alice-2"))
	if got := roomtest.OwnedNames(t, h, "B"); got != "" {
		t.Errorf("the given name is owned: %s", got)
	}
	guest := roomtest.Enter(t, h, roomtest.At("carol", ""))
	if guest.UserInfo().Verified {
		t.Error("a guest is shown as verified")
	}
	if got := roomtest.Does(t, guest, "/name"); got != "~ "+i18n.English(string(reply.NeedKey)) {
		t.Errorf("a guest lists its names: %s", got)
	}
	guest.Leave(room.Quit)
	if got := roomtest.Does(t, other, "/nick carol"); got != "alice-2=carol" || !other.UserInfo().Verified || roomtest.OwnedNames(t, h, "B") != "carol" {
		t.Errorf("a guest's name, taken by one with a key: %s, %+v", got, other.UserInfo())
	}
	alice.Leave(room.Quit)
	if got := roomtest.Enter(t, h, roomtest.At("alice", "")); got.UserInfo().Name != "alice-2" {
		t.Errorf("a guest is %s", got.UserInfo().Name)
	} else {
		roomtest.Expect(t, got, "+alice-2; ~ "+testkit.English(reply.AssignedOwned, "alice", "alice-2"))
	}
	if got := roomtest.Does(t, other, "/nick alice"); got != "~ "+testkit.English(reply.NameOwned, "alice") {
		t.Errorf("renaming to an owned name: %s", got)
	}
	if again := roomtest.Enter(t, h, roomtest.At("Alice", "A")); again.UserInfo().Name != "Alice" || !again.UserInfo().Verified {
		t.Errorf("alice enters again as %+v", again.UserInfo())
	}
	if got := roomtest.OwnedNames(t, h, "A"); got != "alice" {
		t.Errorf("alice owns %s", got)
	}
}

// Only its owner gets a name, or one that people would take for it: on entering, for one command,
// or by renaming, whether the owner is online or not.
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
			h := room.New(room.Config{})
			owner := roomtest.Enter(t, h, roomtest.At(test.name, "owner"))
			if !here {
				owner.Leave(room.Quit)
			}
			for _, wrong := range test.wrong {
				for _, key := range []string{"", "other"} {
					what := fmt.Sprintf("%+q for %q, owner here: %t, key %q", wrong, test.name, here, key)
					s := roomtest.Enter(t, h, roomtest.At(wrong, ids.Fingerprint(key)))
					if got := s.UserInfo(); roomtest.Alike(got.Name, test.name) || got.Verified {
						t.Errorf("entering as %s: %+v", what, got)
					}
					s.Leave(room.Quit)
					v, notice, err := roomtest.ExecHub(h, roomtest.At(wrong, ids.Fingerprint(key)))
					if err != nil {
						t.Fatal(err)
					}
					if got := v.UserInfo(); roomtest.Alike(got.Name, test.name) || !got.Verified && notice == nil {
						t.Errorf("one-shot as %s: %+v", what, got)
					}
					v.Leave(room.Quit)
					s = roomtest.Enter(t, h, roomtest.At("somebody", ids.Fingerprint(key)))
					_, err = s.Rename(wrong)
					roomtest.Refuses(t, "renaming to "+what, err, reply.NameTaken, reply.NameOwned)
					s.Leave(room.Quit)
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
			h := room.New(room.Config{})
			alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
			if !here {
				alice.Leave(room.Quit)
			}
			thief := roomtest.Enter(t, h, roomtest.At("aiice", ids.Fingerprint(key)))
			if got := thief.UserInfo().Name; got != "aiice" {
				t.Fatalf("the thief is %s", got)
			}
			_, err := thief.Rename("aIice")
			roomtest.Refuses(t, fmt.Sprintf("a thief with key %q renames, alice here: %t", key, here), err, reply.NameTaken, reply.NameOwned)
			thief.Leave(room.Quit)
			thief = roomtest.Enter(t, h, roomtest.At("aIice", ids.Fingerprint(key)))
			if who := thief.UserInfo(); roomtest.Alike(who.Name, "alice") {
				t.Errorf("a thief with key %q came as %+v, alice here: %t", key, who, here)
			}
		}
	}
	// The same for guests, who own nothing.
	h := room.New(room.Config{})
	roomtest.Enter(t, h, roomtest.At("alice", ""))
	thief := roomtest.Enter(t, h, roomtest.At("aiice", ""))
	_, err := thief.Rename("aIice")
	roomtest.Refuses(t, "a guest renames", err, reply.NameTaken)
}

// An owner who is online is told when somebody asks for the name, at most once a minute. One who
// was offline is told on entering how many did.
func TestOwnerIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		ask := func() {
			t.Helper()
			s, err := roomtest.EnterHub(h, roomtest.At("alice", "B"))
			if err != nil {
				t.Fatal(err)
			}
			s.Leave(room.Quit)
		}
		told := func(s *command.Runner) (n int) {
			for _, e := range strings.Split(roomtest.Read(t, s), "; ") {
				if strings.HasPrefix(e, "~ ") {
					n++
					if e != "~ "+testkit.English(reply.NameTried, "alice", "alice-2") {
						t.Errorf("alice reads %s", e)
					}
				}
			}
			return n
		}
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Arrive(t, alice, 0)
		for range 5 {
			ask()
		}
		if n := told(alice); n != 1 {
			t.Errorf("five users asked, and alice was told %d times", n)
		}
		time.Sleep(accounts.AttemptNoticeInterval)
		_, _, _ = roomtest.ExecHub(h, roomtest.At("alice", ""))
		if n := told(alice); n != 1 {
			t.Errorf("a minute later a one-shot session asked, and alice was told %d times", n)
		}
		time.Sleep(accounts.AttemptNoticeInterval)

		alice.Leave(room.Quit)
		for range 3 {
			ask()
		}
		alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
		if got := roomtest.Sentences(roomtest.Arrive(t, alice, 0).Notices); got != testkit.English(reply.NameTriedOften, "alice", 3) {
			t.Errorf("alice enters and reads %q", got)
		}
		alice.Leave(room.Quit)
		alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
		if got := roomtest.Sentences(roomtest.Arrive(t, alice, 0).Notices); got != "" {
			t.Errorf("alice reads again: %q", got)
		}
	})
}

// An owner is told of those who ask for the name by renaming, too.
func TestOwnerIsToldOfRenaming(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	thief := roomtest.Enter(t, h, roomtest.At("thief", "B"))
	roomtest.Read(t, alice)
	_, _ = thief.Rename("aIice")
	roomtest.Expect(t, alice, "~ "+testkit.English(reply.NameTried, "alice", "thief"))
}

// A name becomes free once its owner was away for long enough, and not a moment before; while the
// owner is online, no time counts.
func TestNamesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const nameAge = 24 * time.Hour
		h := room.New(room.Config{Policy: room.Policy{NameAge: nameAge}})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		alice.Leave(room.Quit)
		time.Sleep(nameAge)
		bob := roomtest.Enter(t, h, roomtest.At("alice", "B"))
		if got := bob.UserInfo().Name; got != "alice-2" {
			t.Errorf("just before it expires, the name goes to %s", got)
		}
		bob.Leave(room.Quit)
		time.Sleep(time.Second)
		bob = roomtest.Enter(t, h, roomtest.At("alice", "B"))
		if who := bob.UserInfo(); who.Name != "alice" || !who.Verified {
			t.Errorf("the name is free, but bob is %+v", who)
		}
		alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
		if got := alice.UserInfo().Name; got != "alice-2" {
			t.Errorf("the former owner is %s", got)
		}
		alice.Leave(room.Quit)

		time.Sleep(3 * nameAge) // with bob here
		if got := roomtest.Enter(t, h, roomtest.At("alice", "")).UserInfo().Name; got == "alice" {
			t.Error("the name of an owner who is online has expired")
		}
		if got := roomtest.OwnedNames(t, h, "B"); got != "alice" {
			t.Errorf("bob owns %q after a long stay", got)
		}
	})
}

// If nodes share a store, the longest name lifetime of all of them counts.
func TestNamesThatAnotherNodeKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		kept := 2 * day
		h := room.New(room.Config{PeerNameAge: func() time.Duration { return kept }, Policy: room.Policy{NameAge: day}})
		roomtest.Enter(t, h, roomtest.At("alice", "A")).Leave(room.Quit)
		isFree := func() bool {
			bob := roomtest.Enter(t, h, roomtest.At("alice", ""))
			defer bob.Leave(room.Quit)
			return bob.UserInfo().Name == "alice"
		}
		time.Sleep(day + time.Second)
		if isFree() {
			t.Error("the name is free by this hub's rule")
		}
		kept = 0
		time.Sleep(10 * day)
		if isFree() {
			t.Error("the name is free although the other hub keeps names for ever")
		}
		kept = 2 * day
		if !isFree() {
			t.Error("the name is not free by the other hub's rule")
		}
	})
}

// An owner who was online for longer than a name lasts still owns it after leaving; the time counts
// from then on.
func TestNamesDoNotExpireAtTheEndOfALongStay(t *testing.T) {
	for what, after := range map[string]string{"as it was claimed": "alice", "in a look-alike of it": "aIice"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := room.New(room.Config{Policy: room.Policy{NameAge: 24 * time.Hour}})
				alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
				if _, err := alice.Rename(after); err != nil {
					t.Fatal(err)
				}
				time.Sleep(48 * time.Hour)
				roomtest.Enter(t, h, roomtest.At("alice", "")).Leave(room.Quit)
				alice.Leave(room.Quit)
				time.Sleep(time.Hour)
				if got := roomtest.Enter(t, h, roomtest.At("alice", "B")).UserInfo().Name; got != "alice-2" {
					t.Errorf("an hour after its owner left, somebody else is %s", got)
				}
			})
		})
	}
}

// A person owns at most five names. A sixth is refused, and none of the five is lost; nor is one
// lost by entering under a sixth, which the person does not own then.
func TestFiveNamesAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		alice := roomtest.Enter(t, h, roomtest.At("n1", "A"))
		for i := 2; i <= 3; i++ {
			time.Sleep(time.Minute)
			roomtest.Does(t, alice, fmt.Sprint("/nick n", i))
		}
		if got := roomtest.Does(t, alice, "/nick n4"); got != "~ "+testkit.English(reply.NewNamesFull, 3, "n1, n2, n3") {
			t.Errorf("/nick n4 with a new key: %s", got)
		}
		time.Sleep(room.NewcomerPeriod)
		roomtest.Does(t, alice, "/nick n4")
		roomtest.Does(t, alice, "/nick n5")
		all := func(what string) {
			t.Helper()
			if got := roomtest.OwnedNames(t, h, "A"); got != "n1,n2,n3,n4,n5" {
				t.Errorf("%s: alice owns %s", what, got)
			}
		}
		want := "~ " + testkit.English(reply.NamesFull, 5, "n1, n2, n3, n4, n5")
		if got := roomtest.Does(t, alice, "/nick n6"); got != want || alice.UserInfo().Name != "n5" {
			t.Errorf("/nick n6: %s; alice is %s", got, alice.UserInfo().Name)
		}
		all("after /nick n6")
		if got := roomtest.Does(t, alice, "/nick N1"); got != "n5=N1" || !alice.UserInfo().Verified {
			t.Errorf("to a name that she owns: %s, %+v", got, alice.UserInfo())
		}
		alice.Leave(room.Quit)

		alice = roomtest.Enter(t, h, roomtest.At("n6", "A"))
		roomtest.Expect(t, alice, "+n6; ~ "+testkit.English(reply.NameNotYours, "n6", 5, "n1, n2, n3, n4, n5"))
		if who := alice.UserInfo(); who.Verified {
			t.Errorf("alice enters as %+v", who)
		}
		all("in under n6")
		if got := roomtest.Does(t, alice, "/nick n6"); got != "~ "+testkit.English(reply.NamesFull, 5, "n1, n2, n3, n4, n5") {
			t.Errorf("/nick n6, as n6: %s", got)
		}
		roomtest.Does(t, alice, "/name release n2 yes")
		if got := roomtest.Does(t, alice, "/nick n6"); got != "n6=n6" || !alice.UserInfo().Verified || roomtest.OwnedNames(t, h, "A") != "n1,n3,n4,n5,n6" {
			t.Errorf("with n2 given up: %s; alice owns %s", got, roomtest.OwnedNames(t, h, "A"))
		}
	})
}

// An owner who lost a name without giving it up is told, once: at once or, if offline, on entering.
// If they get the name back by entering, there is nothing to tell.
func TestOwnerIsToldOfALostName(t *testing.T) {
	gone := func(name string) string { return i18n.Sprint(string(reply.NameNoLongerYours), name) }
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, alice, "/nick other")
	lose := func(h *room.Hub, name string) {
		st := h.Lock()
		defer st.Unlock()
		st.Names.Revoke(st.Names.Find(name))
	}
	roomtest.Read(t, alice)
	lose(h, "alice")
	roomtest.Expect(t, alice, "~ "+gone("alice"))
	alice.Leave(room.Quit)
	bob.Leave(room.Quit)
	lose(h, "other")
	lose(h, "bob")
	h = b.Reopen(t)
	if got := roomtest.Sentences(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("new", "A")), 0).Notices); got != gone("other") {
		t.Errorf("alice enters and reads %q", got)
	}
	if got := roomtest.Sentences(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("bob", "B")), 0).Notices); got != "" || roomtest.OwnedNames(t, h, "B") != "bob" {
		t.Errorf("bob enters, has the name again, and reads %q", got)
	}
	for _, ci := range []room.ClientInfo{roomtest.At("new", "A"), roomtest.At("bob", "B")} {
		if got := roomtest.Sentences(roomtest.Arrive(t, roomtest.Enter(t, h, ci), 0).Notices); got != "" {
			t.Errorf("%s reads again: %q", ci.RequestedName, got)
		}
	}
	if n := len(b.Tables["namenotices"]); n != 0 {
		t.Errorf("%d records of lost names remain", n)
	}
}

// If two nodes gave one name to two people, the later owner loses it and is told: at once or, if
// offline, on entering. Nobody loses a name that moves to another person together with its key.
func TestLoserOfANameConflictIsTold(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("tea", "A"))
	roomtest.Does(t, alice, "/nick alice")
	roomtest.Enter(t, h, roomtest.At("pot", "P")).Leave(room.Quit)
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
	since := roomtest.OwnershipOf(h, "tea").Since
	roomtest.Read(t, alice)
	learn("names", "tea", accounts.OwnedName{Name: "tea", Person: "earlier", Since: since.Add(-time.Hour), LastUsed: since})
	roomtest.Expect(t, alice, "~ "+i18n.Sprint(string(reply.NameNoLongerYours), "tea"))
	learn("names", "alice", accounts.OwnedName{Name: "alice", Person: "later", Since: since.Add(time.Hour), LastUsed: since})
	roomtest.Expect(t, alice, "")
	if got := roomtest.Sentences(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("x", "later")), 0).Notices); got != i18n.Sprint(string(reply.NameNoLongerYours), "alice") {
		t.Errorf("the later owner reads %q", got)
	}
	learn("keys", "P", accounts.LinkedKey{Person: "to", Since: since.Add(time.Hour), FormerPersons: []ids.Account{"P"}})
	learn("names", "pot", accounts.OwnedName{Name: "pot", Person: "to", Since: since.Add(time.Hour), LastUsed: since})
	if o := roomtest.OwnershipOf(h, "pot"); o.Person != "to" {
		t.Errorf("the name moved with its key, and now belongs to %s", o.Person)
	}
	if n := len(b.Tables["namenotices"]); n != 0 {
		t.Errorf("%d people have yet to be told of a lost name", n)
	}
}

// All names of a person expire together, when their owner is away for too long. They do not while
// the owner is online under another name, uses commands, or was online when the process died.
func TestNamesOfPresentOwnersStay(t *testing.T) {
	for what, comes := range map[string]func(t *testing.T, h *room.Hub){
		"at a terminal": func(t *testing.T, h *room.Hub) { roomtest.Enter(t, h, roomtest.At("other", "A")).Leave(room.Quit) },
		"by commands": func(t *testing.T, h *room.Hub) {
			if _, err := roomtest.Command(t, h, "A", "who"); err != nil {
				t.Error(err)
			}
		},
		"as the archive knows": func(t *testing.T, h *room.Hub) {
			h.Config().Messages.(*roomtest.FakeMessageStore).Accounts["A"] = room.Account{ID: "A", LastSeen: time.Now()}
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := room.New(room.Config{Messages: roomtest.NewFakeMessageStore(), Policy: room.Policy{NameAge: 100 * time.Hour}})
				alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
				roomtest.Does(t, alice, "/nick other")
				alice.Leave(room.Quit)
				for range 3 {
					time.Sleep(80 * time.Hour)
					comes(t, h)
					bob := roomtest.Enter(t, h, roomtest.At("alice", "B"))
					if got := bob.UserInfo().Name; got == "alice" {
						t.Fatal("somebody else is alice")
					}
					bob.Leave(room.Quit)
				}
			})
		})
	}
}

// An owner who returns too late still has all their names that nobody else asked for.
func TestExpiredNamesStayUntilRequested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{Policy: room.Policy{NameAge: time.Hour}})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Does(t, alice, "/nick other")
		alice.Leave(room.Quit)
		time.Sleep(2 * time.Hour)
		roomtest.Enter(t, h, roomtest.At("alice", "A"))
		if got := roomtest.OwnedNames(t, h, "A"); got != "alice,other" {
			t.Errorf("alice owns %s", got)
		}
	})
}

// An owner may release a name, the current or another one; nobody else may.
func TestRelease(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	if got := roomtest.Does(t, bob, "/name release alice"); got != "~ "+testkit.English(reply.NameNotOwned, "alice") {
		t.Errorf("bob releases alice: %s", got)
	}
	if got := roomtest.Does(t, bob, "/name release nobody"); got != "~ "+testkit.English(reply.NameNotOwned, "nobody") {
		t.Errorf("bob releases a free name: %s", got)
	}
	if got := roomtest.Does(t, bob, "/name give"); !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.Usage)) {
		t.Errorf("/name give: %s", got)
	}
	roomtest.Does(t, alice, "/nick Big Alice")
	if got := roomtest.Does(t, alice, "/name release ALICE yes"); got != "~ "+testkit.English(reply.NameReleased, "alice") || !alice.UserInfo().Verified {
		t.Errorf("alice releases an old name: %s, %+v", got, alice.UserInfo())
	}
	if got := roomtest.Does(t, alice, "/name release"); got != "~ "+testkit.English(reply.WhichName, "Big Alice") || !alice.UserInfo().Verified {
		t.Errorf("alice does not say which: %s, %+v", got, alice.UserInfo())
	}
	if got := roomtest.Does(t, alice, "/name release big alice yes"); got != "~ "+testkit.English(reply.NameReleased, "Big Alice") || alice.UserInfo().Verified {
		t.Errorf("alice releases her name: %s, %+v", got, alice.UserInfo())
	}
	if got := roomtest.OwnedNames(t, h, "A"); got != "" {
		t.Errorf("alice owns %s", got)
	}
	if got := roomtest.Does(t, bob, "/nick big alice"); got != "~ "+testkit.English(reply.NameTaken, "big alice") {
		t.Errorf("bob takes a free name in use: %s", got)
	}
	if got := roomtest.Does(t, bob, "/nick alice"); got != "bob=alice" || roomtest.OwnedNames(t, h, "B") != "alice,bob" {
		t.Errorf("bob takes a free name: %s; %s", got, roomtest.OwnedNames(t, h, "B"))
	}
}

// A released name can be taken again at once, even while it is still in use. A user who asks for an
// assigned name owns it.
func TestReleasedNameIsTakenAgain(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	roomtest.Enter(t, h, roomtest.At("tea", "T"))
	for _, name := range []string{"alice", "tea-2"} {
		alice := roomtest.Enter(t, h, roomtest.At(strings.TrimSuffix(name, "-2"), ids.Fingerprint(name)))
		roomtest.Does(t, alice, "/name release "+name+" yes")
		if alice.UserInfo().Verified || alice.UserInfo().Name != name {
			t.Errorf("alice is %+v", alice.UserInfo())
		}
		answer, err := alice.Rename(name)
		if err != nil || roomtest.SentenceOf(answer).Code != reply.NameIsYours || !alice.UserInfo().Verified || roomtest.OwnedNames(t, h, ids.Fingerprint(name)) != name {
			t.Errorf("%s again: %+v, %v; alice is %+v", name, answer, err, alice.UserInfo())
		}
		if answer, err := alice.Rename(name); err != nil || roomtest.SentenceOf(answer).Code != reply.NamedAlready {
			t.Errorf("%s once more: %+v, %v", name, answer, err)
		}
		alice.Leave(room.Quit)
		if got := roomtest.OwnedNames(t, b.Reopen(t), ids.Fingerprint(name)); got != name {
			t.Errorf("after a restart %s is owned: %s", name, got)
		}
	}
}

// The mark of verified users goes with the name, in whatever spelling.
func TestReleaseOfANameInAnotherSpelling(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Does(t, alice, "/nick aIice")
	roomtest.Does(t, alice, "/name release alice yes")
	if got := roomtest.OwnedNames(t, h, "A"); alice.UserInfo().Verified != (got != "") {
		t.Errorf("alice owns %q and is %+v", got, alice.UserInfo())
	}
}

// A spelling that the owner uses may look like more names than the owned one does: the owner owns
// those from then on, even after a restart.
func TestOwnSpellingIsOwned(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	paul := roomtest.Enter(t, h, roomtest.At("paul", "A"))
	roomtest.Does(t, paul, "/nick PauI")
	paul.Leave(room.Quit)
	for _, h := range []*room.Hub{h, b.Reopen(t)} {
		if got := roomtest.Enter(t, h, roomtest.At("paui", "B")).UserInfo().Name; got != "paui-2" {
			t.Errorf("somebody else is %s", got)
		}
		if who := roomtest.Enter(t, h, roomtest.At("PauI", "A")).UserInfo(); who.Name != "PauI" || !who.Verified {
			t.Errorf("the owner is %+v", who)
		}
	}
}

// own makes somebody own a name, as if another node had reported it.
func own(st *room.State, o accounts.OwnedName) {
	_ = st.Tables.Apply(records.Record{Table: "names", Key: string(names.Key(o.Name)), Value: records.Encode(&o)})
}

// fillNames fills the table of names with names that are in regular use.
func fillNames(st *room.State) {
	for i := 0; st.Names.Len() < accounts.MaxOwnedNames; i++ {
		name := fmt.Sprint("m", i)
		own(st, accounts.OwnedName{Name: name, Person: ids.Account("key " + name), LastUsed: time.Now()})
	}
}

// A user who renames themselves while the name table is full is not shown as the owner of the new
// name, but is again under the name that they own.
func TestRenameWithNameTableFull(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	st := h.Lock()
	fillNames(st)
	st.Unlock()
	for _, test := range []struct {
		name  string
		owned bool
	}{{"alicia", false}, {"alice", true}} {
		roomtest.Read(t, bob)
		if _, err := alice.Rename(test.name); err != nil {
			t.Fatal(err)
		}
		events := bob.Take(make([]room.Item, 0, 10))
		if len(events) != 1 || roomtest.EventOf(events[0]).Kind != room.Renamed {
			t.Fatalf("renamed to %s: bob reads %d events", test.name, len(events))
		}
		if who := roomtest.EventOf(events[0]).User; who.Name != test.name || who.Verified != test.owned {
			t.Errorf("renamed to %s: bob reads of %+v", test.name, who)
		}
		if who := alice.UserInfo(); who.Name != test.name || who.Verified != test.owned {
			t.Errorf("renamed to %s: alice is %+v", test.name, who)
		}
	}
}

// When the name table is full, only unused names are freed: after a month if they were used on one
// day only. Before that, established users may still own more names; newcomers may not, and are
// told.
func TestNameTableFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewFakeMessageStore()
		h := room.New(room.Config{Messages: s, Policy: room.Policy{NameAge: 180 * 24 * time.Hour}})
		s.Known("A", "alice", 48*time.Hour)
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		time.Sleep(25 * time.Hour)
		alice.Leave(room.Quit)
		st := h.Lock()
		for i := range accounts.MaxOwnedNames/2 - 1 {
			name := fmt.Sprint("n", i)
			own(st, accounts.OwnedName{Name: name, Person: ids.Account("key " + name), Since: time.Now(), LastUsed: time.Now()})
		}
		st.Unlock()
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		roomtest.Expect(t, bob, "+bob; ~ "+testkit.English(reply.NoNamesForNewKeys, "bob"))
		if who := bob.UserInfo(); who.Name != "bob" || who.Verified {
			t.Errorf("bob is %+v", who)
		}
		bob.Leave(room.Quit)
		s.Known("K", "kate", room.NewcomerPeriod)
		if who := roomtest.Enter(t, h, roomtest.At("kate", "K")).UserInfo(); !who.Verified {
			t.Errorf("kate, whose key is known, is %+v", who)
		}
		time.Sleep(29 * 24 * time.Hour)
		before := st.Names.Len()
		if who := roomtest.Enter(t, h, roomtest.At("carol", "C")).UserInfo(); who.Verified || st.Names.Len() != before {
			t.Errorf("carol is %+v, and %d names are owned of %d", who, st.Names.Len(), before)
		}
		time.Sleep(2 * 24 * time.Hour)
		if who := roomtest.Enter(t, h, roomtest.At("dora", "D")).UserInfo(); !who.Verified || st.Names.Len() != before-room.MaxSwept+1 {
			t.Errorf("dora is %+v, and %d names are owned of %d", who, st.Names.Len(), before)
		}
		if who := roomtest.Enter(t, h, roomtest.At("alice", "thief")).UserInfo(); who.Name == "alice" {
			t.Error("alice's name was taken away")
		}
	})
}

// A guest whose name is taken gets another one even if thousands of similar names are owned.
func TestManyNamesLikeIt(t *testing.T) {
	h := room.New(room.Config{})
	roomtest.Enter(t, h, roomtest.At("bob", "B"))
	st := h.Lock()
	for i := range 3000 {
		name := fmt.Sprint("bob-", i)
		own(st, accounts.OwnedName{Name: name, Person: ids.Account("key " + name), Since: time.Now(), LastUsed: time.Now()})
	}
	st.Unlock()
	for range 20 {
		who := roomtest.Enter(t, h, roomtest.At("bob", "")).UserInfo()
		if _, err := names.Check(who.Name); err != nil || !strings.HasPrefix(who.Name, "bob-") {
			t.Errorf("a guest is %s: %v", who.Name, err)
		}
	}
}

// However users claim, change and release names, enter and leave, no two look alike, no two own
// names that look alike, and nothing is left of users who are gone.
func TestNameOwnershipRace(t *testing.T) {
	h := room.New(room.Config{Policy: room.Policy{Limits: room.Limits{AddressLines: 1e9, AddressBurst: 1e9}}})
	wanted := []string{"alice", "ALICE", "aIice", "a1ice", "аlice", "aiice", "bob", "b0b", "modern", "rnodern", "modem"}
	anyName := func() string { return wanted[rand.IntN(len(wanted))] }
	check := func() {
		st := h.Lock()
		defer st.Unlock()
		looks := map[string]*room.User{}
		for _, u := range st.Online.ByName {
			for _, look := range u.Identity.Skeletons {
				if q := looks[look]; q != nil && q != u {
					t.Errorf("%s and %s are both online", u.Info().Name, q.Info().Name)
				}
				looks[look] = u
				if st.Online.BySkeleton[look] != u {
					t.Errorf("%s is online and not indexed by the look-alike key", u.Info().Name)
				}
			}
		}
		claims := map[string]*accounts.OwnedName{}
		for o := range st.Names.All() {
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
			ci := roomtest.At(anyName(), "")
			ci.Remote = roomtest.Address(fmt.Sprintf("192.0.2.%d", i%7))
			if i%3 > 0 {
				ci.Fingerprint = ids.Fingerprint(fmt.Sprint("key", i%20))
			}
			ci.Terminal, ci.Unnamed, ci.Address = i%5 > 0, i%3 == 0 && i%2 == 0, fmt.Sprint("address", i)
			for range 20 {
				ci.RequestedName = anyName()
				s, err := roomtest.EnterHub(h, ci)
				if err != nil {
					t.Error(err)
					return
				}
				for range 5 {
					switch rand.IntN(4) {
					case 0:
						s.HandleLine("/name release", command.SlashSyntax)
					case 1:
						visitor, _, err := roomtest.ExecHub(h, ci)
						if err != nil {
							t.Error(err)
							return
						}
						_, _ = visitor.RunCommand([]string{"name", "release", anyName(), "yes"})
						visitor.Leave(room.Quit)
					default:
						_, _ = s.Rename(anyName())
					}
					s.Take(make([]room.Item, 0, 64))
					if rand.IntN(8) == 0 {
						check()
					}
				}
				s.Leave(room.Quit)
			}
		})
	}
	crowd.Wait()
	check()
	empty(t, h)
}
