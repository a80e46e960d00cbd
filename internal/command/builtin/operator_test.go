package builtin_test

import (
	"strings"
	"sync"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// While a hub has no operator, the code in its log makes the first user who enters it with a key an
// operator, once.
func TestFirstOperator(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
	if got := roomtest.Does(t, alice, "/op "); !strings.HasPrefix(got, "~ "+testkit.EnglishStart(reply.Usage)) {
		t.Errorf("/op: %s", got)
	}
	if got := roomtest.Does(t, alice, "/op AAAA-AAAA-AAAA-AAAA"); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("without a code: %s", got)
	}
	old := h.NewOperatorCode()
	code := h.NewOperatorCode()
	if got := roomtest.Does(t, alice, "/op "+old); old == code || got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("an old code: %s", got)
	}
	if got := roomtest.Does(t, guest, "/op "+code); got != "~ "+i18n.English(string(reply.NeedKey)) {
		t.Errorf("a guest: %s", got)
	}
	if got := roomtest.Does(t, alice, "/op "+strings.ToLower(code)); got != "~ "+testkit.English(reply.YouAreOperator) {
		t.Errorf("alice: %s", got)
	}
	if got := roomtest.Does(t, bob, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("the code again: %s", got)
	}
	if got := roomtest.Does(t, alice, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("the code again, from an operator: %s", got)
	}
	if got := h.NewOperatorCode(); got != "" {
		t.Errorf("another code: %s", got)
	}
	if got := roomtest.Does(t, alice, "/bans"); got != "~ "+testkit.English(reply.NoBans) {
		t.Errorf("alice, as an operator: %s", got)
	}
}

// Once there is an operator, the code in the log is invalid.
func TestCodeOfTheFirstOperatorEnds(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Enter(t, h, roomtest.At("alice", "A"))
	code := h.NewOperatorCode() // the file was not read yet
	roomtest.Does(t, root, "/op alice")
	if got := roomtest.Does(t, bob, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("bob, with the code: %s", got)
	}
}

