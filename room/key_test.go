package room

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// offered has s ask for a code for another key.
func offered(t testing.TB, s *Session) string {
	t.Helper()
	got := does(t, s, "/key add")
	code, ok := strings.CutPrefix(got, "~ "+testkit.EnglishPart(reply.KeyLinkCode, 0))
	code, _, within := strings.Cut(code, " within ")
	if !ok || !within {
		t.Fatalf("no code: %s", got)
	}
	return code
}

// link makes key one of s's keys.
func link(t testing.TB, s *Session, key string) {
	t.Helper()
	if _, err := command(t, s.hub, key, "key", "add", offered(t, s), "yes"); err != nil {
		t.Fatal(err)
	}
}

// A person with a second key enters a code from one with the other, in upper or lower case. From
// then on both keys are one person, who owns what either owned and gets the private messages that
// waited for either.
func TestSecondKey(t *testing.T) {
	h := NewHub()
	s := newFakeMessageStore()
	h.Messages = s
	alice := enter(t, h, at("alice", "A"))
	laptop := enter(t, h, at("laptop", "B"))
	s.offline["B"] = []*Event{{Kind: DirectMessage, User: &UserInfo{Name: "bob"}, To: &UserInfo{Name: "laptop", Person: "B"}, Text: "hi"}}
	code := offered(t, alice)
	if got := does(t, laptop, "/key add "+strings.ToLower(code)+" yes"); got != "~ "+i18n.English(string(reply.KeyAdded))+"; left: quit" {
		t.Fatalf("the laptop adds its key: %s", got)
	}
	laptop.Leave(Quit)
	pipe := enter(t, h, ClientInfo{RequestedName: "laptop", Fingerprint: "B"})
	if pipe.User() != alice.User() || pipe.Person != "A" {
		t.Errorf("with the second key: %+v, %s", pipe.User(), pipe.Person)
	}
	again := enter(t, h, at("whatever", "B"))
	if alice.Reason() != TakenOver || again.User().Name != "alice" {
		t.Errorf("a terminal with the second key is %s; the first has left: %q", again.User().Name, alice.Reason())
	}
	if got := ownedNames(t, h, "A") + " " + ownedNames(t, h, "B"); got != "alice,laptop alice,laptop" {
		t.Errorf("the person owns %s", got)
	}
	a := arrive(t, again, 0)
	if err := again.MarkDelivered(a); err != nil || words(a.DirectMessages) != "bob>laptop: hi" || len(s.offline["B"]) != 0 {
		t.Errorf("the person gets %s; %d wait for the key; %v", words(a.DirectMessages), len(s.offline["B"]), err)
	}
	if got := does(t, again, "/key list"); got != "~ A | "+testkit.English(reply.ThisKeyLine, "B") {
		t.Errorf("keys: %s", got)
	}
	if got := does(t, again, "/nick laptop"); got != "alice=laptop" {
		t.Errorf("the other name: %s", got)
	}
}

// A code is for another key, once, and for ten minutes.
func TestCodesOfKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		alice := enter(t, h, at("alice", "A"))
		add := func(key, code string, want reply.Code) {
			t.Helper()
			_, err := command(t, h, key, "key", "add", code, "yes")
			if want == "" && err != nil {
				t.Errorf("key %q with %q: %v", key, code, err)
			}
			if want != "" {
				refuses(t, fmt.Sprintf("key %q with %q", key, code), err, want)
			}
		}
		code := offered(t, alice)
		add("A", code, reply.KeyIsYours)
		add("", code, reply.NeedKey)
		add("B", "AAAA-AAAA-AAAA-AAAA", reply.WrongCode)
		add("B", "", reply.WrongCode)
		add("B", strings.Repeat(code, 100), reply.WrongCode)
		add("B", code[:len(code)-1], reply.WrongCode)
		time.Sleep(accounts.LinkOfferTTL)
		add("B", code, "") // just in time
		add("C", code, reply.WrongCode)
		add("B", code, reply.WrongCode)
		add("B", offered(t, alice), reply.KeyIsYours)

		old := offered(t, alice)
		code = offered(t, alice)
		add("C", old, reply.WrongCode) // there is one at a time
		time.Sleep(accounts.LinkOfferTTL + 1)
		add("C", code, reply.WrongCode)

		carol := enter(t, h, at("carol", "C"))
		add("A", offered(t, carol), reply.KeyHasOthers)
		add("B", offered(t, carol), reply.KeyHasOthers)
		for i := 2; i < accounts.MaxKeys; i++ {
			add(fmt.Sprint("K", i), offered(t, alice), "")
		}
		if got := does(t, alice, "/key add"); !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.TooManyKeys, 10)) {
			t.Errorf("one key too many: %s", got)
		}
		for _, line := range []string{"/key", "/key lists", "/key remove", "/key list all"} {
			if got := does(t, alice, line); !strings.HasPrefix(got, "~ Usage: /key") {
				t.Errorf("%s: %s", line, got)
			}
		}
	})
}

