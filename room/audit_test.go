package room

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Acts of operators are recorded, with operator and target, and operators can read them, the latest
// last. Refused commands are not recorded.
func TestAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		var seen []string
		h.OnAudit = func(a moderation.AuditEntry) {
			seen = append(seen, fmt.Sprintf("%d %s/%s %s|%s|%s", a.Number, a.By, a.Fingerprint, a.Action, a.Target, a.Detail))
			if !a.Time.Equal(time.Now()) {
				t.Errorf("%s at %v", a.Action, a.Time)
			}
		}
		if got := does(t, root, "/audit"); got != "~ "+testkit.English(reply.NoAuditEntries) {
			t.Errorf("/audit: %s", got)
		}
		enter(t, h, from("bob", "B", "192.0.2.1"))
		until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		for _, line := range []string{
			"/op bob", "/deop bob", "/kick nobody", "/ban 10.0.0.0/1", "/slow x", "/lockdown x", "/deop bob",
			"/mute " + fp("B") + " 1h loud", "/unmute " + fp("B"), "/kick bob go", "/ban 192.0.2.9", "/unban 192.0.2.9",
			"/topic tea", "/motd hi", "/topic off", "/motd off", "/slow 3", "/lockdown on", "/invite", "/ban nobody", "/unban nobody",
		} {
			does(t, root, line)
		}
		want := []string{
			"op|bob (B)|", "deop|bob (B)|", "mute|" + fp("B") + "|until " + until + ", loud", "unmute|" + fp("B") + "|", "kick|bob|go",
			"ban|192.0.2.9/32|for good", "unban|192.0.2.9/32|", "topic||tea", "motd||hi", "topic||off", "motd||off", "slow||3", "lockdown||on", "invite||",
		}
		for i, w := range want {
			want[i] = fmt.Sprintf("%d root/root %s", i+1, w)
		}
		if got := strings.Join(seen, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("was done:\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
		now := reply.Moment(time.Now()).String()
		if got := does(t, root, "/audit 2"); got != "~ "+now+" root: lockdown on | "+now+" root: invite" {
			t.Errorf("/audit 2: %s", got)
		}
		if got := does(t, root, "/audit"); strings.Count(got, now) != len(want) {
			t.Errorf("/audit: %s", got)
		}
		for _, wrong := range []string{"0", "5001", "all"} {
			if got := does(t, root, "/audit "+wrong); got != "~ "+i18n.Sprint(string(reply.InvalidNumber), 1, 5000) {
				t.Errorf("/audit %s: %s", wrong, got)
			}
		}
	})
}

// That somebody became the first operator by the code is an act, too.
func TestFirstOperatorIsAudited(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	does(t, alice, "/op "+h.NewOperatorCode())
	if got := does(t, alice, "/audit"); !strings.Contains(got, "alice") {
		t.Errorf("/audit: %s", got)
	}
}

// The log is bounded: the oldest acts are dropped, from the store too.
func TestAuditIsBounded(t *testing.T) {
	h, root := ordered(t)
	b := newFakeRecordStore(h)
	for i := range moderation.MaxAuditEntries + 10 {
		root.audit("slow", "", fmt.Sprint(i))
	}
	if n := len(h.moderation.Audit.Operators()); n != moderation.MaxAuditEntries || len(b.tables["audit"]) != moderation.MaxAuditEntries || h.moderation.Audit.Operators()[0].Detail != "10" {
		t.Errorf("%d acts, %d rows, the first of them %+v", n, len(b.tables["audit"]), h.moderation.Audit.Operators()[0])
	}
	again := b.reopen(t)
	op := enter(t, again, at("root", "root"))
	op.audit("slow", "", "last")
	if a := again.moderation.Audit.Operators()[moderation.MaxAuditEntries-1]; a.Number != moderation.MaxAuditEntries+11 || again.moderation.Audit.Operators()[0].Detail != "11" {
		t.Errorf("after a restart the last is %+v, the first %+v", a, again.moderation.Audit.Operators()[0])
	}
}

// A log that is stuck holds up the operator whose act it is to take, and nobody else:
// others talk, come in and go, whatever was done.
func TestStuckLogHoldsUpNobodyElse(t *testing.T) {
	acts := map[string]func(h *Hub, root, first *Session){
		"op CODE": func(h *Hub, root, first *Session) { first.HandleLine("/op "+h.NewOperatorCode(), SlashSyntax) },
		"op":      func(h *Hub, root, first *Session) { root.HandleLine("/op first", SlashSyntax) },
		"deop":    func(h *Hub, root, first *Session) { root.HandleLine("/deop second", SlashSyntax) },
		"kick":    func(h *Hub, root, first *Session) { root.HandleLine("/kick first", SlashSyntax) },
		"ban":     func(h *Hub, root, first *Session) { root.HandleLine("/ban first", SlashSyntax) },
		"slow":    func(h *Hub, root, first *Session) { root.HandleLine("/slow 0", SlashSyntax) },
		"invite":  func(h *Hub, root, first *Session) { root.HandleLine("/invite", SlashSyntax) },
	}
	for name, act := range acts {
		synctest.Test(t, func(t *testing.T) {
			h, root := ordered(t)
			first, bob := enter(t, h, at("first", "F")), enter(t, h, at("bob", "B"))
			h.moderation.Appoint("S", moderation.Grant{Name: "second", Since: time.Now()})
			if name == "op CODE" {
				h.moderation.Dismiss("S")
			}
			logged, goOn := 0, make(chan bool)
			h.OnAudit = func(moderation.AuditEntry) {
				logged++
				<-goOn
			}
			go act(h, root, first)
			synctest.Wait()
			if logged != 1 {
				t.Errorf("%s: %d acts are in the log", name, logged)
			}
			if !h.mu.TryLock() { // or the rest of this would wait for ever
				t.Errorf("%s: the house is stuck", name)
				close(goOn)
				return
			}
			h.mu.Unlock()
			read(t, bob)
			enter(t, h, at("carol", "C")).HandleLine("hello", SlashSyntax)
			expect(t, bob, "+carol; carol: hello")
			close(goOn)
		})
	}
}

