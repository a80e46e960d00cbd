package builtin_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A person who is online with one key gets a code, and enters it with the other key, in upper or
// lower case. From then on both keys are one person, who owns what either owned and gets the
// private messages that waited for either.
func TestSecondKey(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	laptop := roomtest.Enter(t, h, roomtest.At("laptop", "B"))
	s.Offline["B"] = []*room.Event{{Kind: room.PrivateMessage, User: &room.UserInfo{Name: "bob"}, To: &room.UserInfo{Name: "laptop", Person: "B"}, Text: "hi"}}
	code := roomtest.LinkCode(t, alice)
	if got := roomtest.Does(t, laptop, "/key add "+strings.ToLower(code)+" yes"); got != "~ "+i18n.English(string(reply.KeyAdded))+"; left: quit" {
		t.Fatalf("the laptop adds its key: %s", got)
	}
	laptop.Leave(room.Quit)
	pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "laptop", Fingerprint: "B"})
	if pipe.UserInfo() != alice.UserInfo() || pipe.Person != "A" {
		t.Errorf("with the second key: %+v, %s", pipe.UserInfo(), pipe.Person)
	}
	again := roomtest.Enter(t, h, roomtest.At("whatever", "B"))
	if alice.Reason() != room.TakenOver || again.UserInfo().Name != "alice" {
		t.Errorf("a terminal with the second key is %s; the first has left: %q", again.UserInfo().Name, alice.Reason())
	}
	if got := roomtest.OwnedNames(t, h, "A") + " " + roomtest.OwnedNames(t, h, "B"); got != "alice,laptop alice,laptop" {
		t.Errorf("the person owns %s", got)
	}
	a := roomtest.Arrive(t, again, 0)
	if err := a.MarkDelivered(t.Context()); err != nil || roomtest.Words(a.PrivateMessages) != "bob>laptop: hi" || len(s.Offline["B"]) != 0 {
		t.Errorf("the person gets %s; %d wait for the key; %v", roomtest.Words(a.PrivateMessages), len(s.Offline["B"]), err)
	}
	if got := roomtest.Does(t, again, "/key list"); got != "~ A | "+testkit.English(reply.ThisKeyLine, "B") {
		t.Errorf("keys: %s", got)
	}
	if got := roomtest.Does(t, again, "/nick laptop"); got != "alice=laptop" {
		t.Errorf("the other name: %s", got)
	}
}

// A code is valid for another key, once, for ten minutes.
func TestCodesOfKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		add := func(key, code string, want reply.Code) {
			t.Helper()
			_, err := roomtest.Command(t, h, ids.Fingerprint(key), "key", "add", code, "yes")
			if want == "" && err != nil {
				t.Errorf("key %q with %q: %v", key, code, err)
			}
			if want != "" {
				roomtest.Refuses(t, fmt.Sprintf("key %q with %q", key, code), err, want)
			}
		}
		code := roomtest.LinkCode(t, alice)
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
		add("B", roomtest.LinkCode(t, alice), reply.KeyIsYours)

		old := roomtest.LinkCode(t, alice)
		code = roomtest.LinkCode(t, alice)
		add("C", old, reply.WrongCode) // only one code is valid at a time
		time.Sleep(accounts.LinkOfferTTL + 1)
		add("C", code, reply.WrongCode)

		carol := roomtest.Enter(t, h, roomtest.At("carol", "C"))
		add("A", roomtest.LinkCode(t, carol), reply.KeyHasOthers)
		add("B", roomtest.LinkCode(t, carol), reply.KeyHasOthers)
		for i := 2; i < accounts.MaxKeys; i++ {
			add(fmt.Sprint("K", i), roomtest.LinkCode(t, alice), "")
		}
		if got := roomtest.Does(t, alice, "/key add"); !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.TooManyKeys, 10)) {
			t.Errorf("one key too many: %s", got)
		}
		for _, line := range []string{"/key", "/key lists", "/key remove", "/key list all"} {
			if got := roomtest.Does(t, alice, line); !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.Usage)+"/key") {
				t.Errorf("%s: %s", line, got)
			}
		}
	})
}