// A key that is removed is a stranger's: its sessions end, it owns nothing, and
// it cannot become the person again. The last key stays.
func TestRemoveKey(t *testing.T) {
	for _, first := range []bool{true, false} {
		h := NewHub()
		alice := enter(t, h, at("alice", "A"))
		link(t, alice, "B")
		lost, kept := "A", "B"
		if !first {
			lost, kept = kept, lost
		}
		alice.Leave(Quit)
		thief := enter(t, h, at("alice", lost))
		pipe := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: lost})
		visit, _, err := h.Exec(ClientInfo{RequestedName: "alice", Fingerprint: lost})
		if err != nil {
			t.Fatal(err)
		}
		owner := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: kept})
		read(t, thief)
		if got := does(t, owner, "/key remove C yes"); got != "~ "+testkit.English(reply.NoSuchKey, "C") {
			t.Errorf("removing another's key: %s", got)
		}
		if got := does(t, owner, "/key remove "+lost+" yes"); got != "~ "+testkit.English(reply.KeyRemoved, lost) {
			t.Errorf("removing a key: %s", got)
		}
		if thief.Reason() != Revoked || pipe.Reason() != Revoked || visit.Reason() != Revoked || owner.Reason() != "" {
			t.Errorf("they left: %q, %q, %q, %q", thief.Reason(), pipe.Reason(), visit.Reason(), owner.Reason())
		}
		expect(t, thief, "~ "+testkit.English(reply.GoodbyeRevoked)+"; left: revoked")
		if got := does(t, owner, "/key remove "+kept+" yes"); got != "~ "+testkit.English(reply.LastKey) {
			t.Errorf("removing the last key: %s", got)
		}
		if got := does(t, owner, "/key list"); got != "~ "+testkit.English(reply.ThisKeyLine, kept) {
			t.Errorf("keys: %s", got)
		}
		stranger := enter(t, h, at("alice", lost))
		if who := stranger.User(); who.Name != "alice-2" || who.Verified || stranger.Person == owner.Person {
			t.Errorf("the lost key comes as %+v, %s", who, stranger.Person)
		}
		if got := does(t, stranger, "/key list"); got != "~ "+testkit.English(reply.ThisKeyLine, lost) {
			t.Errorf("keys of the stranger: %s", got)
		}
		does(t, stranger, "/nick thief")
		if ownedNames(t, h, lost) != "thief" || ownedNames(t, h, kept) != "alice" {
			t.Errorf("the stranger owns %s, alice owns %s", ownedNames(t, h, lost), ownedNames(t, h, kept))
		}
		owner.Leave(Quit)
		stranger.Leave(Quit)
		if who := enter(t, h, at("alice", lost)).User(); who.Verified || who.Name == "alice" {
			t.Errorf("with nobody here the lost key is %+v", who)
		}
	}
}

// A session that removes its own key ends.
func TestRemoveOnesOwnKey(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	link(t, alice, "B")
	read(t, alice)
	alice.HandleLine("/key remove A yes", SlashSyntax)
	expect(t, alice, "~ "+testkit.English(reply.GoodbyeRevoked)+"; left: revoked")
	if got := ownedNames(t, h, "B"); got != "alice" {
		t.Errorf("the person that stays owns %s", got)
	}
}