// Operators make others operators, by a name that belongs to a key, and remove them again; only the
// file can remove operators that it lists.
func TestOpAndDeop(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	s.Accounts["old"] = room.Account{ID: "old", Name: "Old One"}
	h := room.New(room.Config{IsOperatorKey: roomtest.IsRoot, Messages: s})
	root := roomtest.EnterRoot(t, h)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Enter(t, h, roomtest.At("guest", ""))
	roomtest.Enter(t, h, roomtest.At("good-code-like-text", "G"))
	roomtest.Enter(t, h, roomtest.At("away", "W")).Leave(room.Quit)
	roomtest.Read(t, alice)
	for _, step := range []struct{ line, want string }{
		{"/op guest", "~ " + testkit.English(reply.NoKeyKnown, "guest")},
		{"/op aaaa-aaaa-aaaa-aaaa", "~ " + testkit.English(reply.NoOpCode)},
		{"/op good-code-like-text", "~ " + testkit.English(reply.MadeOperator, "good-code-like-text")}, // that may be a name
		{"/op nobody\x1b", "~ " + testkit.English(reply.NoKeyKnown, "nobody")},
		{"/deop alice", "~ " + testkit.English(reply.IsNoOperator, "alice")},
		{"/op ALICE", "~ " + testkit.English(reply.MadeOperator, "alice")},
		{"/op away", "~ " + testkit.English(reply.MadeOperator, "away")},
		{"/op old one", "~ " + testkit.English(reply.MadeOperator, "Old One")},
		{"/deop root", "~ " + testkit.English(reply.OperatorByFile, "root")},
		{"/deop guest", "~ " + testkit.English(reply.IsNoOperator, "guest")},
		{"/deop nobody", "~ " + testkit.English(reply.IsNoOperator, "nobody")},
		{"/deop away", "~ " + testkit.English(reply.OperatorNoMore, "away")},
		{"/deop old", "~ " + testkit.English(reply.OperatorNoMore, "Old One")}, // by the key
	} {
		if got := roomtest.Does(t, root, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	roomtest.Expect(t, alice, "~ "+i18n.English(string(reply.YouAreOperator)))
	if got := roomtest.Does(t, alice, "/slow 0"); !strings.HasSuffix(got, "~ "+testkit.English(reply.Done)) {
		t.Errorf("alice, as an operator: %s", got)
	}
	roomtest.Does(t, root, "/deop alice")
	if got := roomtest.Does(t, alice, "/slow 0"); got != "~ "+testkit.English(reply.OperatorsOnly) {
		t.Errorf("alice, no longer an operator: %s", got)
	}
	if _, err := roomtest.Command(t, h, "old", "bans"); err == nil {
		t.Error("an operator whose key was removed from the file is still one")
	}
}

// A name that only looks like the typed one is not meant.
func TestOperatorCommandsMeanTheTypedName(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Enter(t, h, roomtest.At("rnike", "R")).Leave(room.Quit)
	for _, line := range []string{"/op mike", "/ban mike", "/mute mike"} {
		if got := roomtest.Does(t, root, line); got != "~ "+testkit.English(reply.NoKeyKnown, "mike") && got != "~ "+testkit.English(reply.NoSuchUser, "mike") {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// The code in the log is invalid while the file has an operator.
func TestCodeIsInvalidBesideAFile(t *testing.T) {
	file := 0
	h := room.New(room.Config{CountOperatorKeys: func() int { return file }})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	code := h.NewOperatorCode()
	file = 1
	if got := roomtest.Does(t, alice, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) || h.NewOperatorCode() != "" {
		t.Errorf("/op CODE: %s", got)
	}
	file = 0
	if got := roomtest.Does(t, alice, "/op "+h.NewOperatorCode()); got != "~ "+i18n.English(string(reply.YouAreOperator)) {
		t.Errorf("/op with a fresh code: %s", got)
	}
}

// The last operator cannot be removed, because nobody could appoint another. Other operators may
// resign, and a removed operator is told.
func TestLastOperatorStays(t *testing.T) {
	file := 0
	h := room.New(room.Config{CountOperatorKeys: func() int { return file }})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, alice, "/op "+h.NewOperatorCode())
	if got := roomtest.Does(t, alice, "/deop alice"); got != "~ "+testkit.English(reply.LastOperator, "alice") || !alice.IsOperator() {
		t.Errorf("/deop of the last one: %s", got)
	}
	roomtest.Does(t, alice, "/op bob")
	roomtest.Read(t, bob)
	if got := roomtest.Does(t, alice, "/deop bob"); got != "~ "+testkit.English(reply.OperatorNoMore, "bob") {
		t.Errorf("/deop bob: %s", got)
	}
	roomtest.Expect(t, bob, "~ "+i18n.English(string(reply.NotOperatorNow)))
	roomtest.Does(t, alice, "/op bob")
	if got := roomtest.Does(t, alice, "/deop alice"); got != "~ "+testkit.English(reply.OperatorNoMore, "alice") || alice.IsOperator() {
		t.Errorf("an operator's /deop of themselves: %s", got)
	}
	file = 1
	if got := roomtest.Does(t, bob, "/deop bob"); got != "~ "+testkit.English(reply.OperatorNoMore, "bob") {
		t.Errorf("/deop of the last one beside those of the file: %s", got)
	}
}

// An operator who is also listed in a file stays one. Whoever removes what operators granted is
// told so, and the operator is not told of a removal.
func TestDeopOfOperatorInFile(t *testing.T) {
	file := map[string]bool{"root": true}
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return file[string(key)] }})
	root := roomtest.EnterRoot(t, h)
	roomtest.Does(t, root, "/op root")
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, root, "/op bob")
	file["B"], file[string(root.Person)] = true, true
	roomtest.Read(t, bob)
	want := "~ " + testkit.English(reply.OperatorStill, "bob")
	if got := roomtest.Does(t, root, "/deop bob"); got != want || roomtest.Peek(h).Moderation.IsAppointed("B") || !bob.IsOperator() {
		t.Errorf("/deop bob: %s", got)
	}
	if got := roomtest.Read(t, bob); got != "" {
		t.Errorf("bob, who is an operator, reads %s", got)
	}
}