// A key that is removed is a stranger's: its sessions end, it owns nothing, and
// it cannot become the person again. The last key stays.
func TestRemoveKey(t *testing.T) {
	for _, first := range []bool{true, false} {
		h := room.New(room.Config{})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Link(t, alice, "B")
		lost, kept := "A", "B"
		if !first {
			lost, kept = kept, lost
		}
		alice.Leave(room.Quit)
		thief := roomtest.Enter(t, h, roomtest.At("alice", ids.Fingerprint(lost)))
		pipe := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: ids.Fingerprint(lost)})
		oneShot, _, err := roomtest.ExecHub(h, room.ClientInfo{RequestedName: "alice", Fingerprint: ids.Fingerprint(lost)})
		if err != nil {
			t.Fatal(err)
		}
		owner := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: ids.Fingerprint(kept)})
		roomtest.Read(t, thief)
		if got := roomtest.Does(t, owner, "/key remove C yes"); got != "~ "+testkit.English(reply.NoSuchKey, "C") {
			t.Errorf("removing another's key: %s", got)
		}
		if got := roomtest.Does(t, owner, "/key remove "+lost+" yes"); got != "~ "+testkit.English(reply.KeyRemoved, lost) {
			t.Errorf("removing a key: %s", got)
		}
		if thief.Reason() != room.Revoked || pipe.Reason() != room.Revoked || oneShot.Reason() != room.Revoked || owner.Reason() != "" {
			t.Errorf("they left: %q, %q, %q, %q", thief.Reason(), pipe.Reason(), oneShot.Reason(), owner.Reason())
		}
		roomtest.Expect(t, thief, "~ "+testkit.English(reply.GoodbyeRevoked)+"; left: revoked")
		if got := roomtest.Does(t, owner, "/key remove "+kept+" yes"); got != "~ "+testkit.English(reply.LastKey) {
			t.Errorf("removing the last key: %s", got)
		}
		if got := roomtest.Does(t, owner, "/key list"); got != "~ "+testkit.English(reply.ThisKeyLine, kept) {
			t.Errorf("keys: %s", got)
		}
		stranger := roomtest.Enter(t, h, roomtest.At("alice", ids.Fingerprint(lost)))
		if who := stranger.UserInfo(); who.Name != "alice-2" || who.Verified || stranger.Person == owner.Person {
			t.Errorf("the lost key enters as %+v, %s", who, stranger.Person)
		}
		if got := roomtest.Does(t, stranger, "/key list"); got != "~ "+testkit.English(reply.ThisKeyLine, lost) {
			t.Errorf("keys of the stranger: %s", got)
		}
		roomtest.Does(t, stranger, "/nick thief")
		if roomtest.OwnedNames(t, h, ids.Fingerprint(lost)) != "thief" || roomtest.OwnedNames(t, h, ids.Fingerprint(kept)) != "alice" {
			t.Errorf("the stranger owns %s, alice owns %s", roomtest.OwnedNames(t, h, ids.Fingerprint(lost)), roomtest.OwnedNames(t, h, ids.Fingerprint(kept)))
		}
		owner.Leave(room.Quit)
		stranger.Leave(room.Quit)
		if who := roomtest.Enter(t, h, roomtest.At("alice", ids.Fingerprint(lost))).UserInfo(); who.Verified || who.Name == "alice" {
			t.Errorf("with nobody here the lost key is %+v", who)
		}
	}
}

// A session that removes its own key ends.
func TestRemoveOnesOwnKey(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Link(t, alice, "B")
	roomtest.Read(t, alice)
	alice.HandleLine("/key remove A yes", command.SlashSyntax)
	roomtest.Expect(t, alice, "~ "+testkit.English(reply.GoodbyeRevoked)+"; left: revoked")
	if got := roomtest.OwnedNames(t, h, "B"); got != "alice" {
		t.Errorf("the person that stays owns %s", got)
	}
}

// A session of a removed key can do nothing more for the person, not even with lines that it sent
// before.
func TestRevokedSessionCanDoNothing(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice", Fingerprint: "A"})
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Link(t, alice, "B")
	roomtest.Link(t, alice, "C")
	thief := roomtest.Enter(t, h, roomtest.At("alice", "B"))
	roomtest.Does(t, alice, "/key remove B yes")
	roomtest.Read(t, bob)
	thief.HandleLine("/msg bob I am alice", command.SlashSyntax)
	thief.HandleLine("/key remove C yes", command.SlashSyntax)
	thief.HandleLine("/name release", command.SlashSyntax)
	thief.HandleLine("/key remove A yes", command.SlashSyntax)
	roomtest.Expect(t, bob, "")
	if got := roomtest.Does(t, alice, "/key list"); got != "~ "+testkit.English(reply.ThisKeyLine, "A")+" | C" || alice.Reason() != "" || roomtest.OwnedNames(t, h, "A") != "alice" {
		t.Errorf("alice has %s, owns %s, has left: %q", got, roomtest.OwnedNames(t, h, "A"), alice.Reason())
	}
}