// A session of a key that was removed can do nothing more for the person, not
// even with lines that it had sent before.
func TestRevokedSessionCanDoNothing(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	bob := enter(t, h, at("bob", ""))
	link(t, alice, "B")
	link(t, alice, "C")
	thief := enter(t, h, at("alice", "B"))
	does(t, alice, "/key remove B yes")
	read(t, bob)
	thief.HandleLine("/msg bob I am alice", SlashSyntax)
	thief.HandleLine("/key remove C yes", SlashSyntax)
	thief.HandleLine("/name release", SlashSyntax)
	thief.HandleLine("/key remove A yes", SlashSyntax)
	expect(t, bob, "")
	if got := does(t, alice, "/key list"); got != "~ "+testkit.English(reply.ThisKeyLine, "A")+" | C" || alice.Reason() != "" || ownedNames(t, h, "A") != "alice" {
		t.Errorf("alice has %s, owns %s, has left: %q", got, ownedNames(t, h, "A"), alice.Reason())
	}
}

// A session that has added its key to a person and goes on acts as that person: the names and keys
// that it takes are that person's.
func TestAddedKeyStays(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	laptop := enter(t, h, at("laptop", "B"))
	early := offered(t, laptop)
	does(t, laptop, "/key add "+offered(t, alice)+" yes")
	laptop.HandleLine("/nick desk", SlashSyntax)
	laptop.Leave(Quit)
	if o := ownershipOf(h, "desk"); o != nil && o.Person != "A" {
		t.Errorf("the name desk belongs to %s, whom nobody is", o.Person)
	}
	_, err := command(t, h, "C", "key", "add", early, "yes")
	if person := personOf(h, "C"); err == nil && person != "A" {
		t.Errorf("with the early code of the laptop, C is %s, whom nobody is", person)
	}
}

func ownershipOf(h *Hub, name string) *accounts.OwnedName {
	h.mu.Lock()
	defer h.mu.Unlock()
	for o := range h.names.All() {
		if o.Name == name {
			return o
		}
	}
	return nil
}

func personOf(h *Hub, key string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keys.PersonOf(key)
}

// Two keys that have more names together than one person may have become no person
// until there are few enough: no name is lost by it.
func TestKeysWithTooManyNames(t *testing.T) {
	h, s := NewHub(), newFakeMessageStore()
	h.Messages = s
	s.known("B", "b1", newcomerPeriod)
	alice := enter(t, h, at("alice", "A"))
	laptop := enter(t, h, at("b1", "B"))
	for i := 2; i <= accounts.MaxNames; i++ {
		does(t, laptop, fmt.Sprint("/nick b", i))
	}
	laptop.Leave(Quit)
	code := offered(t, alice)
	if _, err := command(t, h, "B", "key", "add", code, "yes"); err == nil ||
		err.Error() != testkit.English(reply.KeysHaveNames, 5, "alice, b1, b2, b3, b4, b5") {
		t.Errorf("with six names: %v", err)
	}
	if got := ownedNames(t, h, "A") + " " + ownedNames(t, h, "B"); got != "alice b1,b2,b3,b4,b5" {
		t.Errorf("then they own %s", got)
	}
	if _, err := command(t, h, "B", "name", "release", "b3", "yes"); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, h, "B", "key", "add", code, "yes"); err != nil {
		t.Errorf("with five names, and the same code: %v", err)
	}
	if got := ownedNames(t, h, "A"); got != "alice,b1,b2,b4,b5" {
		t.Errorf("the person owns %s", got)
	}
}

// A name that goes from one person to another with its key keeps what is known of it:
// since when it is owned, how it is spelled, and who asked for it.
func TestNamesGoWithTheirKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		paul := enter(t, h, at("paul", "B"))
		does(t, paul, "/nick PauI")
		paul.Leave(Quit)
		before := *ownershipOf(h, "paul")
		time.Sleep(time.Hour)
		link(t, enter(t, h, at("alice", "A")), "B")
		o := ownershipOf(h, "paul")
		if o.Person != "A" || !o.Since.Equal(before.Since) || !o.LastUsed.Equal(before.LastUsed) {
			t.Errorf("the name was %+v, and is %+v", before, o)
		}
		if got := enter(t, h, at("paui", "C")).User().Name; got != "paui-2" {
			t.Errorf("the other spelling is anybody's: %s", got)
		}
	})
}