// Two operators who remove each other at the same moment do not leave the hub without one.
func TestOperatorsWhoDeopEachOther(t *testing.T) {
	for range 50 {
		h := room.New(room.Config{})
		people := map[string]*command.Runner{"alice": roomtest.Enter(t, h, roomtest.At("alice", "A")), "bob": roomtest.Enter(t, h, roomtest.At("bob", "B"))}
		roomtest.Does(t, people["alice"], "/op "+h.NewOperatorCode())
		roomtest.Does(t, people["alice"], "/op bob")
		var all sync.WaitGroup
		for name, other := range map[string]string{"alice": "bob", "bob": "alice"} {
			all.Go(func() { _, _ = builtin.Deop(people[name], other) })
		}
		all.Wait()
		if n := len(roomtest.StoredKeys(h, "operators")); n != 1 {
			t.Fatalf("there are %d operators", n)
		}
	}
}

// Nobody is disconnected by a slip: a user who kicks themselves is told so, even by ssh HOST.
func TestNobodyKicksItself(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	for _, line := range []string{"/kick root", "/kick ROOT bye"} {
		if got := roomtest.Does(t, root, line); got != "~ "+testkit.English(reply.CannotKickSelf) {
			t.Errorf("%s: %s", line, got)
		}
	}
	_, err := roomtest.Command(t, h, "root", "kick", "root")
	roomtest.Refuses(t, "by a command", err, reply.CannotKickSelf)
	for _, line := range []string{"/ban root", "/mute root"} {
		if got := roomtest.Does(t, root, line); got != "~ "+testkit.English(reply.NotAnOperator, "root") {
			t.Errorf("%s: %s", line, got)
		}
	}
	if root.Reason() != "" {
		t.Errorf("root has left: %s", root.Reason())
	}
}

// Names change hands: the operator who has the name now is meant.
func TestDeopMeansCurrentOwner(t *testing.T) {
	for i := range 30 {
		h, root := roomtest.HubWithOperator(t)
		alice := roomtest.Enter(t, h, roomtest.At("tea", "A"))
		roomtest.Does(t, root, "/op tea")
		roomtest.Does(t, alice, "/name release tea yes")
		roomtest.Does(t, alice, "/nick alice")
		roomtest.Enter(t, h, roomtest.At("tea", "B"))
		roomtest.Does(t, root, "/op tea")
		roomtest.Does(t, root, "/deop tea")
		if _, err := roomtest.Command(t, h, "A", "bans"); err != nil {
			t.Fatalf("round %d: alice is no longer an operator", i)
		}
	}
}

// Only operators can use operators' commands, in any syntax, with any parameters, with or without a
// key. Help does not show them to others.
func TestCommandsOfOperators(t *testing.T) {
	h := room.New(room.Config{
		IsOperatorKey: roomtest.IsRoot,
		OnAudit:       func(a moderation.AuditEntry) { t.Errorf("%s could use %s", a.By, a.Action) },
	})
	root := roomtest.EnterRoot(t, h)
	roomtest.Enter(t, h, roomtest.At("victim", "V"))
	for _, key := range []string{"", "B"} {
		bob := roomtest.Enter(t, h, roomtest.At("bob", ids.Fingerprint(key)))
		for _, c := range command.All() {
			if !c.Operator {
				continue
			}
			for _, name := range c.Names {
				line := name + " victim 1h why"
				switch len(c.Params) {
				case 0:
					line = name
				case 1:
					line = name + " 5"
				}
				if c.Syntaxes != command.SlashSyntax|command.ExecSyntax || c.PipeName != "" {
					t.Errorf("%s is in forms %b, which this test does not know", name, c.Syntaxes)
				}
				for _, forms := range []command.Syntax{command.SlashSyntax, roomtest.AnyForm} {
					roomtest.Read(t, bob)
					bob.HandleLine("/"+line, forms)
					roomtest.Expect(t, bob, "~ "+testkit.English(reply.OperatorsOnly))
				}
				v, _, err := roomtest.ExecHub(h, roomtest.At("bob", ids.Fingerprint(key)))
				if err != nil {
					t.Fatal(err)
				}
				_, err = v.RunCommand(strings.Fields(line))
				roomtest.Refuses(t, line, err, reply.OperatorsOnly)
				v.Leave(room.Quit)
				bob.HandleLine(line+"|x", command.PipeSyntax) // is a message
			}
		}
		for _, line := range []string{"/op victim", "/op bob", "/topic x", "/motd x", "/topic off", "/motd off"} {
			if got := roomtest.Does(t, bob, line); got != "~ "+testkit.English(reply.OperatorsOnly) {
				t.Errorf("%s: %s", line, got)
			}
		}
		help, all := roomtest.Does(t, bob, "/help operators"), roomtest.Does(t, root, "/help operators")
		if help != roomtest.HelpOf(command.GroupOperators, false) || all != roomtest.HelpOf(command.GroupOperators, true) || help == all || roomtest.Does(t, bob, "/help ban") != "~ "+testkit.English(reply.OperatorsOnly) {
			t.Errorf("bob reads %s, root %s", help, all)
		}
		bob.Leave(room.Quit)
	}
	if root.Reason() != "" || h.FindUser("victim") == nil || roomtest.Peek(h).Moderation.Bans.Len()+roomtest.Peek(h).Moderation.Mutes.Len()+len(roomtest.StoredKeys(h, "operators"))+len(roomtest.StoredKeys(h, "invites")) != 0 || roomtest.Peek(h).Moderation.Settings() != (moderation.Settings{}) {
		t.Error("a command had an effect")
	}
}