// A session that has added its key to a person acts as that person from then on: it takes names and
// keys for that person.
func TestAddedKeyStays(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	laptop := roomtest.Enter(t, h, roomtest.At("laptop", "B"))
	early := roomtest.LinkCode(t, laptop)
	roomtest.Does(t, laptop, "/key add "+roomtest.LinkCode(t, alice)+" yes")
	laptop.HandleLine("/nick desk", command.SlashSyntax)
	laptop.Leave(room.Quit)
	if o := roomtest.OwnershipOf(h, "desk"); o != nil && o.Person != "A" {
		t.Errorf("the name desk belongs to %s, a person without keys", o.Person)
	}
	_, err := roomtest.Command(t, h, "C", "key", "add", early, "yes")
	if person := personOf(h, "C"); err == nil && person != "A" {
		t.Errorf("with the laptop's earlier code, C is %s, a person without keys", person)
	}
}

func personOf(h *room.Hub, key string) string {
	st := h.Lock()
	defer st.Unlock()
	return string(st.Keys.PersonOf(ids.Fingerprint(key)))
}

// Two keys that own more names together than a person may own cannot be linked until there are few
// enough: no name is lost.
func TestKeysWithTooManyNames(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	s.Known("B", "b1", room.NewcomerPeriod)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	laptop := roomtest.Enter(t, h, roomtest.At("b1", "B"))
	for i := 2; i <= accounts.MaxNames; i++ {
		roomtest.Does(t, laptop, fmt.Sprint("/nick b", i))
	}
	laptop.Leave(room.Quit)
	code := roomtest.LinkCode(t, alice)
	if _, err := roomtest.Command(t, h, "B", "key", "add", code, "yes"); err == nil ||
		err.Error() != testkit.English(reply.KeysHaveNames, 5, "alice, b1, b2, b3, b4, b5") {
		t.Errorf("with six names: %v", err)
	}
	if got := roomtest.OwnedNames(t, h, "A") + " " + roomtest.OwnedNames(t, h, "B"); got != "alice b1,b2,b3,b4,b5" {
		t.Errorf("then they own %s", got)
	}
	if _, err := roomtest.Command(t, h, "B", "name", "release", "b3", "yes"); err != nil {
		t.Fatal(err)
	}
	if _, err := roomtest.Command(t, h, "B", "key", "add", code, "yes"); err != nil {
		t.Errorf("with five names, and the same code: %v", err)
	}
	if got := roomtest.OwnedNames(t, h, "A"); got != "alice,b1,b2,b4,b5" {
		t.Errorf("the person owns %s", got)
	}
}

// A name that moves to another person with its key keeps its data: since when it is owned, its
// spelling, and who asked for it.
func TestNamesMoveWithTheirKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{})
		paul := roomtest.Enter(t, h, roomtest.At("paul", "B"))
		roomtest.Does(t, paul, "/nick PauI")
		paul.Leave(room.Quit)
		before := *roomtest.OwnershipOf(h, "paul")
		time.Sleep(time.Hour)
		roomtest.Link(t, roomtest.Enter(t, h, roomtest.At("alice", "A")), "B")
		o := roomtest.OwnershipOf(h, "paul")
		if o.Person != "A" || !o.Since.Equal(before.Since) || !o.LastUsed.Equal(before.LastUsed) {
			t.Errorf("the name was %+v, and is %+v", before, o)
		}
		if got := roomtest.Enter(t, h, roomtest.At("paui", "C")).UserInfo().Name; got != "paui-2" {
			t.Errorf("the other spelling is free: %s", got)
		}
	})
}