// What was stored under a key stays with the person to whom the key was added, even if they give
// the key away, and moves with that person to others.
func TestFormerPersons(t *testing.T) {
	h := NewHub()
	s := newFakeMessageStore()
	h.Messages = s
	s.offline["C"] = []*Event{{Kind: DirectMessage, User: &UserInfo{Name: "bob"}, To: &UserInfo{Name: "c", Person: "C"}, Text: "hi"}}
	b := enter(t, h, at("b", "B"))
	link(t, b, "C")
	does(t, b, "/key remove C yes")
	if got := words(arrive(t, enter(t, h, at("b", "B")), 0).DirectMessages); got != "bob>c: hi" {
		t.Errorf("b gets %s", got)
	}
	if got := words(arrive(t, enter(t, h, at("c", "C")), 0).DirectMessages); got != "" {
		t.Errorf("whoever has the key still gets %s", got)
	}
	link(t, enter(t, h, at("a", "A")), "B")
	if got := words(arrive(t, enter(t, h, at("a", "A")), 0).DirectMessages); got != "bob>c: hi" {
		t.Errorf("a gets %s", got)
	}
}

// A key that may enter a hub by invitation, and a key of an operator, keep these rights when they
// are added to another key of the same person.
func TestAddedKeyKeepsItsRights(t *testing.T) {
	h := NewHub()
	h.InviteOnly = true
	h.IsAllowedKey = func(key string) bool { return key == "A" || key == "root" }
	h.IsOperatorKey = func(key string) bool { return key == "root" }
	root := enter(t, h, at("root", "root"))
	if err := h.Redeem(at("laptop", "B"), invitation(t, root)); err != nil {
		t.Fatal(err)
	}
	alice := enter(t, h, at("alice", "A"))
	laptop := enter(t, h, at("laptop", "B"))
	does(t, root, "/op laptop")
	does(t, laptop, "/key add "+offered(t, alice)+" yes")
	laptop.Leave(Quit)
	if _, err := command(t, h, "B", "who"); err != nil {
		t.Errorf("the laptop may not enter: %v", err)
	}
	if _, err := command(t, h, "B", "bans"); err != nil {
		t.Errorf("the laptop is no operator: %v", err)
	}
}

// Somebody with a certificate was known by the whole of it to older versions. Coming
// with the key in it, it is the same person still, now and with the next certificate:
// what it was called, what it may do, and what it must not.
func TestFormerFingerprint(t *testing.T) {
	with := func(name, former string) ClientInfo {
		ci := at(name, "KEY")
		ci.FormerFingerprint = former
		return ci
	}
	h, root := ordered(t)
	b := newFakeRecordStore(h)
	alice := enter(t, h, at("alice", "CERT"))
	enter(t, h, from("bob", "CERT OF BOB", "192.0.2.1"))
	does(t, root, "/op alice")
	does(t, root, "/ban bob")
	alice.Leave(Quit)
	h = b.reopen(t)
	h.IsAllowedKey = func(key string) bool { return key == "KEY" } // by a file
	first := enter(t, h, with("alice", "CERT"))
	if got := *first.User(); got.Name != "alice" || !got.Verified || !first.isOperator() {
		t.Errorf("alice comes with the key and is %+v, an operator: %v", got, first.isOperator())
	}
	first.Leave(Quit)
	for _, ci := range []ClientInfo{with("alice", "RENEWED"), with("alice", "")} {
		if s := enter(t, h, ci); s.Person != first.Person || !s.User().Verified {
			t.Errorf("alice comes with %q and is %s, %+v", ci.FormerFingerprint, s.Person, s.User())
		} else {
			s.Leave(Quit)
		}
	}

	banned := at("bob", "KEY OF BOB")
	banned.FormerFingerprint = "CERT OF BOB"
	if _, err := h.Enter(banned); err == nil {
		t.Error("bob was banned, and comes in with the key of his certificate")
	}
	if h = b.reopen(t); personOf(h, "KEY") != "CERT" {
		t.Error("after a restart the key is another person")
	}
}

// A user who removes a key to which a file gives rights is told that the file still does.
func TestRemovedKeyThatIsInAFile(t *testing.T) {
	h := NewHub()
	h.IsOperatorKey = func(key string) bool { return key == "A" }
	alice := enter(t, h, at("alice", "A"))
	link(t, alice, "B")
	link(t, alice, "C")
	for key, want := range map[string]reply.Code{"A": reply.KeyInFile, "C": reply.KeyRemoved} {
		answer, err := command(t, h, "B", "key", "remove", key, "yes")
		if err != nil || sentenceOf(answer).Code != want {
			t.Errorf("%s: %v, %v, want %q", key, answer, err, want)
		}
	}
}

