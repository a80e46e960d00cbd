package room

import (
	"strings"
	"sync"
	"testing"

	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// While a hub has no operator, the code in its log makes the first user who enters it with a key an
// operator, once.
func TestFirstOperator(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	guest := enter(t, h, at("guest", ""))
	if got := does(t, alice, "/op "); !strings.HasPrefix(got, "~ Usage") {
		t.Errorf("/op: %s", got)
	}
	if got := does(t, alice, "/op AAAA-AAAA-AAAA-AAAA"); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("where there is no code: %s", got)
	}
	old := h.NewOperatorCode()
	code := h.NewOperatorCode()
	if got := does(t, alice, "/op "+old); old == code || got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("an old code: %s", got)
	}
	if got := does(t, guest, "/op "+code); got != "~ "+i18n.English(string(reply.NeedKey)) {
		t.Errorf("a guest: %s", got)
	}
	if got := does(t, alice, "/op "+strings.ToLower(code)); got != "~ "+testkit.English(reply.YouAreOperator) {
		t.Errorf("alice: %s", got)
	}
	if got := does(t, bob, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("the code again: %s", got)
	}
	if got := does(t, alice, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("the code again, from an operator: %s", got)
	}
	if got := h.NewOperatorCode(); got != "" {
		t.Errorf("another code: %s", got)
	}
	if got := does(t, alice, "/bans"); got != "~ "+testkit.English(reply.NoBans) {
		t.Errorf("alice, as an operator: %s", got)
	}
}

// Once there is an operator the code in the log is worth nothing.
func TestCodeOfTheFirstOperatorEnds(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", "B"))
	enter(t, h, at("alice", "A"))
	code := h.NewOperatorCode() // nobody had read the file yet
	does(t, root, "/op alice")
	if got := does(t, bob, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) {
		t.Errorf("bob, with the code: %s", got)
	}
}