// What was stored under a key stays with the person to whom the key was added, even if they give
// the key away, and moves with that person to others.
func TestFormerPersons(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	s.Offline["C"] = []*room.Event{{Kind: room.PrivateMessage, User: &room.UserInfo{Name: "bob"}, To: &room.UserInfo{Name: "c", Person: "C"}, Text: "hi"}}
	b := roomtest.Enter(t, h, roomtest.At("b", "B"))
	roomtest.Link(t, b, "C")
	roomtest.Does(t, b, "/key remove C yes")
	if got := roomtest.Words(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("b", "B")), 0).PrivateMessages); got != "bob>c: hi" {
		t.Errorf("b gets %s", got)
	}
	if got := roomtest.Words(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("c", "C")), 0).PrivateMessages); got != "" {
		t.Errorf("whoever has the key still gets %s", got)
	}
	roomtest.Link(t, roomtest.Enter(t, h, roomtest.At("a", "A")), "B")
	if got := roomtest.Words(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("a", "A")), 0).PrivateMessages); got != "bob>c: hi" {
		t.Errorf("a gets %s", got)
	}
}

// A key that may enter a hub by invitation, and a key of an operator, keep these rights when they
// are added to another key of the same person.
func TestAddedKeyKeepsItsRights(t *testing.T) {
	h := room.New(room.Config{
		IsAllowedKey:  func(key ids.Fingerprint) bool { return key == "A" || key == "root" },
		IsOperatorKey: roomtest.IsRoot,
		Policy:        room.Policy{InviteOnly: true},
	})
	root := roomtest.Enter(t, h, roomtest.At("root", "root"))
	if err := h.Redeem(t.Context(), roomtest.At("laptop", "B"), roomtest.Invitation(t, root)); err != nil {
		t.Fatal(err)
	}
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	laptop := roomtest.Enter(t, h, roomtest.At("laptop", "B"))
	roomtest.Does(t, root, "/op laptop")
	roomtest.Does(t, laptop, "/key add "+roomtest.LinkCode(t, alice)+" yes")
	laptop.Leave(room.Quit)
	if _, err := roomtest.Command(t, h, "B", "who"); err != nil {
		t.Errorf("the laptop may not enter: %v", err)
	}
	if _, err := roomtest.Command(t, h, "B", "bans"); err != nil {
		t.Errorf("the laptop is no operator: %v", err)
	}
}

// Older versions knew people with a certificate by the whole certificate. With the key in it they
// are still the same person, now and with the next certificate, with the same names, rights and
// bans.
func TestFormerFingerprint(t *testing.T) {
	with := func(name, former string) room.ClientInfo {
		ci := roomtest.At(name, "KEY")
		ci.FormerFingerprint = ids.Fingerprint(former)
		return ci
	}
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{
		IsOperatorKey: roomtest.IsRoot,
		IsAllowedKey:  func(key ids.Fingerprint) bool { return key == "KEY" }, // by a file
	})
	root := roomtest.EnterRoot(t, h)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "CERT"))
	roomtest.Enter(t, h, roomtest.From("bob", "CERT OF BOB", "192.0.2.1"))
	roomtest.Does(t, root, "/op alice")
	roomtest.Does(t, root, "/ban bob")
	alice.Leave(room.Quit)
	h = b.Reopen(t)
	first := roomtest.Enter(t, h, with("alice", "CERT"))
	if got := *first.UserInfo(); got.Name != "alice" || !got.Verified || !first.IsOperator() {
		t.Errorf("alice enters with the key and is %+v, an operator: %v", got, first.IsOperator())
	}
	first.Leave(room.Quit)
	for _, ci := range []room.ClientInfo{with("alice", "RENEWED"), with("alice", "")} {
		if s := roomtest.Enter(t, h, ci); s.Person != first.Person || !s.UserInfo().Verified {
			t.Errorf("alice enters with %q and is %s, %+v", ci.FormerFingerprint, s.Person, s.UserInfo())
		} else {
			s.Leave(room.Quit)
		}
	}

	banned := roomtest.At("bob", "KEY OF BOB")
	banned.FormerFingerprint = "CERT OF BOB"
	if _, err := roomtest.EnterHub(h, banned); err == nil {
		t.Error("bob was banned, but enters with the key of his certificate")
	}
	if h = b.Reopen(t); personOf(h, "KEY") != "CERT" {
		t.Error("after a restart the key is another person")
	}
}

// A user who removes a key to which a file gives rights is told that the file still does.
func TestRemovedKeyThatIsInAFile(t *testing.T) {
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "A" }})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Link(t, alice, "B")
	roomtest.Link(t, alice, "C")
	for key, want := range map[string]reply.Code{"A": reply.KeyInFile, "C": reply.KeyRemoved} {
		answer, err := roomtest.Command(t, h, "B", "key", "remove", key, "yes")
		if err != nil || roomtest.SentenceOf(answer).Code != want {
			t.Errorf("%s: %v, %v, want %q", key, answer, err, want)
		}
	}
}