// A kicked user reads why in all sessions, and the room reads once that they left. They may return.
func TestKick(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("Big Bob", "B"))
	pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "B"})
	roomtest.Read(t, bob)
	roomtest.Read(t, pipe)
	if got := roomtest.Does(t, root, "/kick big bob  loud\x1b[31m "); got != "~ "+testkit.English(reply.KickedNow, "Big Bob")+"; -Big Bob (kicked)" && got != "-Big Bob (kicked); ~ "+testkit.English(reply.KickedNow, "Big Bob") {
		t.Errorf("root reads %s", got)
	}
	for _, s := range []*command.Runner{bob, pipe} {
		roomtest.Expect(t, s, "~ "+testkit.English(reply.GoodbyeKickedReason, "loud")+"; left: kicked")
	}
	bob = roomtest.Enter(t, h, roomtest.At("Big Bob", "B"))
	roomtest.Read(t, bob)
	roomtest.Does(t, root, `/kick "big bob"`)
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.GoodbyeKicked)+"; left: kicked")
}

// Alerts go to operators online, and to nobody else.
func TestAlert(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Read(t, bob)
	roomtest.Read(t, root)
	h.AlertOperators(reply.JournalFellBehind, 3)
	roomtest.Expect(t, bob, "")
	roomtest.Expect(t, root, "~ "+testkit.English(reply.JournalFellBehind, 3))
}

// A warning goes to operators online, and to those who enter later, once each.
func TestWarning(t *testing.T) {
	h := room.New(room.Config{IsOperatorKey: func(key ids.Fingerprint) bool { return key == "root" || key == "boss" }})
	root := roomtest.EnterRoot(t, h)
	roomtest.Read(t, root)
	for range 2 { // the second replaces the first
		h.WarnOperators(reply.JournalFellBehind, 3)
		roomtest.Expect(t, root, "~ "+testkit.English(reply.JournalFellBehind, 3))
	}
	told := func(name string) (n int) {
		t.Helper()
		s := roomtest.Enter(t, h, roomtest.At(name, ids.Fingerprint(name)))
		defer s.Leave(room.Quit)
		a, err := welcome.For(s.Session, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range a.Notices {
			if line.Code == reply.JournalFellBehind {
				n++
			}
		}
		return n
	}
	root.Leave(room.Quit)
	for name, want := range map[string]int{"root": 0, "bob": 0} {
		if got := told(name); got != want {
			t.Errorf("%s, who enters later, is told %d times", name, got)
		}
	}
	for want := range 2 {
		if got := told("boss"); got != 1-want {
			t.Errorf("an operator who enters is told %d times", got)
		}
	}
}