// Operators make others operators, by a name that has a key, and take that away
// again; what the file of operators says only the file can.
func TestOpAndDeop(t *testing.T) {
	h, root := ordered(t)
	s := newFakeMessageStore()
	s.accounts["old"] = Account{ID: "old", Name: "Old One"}
	h.Messages = s
	alice := enter(t, h, at("alice", "A"))
	enter(t, h, at("guest", ""))
	enter(t, h, at("good-code-like-text", "G"))
	enter(t, h, at("away", "W")).Leave(Quit)
	read(t, alice)
	for _, step := range []struct{ line, want string }{
		{"/op guest", "~ " + testkit.English(reply.NoKeyKnown, "guest")},
		{"/op aaaa-aaaa-aaaa-aaaa", "~ " + testkit.English(reply.NoOpCode)},
		{"/op good-code-like-text", "~ " + testkit.English(reply.MadeOperator, "good-code-like-text")}, // somebody may be called so
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
		if got := does(t, root, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	expect(t, alice, "~ "+i18n.English(string(reply.YouAreOperator)))
	if got := does(t, alice, "/slow 0"); !strings.HasSuffix(got, "~ "+testkit.English(reply.Done)) {
		t.Errorf("alice, as an operator: %s", got)
	}
	does(t, root, "/deop alice")
	if got := does(t, alice, "/slow 0"); got != "~ "+testkit.English(reply.OperatorsOnly) {
		t.Errorf("alice, as none any more: %s", got)
	}
	if _, err := command(t, h, "old", "bans"); err == nil {
		t.Error("one whose key was struck out is an operator still")
	}
}

// A name that only looks like the one that was typed is not meant.
func TestOperatorCommandsMeanTheTypedName(t *testing.T) {
	h, root := ordered(t)
	enter(t, h, at("rnike", "R")).Leave(Quit)
	for _, line := range []string{"/op mike", "/ban mike", "/mute mike"} {
		if got := does(t, root, line); got != "~ "+testkit.English(reply.NoKeyKnown, "mike") && got != "~ "+testkit.English(reply.NoSuchUser, "mike") {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// The code in the log is worth nothing while the file has an operator.
func TestCodeIsWorthNothingBesideAFile(t *testing.T) {
	h := NewHub()
	file := 0
	h.CountOperatorKeys = func() int { return file }
	alice := enter(t, h, at("alice", "A"))
	code := h.NewOperatorCode()
	file = 1
	if got := does(t, alice, "/op "+code); got != "~ "+i18n.English(string(reply.NoOpCode)) || h.NewOperatorCode() != "" {
		t.Errorf("/op CODE: %s", got)
	}
	file = 0
	if got := does(t, alice, "/op "+h.NewOperatorCode()); got != "~ "+i18n.English(string(reply.YouAreOperator)) {
		t.Errorf("/op with a fresh code: %s", got)
	}
}

// The last operator cannot be removed, because nobody could appoint another. Other operators may
// resign, and a removed operator is told.
func TestLastOperatorStays(t *testing.T) {
	h := NewHub()
	file := 0
	h.CountOperatorKeys = func() int { return file }
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	does(t, alice, "/op "+h.NewOperatorCode())
	if got := does(t, alice, "/deop alice"); got != "~ "+testkit.English(reply.LastOperator, "alice") || !alice.isOperator() {
		t.Errorf("/deop of the last one: %s", got)
	}
	does(t, alice, "/op bob")
	read(t, bob)
	if got := does(t, alice, "/deop bob"); got != "~ "+testkit.English(reply.OperatorNoMore, "bob") {
		t.Errorf("/deop bob: %s", got)
	}
	expect(t, bob, "~ "+i18n.English(string(reply.NotOperatorNow)))
	does(t, alice, "/op bob")
	if got := does(t, alice, "/deop alice"); got != "~ "+testkit.English(reply.OperatorNoMore, "alice") || alice.isOperator() {
		t.Errorf("/deop of oneself: %s", got)
	}
	file = 1
	if got := does(t, bob, "/deop bob"); got != "~ "+testkit.English(reply.OperatorNoMore, "bob") {
		t.Errorf("/deop of the last one beside those of the file: %s", got)
	}
}

// An operator who is also listed in a file stays one. Whoever removes what operators granted is
// told so, and the operator is not told of a removal.
func TestDeopOfWhoIsInTheFileToo(t *testing.T) {
	h, root := ordered(t)
	does(t, root, "/op root")
	bob := enter(t, h, at("bob", "B"))
	does(t, root, "/op bob")
	h.IsOperatorKey = func(key string) bool { return key == "B" || key == root.Person }
	read(t, bob)
	want := "~ " + testkit.English(reply.OperatorStill, "bob")
	if got := does(t, root, "/deop bob"); got != want || h.moderation.IsAppointed("B") || !bob.isOperator() {
		t.Errorf("/deop bob: %s", got)
	}
	if got := read(t, bob); got != "" {
		t.Errorf("bob, who is an operator, reads %s", got)
	}
}

// Two operators who remove each other at the same moment do not leave the hub without one.
func TestOperatorsWhoDeopEachOther(t *testing.T) {
	for range 50 {
		h := NewHub()
		people := map[string]*Session{"alice": enter(t, h, at("alice", "A")), "bob": enter(t, h, at("bob", "B"))}
		does(t, people["alice"], "/op "+h.NewOperatorCode())
		does(t, people["alice"], "/op bob")
		var all sync.WaitGroup
		for name, other := range map[string]string{"alice": "bob", "bob": "alice"} {
			all.Go(func() { _, _ = people[name].deop(other) })
		}
		all.Wait()
		if n := len(storedKeys(h, "operators")); n != 1 {
			t.Fatalf("there are %d operators", n)
		}
	}
}

// Nobody is sent away by a slip: who kicks itself is told that this is itself, by a
// command, too.
func TestNobodyKicksItself(t *testing.T) {
	h, root := ordered(t)
	for _, line := range []string{"/kick root", "/kick ROOT bye"} {
		if got := does(t, root, line); got != "~ "+testkit.English(reply.CannotKickSelf) {
			t.Errorf("%s: %s", line, got)
		}
	}
	_, err := command(t, h, "root", "kick", "root")
	refuses(t, "by a command", err, reply.CannotKickSelf)
	for _, line := range []string{"/ban root", "/mute root"} {
		if got := does(t, root, line); !strings.HasPrefix(got, "~ root is an operator.") {
			t.Errorf("%s: %s", line, got)
		}
	}
	if root.Reason() != "" {
		t.Errorf("root has left: %s", root.Reason())
	}
}

// Names go from one to another: the operator who has the name now is meant.
func TestDeopMeansWhoHasTheName(t *testing.T) {
	for i := range 30 {
		h, root := ordered(t)
		alice := enter(t, h, at("tea", "A"))
		does(t, root, "/op tea")
		does(t, alice, "/name release tea yes")
		does(t, alice, "/nick alice")
		enter(t, h, at("tea", "B"))
		does(t, root, "/op tea")
		does(t, root, "/deop tea")
		if _, err := command(t, h, "A", "bans"); err != nil {
			t.Fatalf("round %d: alice is no operator any more", i)
		}
	}
}

// Only operators can use operators' commands, in any syntax, with any parameters, with or without a
// key. Help does not show them to others.
func TestCommandsOfOperators(t *testing.T) {
	h, root := ordered(t)
	h.OnAudit = func(a moderation.AuditEntry) { t.Errorf("%s did %s", a.By, a.Action) }
	enter(t, h, at("victim", "V"))
	for _, key := range []string{"", "B"} {
		bob := enter(t, h, at("bob", key))
		for _, c := range h.commands {
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
				if c.Syntaxes != SlashSyntax|ExecSyntax || c.PipeName != "" {
					t.Errorf("%s is in forms %b, which this test does not know", name, c.Syntaxes)
				}
				for _, forms := range []Syntax{SlashSyntax, anyForm} {
					read(t, bob)
					bob.HandleLine("/"+line, forms)
					expect(t, bob, "~ "+testkit.English(reply.OperatorsOnly))
				}
				v, _, err := h.Exec(at("bob", key))
				if err != nil {
					t.Fatal(err)
				}
				_, err = v.RunCommand(strings.Fields(line))
				refuses(t, line, err, reply.OperatorsOnly)
				v.Leave(Quit)
				bob.HandleLine(line+"|x", PipeSyntax) // is talk
			}
		}
		for _, line := range []string{"/op victim", "/op bob", "/topic x", "/motd x", "/topic off", "/motd off"} {
			if got := does(t, bob, line); got != "~ "+testkit.English(reply.OperatorsOnly) {
				t.Errorf("%s: %s", line, got)
			}
		}
		help, all := does(t, bob, "/help operators"), does(t, root, "/help operators")
		if help != "help (2)" || all != "help (15)" || does(t, bob, "/help ban") != "~ "+testkit.English(reply.OperatorsOnly) {
			t.Errorf("bob reads %s, root %s", help, all)
		}
		bob.Leave(Quit)
	}
	if root.Reason() != "" || h.findUser("victim") == nil || h.moderation.Bans.Len()+h.moderation.Mutes.Len()+len(storedKeys(h, "operators"))+len(storedKeys(h, "invites")) != 0 || h.moderation.Settings() != (moderation.Settings{}) {
		t.Error("something was done")
	}
}

// A kicked user reads why in all sessions, and the room reads once that they left. They may come
// back.
func TestKick(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("Big Bob", "B"))
	pipe := enter(t, h, ClientInfo{Fingerprint: "B"})
	read(t, bob)
	read(t, pipe)
	if got := does(t, root, "/kick big bob  loud\x1b[31m "); got != "~ "+testkit.English(reply.KickedNow, "Big Bob")+"; -Big Bob (kicked)" && got != "-Big Bob (kicked); ~ "+testkit.English(reply.KickedNow, "Big Bob") {
		t.Errorf("root reads %s", got)
	}
	for _, s := range []*Session{bob, pipe} {
		expect(t, s, "~ "+testkit.English(reply.GoodbyeKickedReason, "loud")+"; left: kicked")
	}
	bob = enter(t, h, at("Big Bob", "B"))
	read(t, bob)
	does(t, root, `/kick "big bob"`)
	expect(t, bob, "~ "+testkit.English(reply.GoodbyeKicked)+"; left: kicked")
}

// Alerts go to operators who are here, and to nobody else.
func TestAlert(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", "B"))
	read(t, bob)
	read(t, root)
	h.AlertOperators(reply.JournalFellBehind, 3)
	expect(t, bob, "")
	expect(t, root, "~ "+testkit.English(reply.JournalFellBehind, 3))
}

// A warning goes to the operators who are here, and to those who come later, each once.
func TestWarning(t *testing.T) {
	h, root := ordered(t)
	read(t, root)
	for range 2 { // the second takes the place of the first
		h.WarnOperators(reply.JournalFellBehind, 3)
		expect(t, root, "~ "+testkit.English(reply.JournalFellBehind, 3))
	}
	told := func(name string) (n int) {
		t.Helper()
		s := enter(t, h, at(name, name))
		defer s.Leave(Quit)
		a, err := s.Welcome(0)
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
	root.Leave(Quit)
	for name, want := range map[string]int{"root": 0, "bob": 0} {
		if got := told(name); got != want {
			t.Errorf("%s, who comes later, is told %d times", name, got)
		}
	}
	h.IsOperatorKey = func(key string) bool { return key == "root" || key == "boss" }
	for want := range 2 {
		if got := told("boss"); got != 1-want {
			t.Errorf("an operator who comes is told %d times", got)
		}
	}
}