// A person who is known by a key stays that person, whatever certificate contains the key.
func TestCertificateTakesNobodysPlace(t *testing.T) {
	h := room.New(room.Config{})
	for name, key := range map[string]string{"alice": "CERT", "bob": "KEY"} {
		roomtest.Enter(t, h, roomtest.At(name, ids.Fingerprint(key))).Leave(room.Quit)
	}
	ci := roomtest.At("bob", "KEY")
	ci.FormerFingerprint = "CERT"
	if s := roomtest.Enter(t, h, ci); s.Person != "KEY" || s.UserInfo().Name != "bob" {
		t.Errorf("bob is %s, %+v", s.Person, s.UserInfo())
	}
	ci = roomtest.At("carol", "OTHER")
	ci.FormerFingerprint = "UNKNOWN"
	if s := roomtest.Enter(t, h, ci); s.Person != "OTHER" || roomtest.Peek(h).Keys.Len() != 0 {
		t.Errorf("carol is %s; %d keys are linked", s.Person, roomtest.Peek(h).Keys.Len())
	}
}

// Adding a muted key to another person does not lift the mute: then that person is muted, with all
// keys.
func TestMuteMovesWithTheKey(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	alice := roomtest.Enter(t, h, roomtest.From("alice", roomtest.Fp("A"), "192.0.2.1"))
	roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("B"), "192.0.2.2"))
	roomtest.Does(t, root, string("/mute "+roomtest.Fp("B")))
	roomtest.Link(t, alice, roomtest.Fp("B"))
	for key, addr := range map[string]string{"B": "198.51.100.7", "A": "203.0.113.9"} {
		s := roomtest.Enter(t, h, roomtest.From("x", roomtest.Fp(key), addr))
		if got := roomtest.Does(t, s, "hello"); got != "~ "+i18n.English(string(reply.MutedForGood)) {
			t.Errorf("with the key %s: %s", key, got)
		}
	}
}

// Entering somebody else's code, as if talked into it, gives nothing away at once: the user is told
// whose code it is and what would move, and so is a user who removes a key. Without a confirmation
// nothing changes.
func TestKeyCommandsAskFirst(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	mallory, victim := roomtest.Enter(t, h, roomtest.At("mallory", "M")), roomtest.Enter(t, h, roomtest.At("victim", "V"))
	code := roomtest.LinkCode(t, mallory)
	roomtest.Does(t, root, "/op victim")
	for _, typed := range []string{code, strings.ToLower(code), code + " no", code + " yes yes"} {
		got := roomtest.Does(t, victim, "/key add "+typed)
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
	_, err := roomtest.Command(t, h, "V", "key", "add", code)
	roomtest.Refuses(t, "as a command", err, reply.ConfirmKeyAddOperator)
	if got := personOf(h, "V") + " " + roomtest.OwnedNames(t, h, "V") + " " + victim.UserInfo().Name; got != "V victim victim" || victim.Reason() != "" {
		t.Errorf("the victim is %s, and left: %q", got, victim.Reason())
	}
	if got := roomtest.Does(t, victim, "/key add "+code+" yes"); got != "~ "+i18n.English(string(reply.KeyAdded))+"; left: quit" || personOf(h, "V") != "M" {
		t.Errorf("after confirming, the user reads %s", got)
	}
	_, err = roomtest.Command(t, h, "M", "key", "remove", "V")
	roomtest.Refuses(t, "a removal", err, reply.ConfirmKeyRemove)
	if _, err = roomtest.Command(t, h, "M", "key", "remove", "V", "yes"); err != nil || personOf(h, "V") == "M" {
		t.Errorf("a confirmed removal: %v", err)
	}
}

// Phones write Yes, and a copied code may have an extra blank: both confirm, too.
func TestConfirmationInAnyCase(t *testing.T) {
	for _, yes := range []string{" yes", " Yes", "  YES", " yes "} {
		h := room.New(room.Config{})
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Enter(t, h, roomtest.At("bob", "B"))
		if _, err := roomtest.Command(t, h, "B", "key", "add", roomtest.LinkCode(t, alice)+yes); err != nil || personOf(h, "B") != "A" {
			t.Errorf("%q: %v", yes, err)
		}
	}
}