// A person who is known by a key stays that person, whatever certificate contains the key.
func TestCertificateTakesNobodysPlace(t *testing.T) {
	h := NewHub()
	for name, key := range map[string]string{"alice": "CERT", "bob": "KEY"} {
		enter(t, h, at(name, key)).Leave(Quit)
	}
	ci := at("bob", "KEY")
	ci.FormerFingerprint = "CERT"
	if s := enter(t, h, ci); s.Person != "KEY" || s.User().Name != "bob" {
		t.Errorf("bob is %s, %+v", s.Person, s.User())
	}
	ci = at("carol", "OTHER")
	ci.FormerFingerprint = "UNKNOWN"
	if s := enter(t, h, ci); s.Person != "OTHER" || h.keys.Len() != 0 {
		t.Errorf("carol is %s; %d keys are linked", s.Person, h.keys.Len())
	}
}

// A mute is not shed by making one's key another person's: that one is muted, then, with
// all its keys.
func TestMuteGoesWithTheKey(t *testing.T) {
	h, root := ordered(t)
	alice := enter(t, h, from("alice", fp("A"), "192.0.2.1"))
	enter(t, h, from("bob", fp("B"), "192.0.2.2"))
	does(t, root, "/mute "+fp("B"))
	link(t, alice, fp("B"))
	for key, addr := range map[string]string{"B": "198.51.100.7", "A": "203.0.113.9"} {
		s := enter(t, h, from("x", fp(key), addr))
		if got := does(t, s, "hello"); got != "~ "+i18n.English(string(reply.MutedForGood)) {
			t.Errorf("with the key %s: %s", key, got)
		}
	}
}

// A code that somebody else has talked one into gives nothing away at once: one is told whose
// it is and what goes there. So is who takes a key away. Until one agrees nothing changes.
func TestKeysAreAskedFor(t *testing.T) {
	h, root := ordered(t)
	mallory, victim := enter(t, h, at("mallory", "M")), enter(t, h, at("victim", "V"))
	code := offered(t, mallory)
	does(t, root, "/op victim")
	for _, typed := range []string{code, strings.ToLower(code), code + " no", code + " yes yes"} {
		got := does(t, victim, "/key add "+typed)
		if typed == code+" no" || typed == code+" yes yes" {
			if got != "~ "+i18n.English(string(reply.WrongCode)) {
				t.Errorf("/key add %s: %s", typed, got)
			}
			continue
		}
		for _, want := range []string{testkit.EnglishPart(reply.ConfirmKeyAdd, 0) + "mallory (M)", testkit.EnglishPart(reply.ConfirmKeyAdd, 1) + "victim)", testkit.EnglishPart(reply.ConfirmKeyAddOperator, 2), "Nothing has changed", "/key add " + code + " yes"} {
			if !strings.Contains(got, want) {
				t.Errorf("/key add %s: %s, without %q", typed, got, want)
			}
		}
	}
	_, err := command(t, h, "V", "key", "add", code)
	refuses(t, "as a command", err, reply.ConfirmKeyAddOperator)
	if got := personOf(h, "V") + " " + ownedNames(t, h, "V") + " " + victim.User().Name; got != "V victim victim" || victim.Reason() != "" {
		t.Errorf("the victim is %s, and left: %q", got, victim.Reason())
	}
	if got := does(t, victim, "/key add "+code+" yes"); got != "~ "+i18n.English(string(reply.KeyAdded))+"; left: quit" || personOf(h, "V") != "M" {
		t.Errorf("who agrees reads %s", got)
	}
	_, err = command(t, h, "M", "key", "remove", "V")
	refuses(t, "a removal", err, reply.ConfirmKeyRemove)
	if _, err = command(t, h, "M", "key", "remove", "V", "yes"); err != nil || personOf(h, "V") == "M" {
		t.Errorf("a removal to which one agrees: %v", err)
	}
}

// A phone writes Yes, and who copies a code may have a blank too many: that agrees, too.
func TestConfirmationInAnyCase(t *testing.T) {
	for _, yes := range []string{" yes", " Yes", "  YES", " yes "} {
		h := NewHub()
		alice := enter(t, h, at("alice", "A"))
		enter(t, h, at("bob", "B"))
		if _, err := command(t, h, "B", "key", "add", offered(t, alice)+yes); err != nil || personOf(h, "B") != "A" {
			t.Errorf("%q: %v", yes, err)
		}
	}
}