// The log names everybody who used an invitation code and the operator who created it, even if
// other codes were created meanwhile or the operator was renamed. Refused codes are not logged.
func TestRedeemedInvitationIsAudited(t *testing.T) {
	h, root := ordered(t)
	b := newFakeRecordStore(h)
	h.InviteOnly = true
	code := invitation(t, root)
	does(t, root, "/nick boss")
	invitation(t, root)
	again := b.reopen(t)
	var seen []moderation.AuditEntry
	again.OnAudit = func(a moderation.AuditEntry) { seen = append(seen, a) }
	refuses(t, "a wrong code", again.Redeem(at("x", fp("A")), "AAAA-AAAA-AAAA-AAAA"), reply.WrongCode)
	if err := again.Redeem(at("x", fp("A")), code); err != nil {
		t.Fatal(err)
	}
	refuses(t, "a code again", again.Redeem(at("x", fp("B")), code), reply.WrongCode)
	if len(seen) != 1 || seen[0].Summary() != "invite "+fp("A")+" came in by the code" || seen[0].By != "root" || seen[0].Fingerprint != "root" {
		t.Errorf("the log has %+v", seen)
	}
	if acts := b.reopen(t).moderation.Audit.Operators(); len(acts) != 3 || acts[2].Summary() != seen[0].Summary() {
		t.Errorf("after a restart %d acts are kept", len(acts))
	}
}

// The owners of rooms set topics without end. What operators did stays in the log, and so does
// what another owner did; each owner has the latest of its own. It is so after a restart, too.
func TestOwnersEvictNobodysEntries(t *testing.T) {
	h, root := ordered(t)
	b := newFakeRecordStore(h)
	does(t, root, "/slow 3")
	does(t, root, "/slow 0")
	quiet := enter(t, h, at("quiet", "Q"))
	does(t, quiet, "/join #quiet")
	does(t, quiet, "/topic once")
	const floods = moderation.MaxOwnerEntries/moderation.MaxEntriesPerOwner + 3
	for i := range floods {
		name := fmt.Sprint("flood", i)
		owner := enter(t, h, at(name, name))
		for n := range moderation.MaxEntriesPerOwner + 10 {
			owner.auditOwner("topic", "#"+name, fmt.Sprint(n))
		}
	}
	check := func(h *Hub) {
		t.Helper()
		if n := len(h.moderation.Audit.Operators()); n != 2 || h.moderation.Audit.Operators()[1].Summary() != "slow 0" {
			t.Errorf("%d acts of operators are kept", n)
		}
		of := map[string]int{}
		for _, a := range h.moderation.Audit.Owners() {
			of[a.By]++
		}
		if len(h.moderation.Audit.Owners()) != moderation.MaxOwnerEntries || of["quiet"] != 1 || of["flood0"] == 0 || len(of) != floods+1 {
			t.Errorf("kept of owners: %d acts, by %v", len(h.moderation.Audit.Owners()), of)
		}
		if last := h.moderation.Audit.Owners()[len(h.moderation.Audit.Owners())-1]; last.Detail != fmt.Sprint(moderation.MaxEntriesPerOwner+9) {
			t.Errorf("the last is %+v", last)
		}
	}
	check(h)
	again := b.reopen(t)
	check(again)
	if rows := len(b.tables["audit"]); rows != moderation.MaxOwnerEntries+2 {
		t.Errorf("%d rows are kept", rows)
	}
	root = enter(t, again, at("root", "root"))
	if got := does(t, root, "/audit"); !strings.Contains(got, "slow 0") || strings.Contains(got, "topic") {
		t.Errorf("/audit: %s", got)
	}
	if got := does(t, root, "/audit rooms 2"); strings.Count(got, "topic #flood") != 2 || strings.Contains(got, "slow") {
		t.Errorf("/audit rooms 2: %s", got)
	}
}

// An operator who sets the topic of somebody's room does so by right of office.
func TestOperatorTopicIsAuditedAsOperator(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", "B"))
	does(t, bob, "/join #bobs")
	does(t, bob, "/topic mine")
	does(t, root, "/join #bobs")
	does(t, root, "/topic yours")
	if len(h.moderation.Audit.Operators()) != 1 || len(h.moderation.Audit.Owners()) != 1 || h.moderation.Audit.Owners()[0].Detail != "mine" {
		t.Errorf("acts of operators: %d, of owners: %d", len(h.moderation.Audit.Operators()), len(h.moderation.Audit.Owners()))
	}
}
