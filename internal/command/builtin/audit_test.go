package builtin_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Operators' actions are logged, with operator and target, and operators can read them, the latest
// last. Refused commands are not logged.
func TestAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		h := room.New(room.Config{
			IsOperatorKey: roomtest.IsRoot,
			OnAudit: func(a moderation.AuditEntry) {
				seen = append(seen, fmt.Sprintf("%d %s/%s %s|%s|%s", a.Number, a.By, a.Fingerprint, a.Action, a.Target, a.Detail))
				if !a.Time.Equal(time.Now()) {
					t.Errorf("%s at %v", a.Action, a.Time)
				}
			},
		})
		root := roomtest.EnterRoot(t, h)
		if got := roomtest.Does(t, root, "/audit"); got != "~ "+testkit.English(reply.NoAuditEntries) {
			t.Errorf("/audit: %s", got)
		}
		roomtest.Enter(t, h, roomtest.From("bob", "B", "192.0.2.1"))
		until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		for _, line := range []string{
			"/op bob", "/deop bob", "/kick nobody", "/ban 10.0.0.0/1", "/slow x", "/lockdown x", "/deop bob",
			string("/mute " + roomtest.Fp("B") + " 1h loud"), string("/unmute " + roomtest.Fp("B")), "/kick bob go", "/ban 192.0.2.9", "/unban 192.0.2.9",
			"/topic tea", "/motd hi", "/topic off", "/motd off", "/slow 3", "/lockdown on", "/invite", "/ban nobody", "/unban nobody",
		} {
			roomtest.Does(t, root, line)
		}
		want := []string{
			"op|bob (B)|", "deop|bob (B)|", "mute|" + string(roomtest.Fp("B")) + "|until " + until + ", loud", string("unmute|" + roomtest.Fp("B") + "|"), "kick|bob|go",
			"ban|192.0.2.9/32|for good", "unban|192.0.2.9/32|", "topic||tea", "motd||hi", "topic||off", "motd||off", "slow||3", "lockdown||on", "invite||",
		}
		for i, w := range want {
			want[i] = fmt.Sprintf("%d root/root %s", i+1, w)
		}
		if got := strings.Join(seen, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("the log has\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
		now := reply.Moment(time.Now()).String()
		if got := roomtest.Does(t, root, "/audit 2"); got != "~ "+now+" root: lockdown on | "+now+" root: invite" {
			t.Errorf("/audit 2: %s", got)
		}
		if got := roomtest.Does(t, root, "/audit"); strings.Count(got, now) != len(want) {
			t.Errorf("/audit: %s", got)
		}
		for _, wrong := range []string{"0", "5001", "all"} {
			if got := roomtest.Does(t, root, "/audit "+wrong); got != "~ "+i18n.Sprint(string(reply.InvalidNumber), 1, 5000) {
				t.Errorf("/audit %s: %s", wrong, got)
			}
		}
	})
}

// The log also has who became the first operator by the code.
func TestFirstOperatorIsAudited(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Does(t, alice, "/op "+h.NewOperatorCode())
	if got := roomtest.Does(t, alice, "/audit"); !strings.Contains(got, "alice") {
		t.Errorf("/audit: %s", got)
	}
}

// The log is bounded: the oldest entries are dropped, also from the store.
func TestAuditIsBounded(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	for i := range moderation.MaxAuditEntries + 10 {
		root.Audit("slow", "", fmt.Sprint(i))
	}
	if n := len(roomtest.Peek(h).Moderation.Audit.Operators()); n != moderation.MaxAuditEntries || len(b.Tables["audit"]) != moderation.MaxAuditEntries || roomtest.Peek(h).Moderation.Audit.Operators()[0].Detail != "10" {
		t.Errorf("%d entries, %d records, the first of them %+v", n, len(b.Tables["audit"]), roomtest.Peek(h).Moderation.Audit.Operators()[0])
	}
	again := b.Reopen(t)
	op := roomtest.Enter(t, again, roomtest.At("root", "root"))
	op.Audit("slow", "", "last")
	if a := roomtest.Peek(again).Moderation.Audit.Operators()[moderation.MaxAuditEntries-1]; a.Number != moderation.MaxAuditEntries+11 || roomtest.Peek(again).Moderation.Audit.Operators()[0].Detail != "11" {
		t.Errorf("after a restart the last is %+v, the first %+v", a, roomtest.Peek(again).Moderation.Audit.Operators()[0])
	}
}

// If logging blocks, it delays the operator whose action is logged, and nobody else: others talk,
// enter and leave, whatever was done.
func TestStuckLogDelaysNobodyElse(t *testing.T) {
	acts := map[string]func(h *room.Hub, root, first *command.Runner){
		"op CODE": func(h *room.Hub, root, first *command.Runner) {
			first.HandleLine("/op "+h.NewOperatorCode(), command.SlashSyntax)
		},
		"op":     func(h *room.Hub, root, first *command.Runner) { root.HandleLine("/op first", command.SlashSyntax) },
		"deop":   func(h *room.Hub, root, first *command.Runner) { root.HandleLine("/deop second", command.SlashSyntax) },
		"kick":   func(h *room.Hub, root, first *command.Runner) { root.HandleLine("/kick first", command.SlashSyntax) },
		"ban":    func(h *room.Hub, root, first *command.Runner) { root.HandleLine("/ban first", command.SlashSyntax) },
		"slow":   func(h *room.Hub, root, first *command.Runner) { root.HandleLine("/slow 0", command.SlashSyntax) },
		"invite": func(h *room.Hub, root, first *command.Runner) { root.HandleLine("/invite", command.SlashSyntax) },
	}
	for name, act := range acts {
		synctest.Test(t, func(t *testing.T) {
			logged, goOn := 0, make(chan bool)
			h := room.New(room.Config{IsOperatorKey: roomtest.IsRoot, OnAudit: func(moderation.AuditEntry) {
				logged++
				<-goOn
			}})
			root := roomtest.EnterRoot(t, h)
			first, bob := roomtest.Enter(t, h, roomtest.At("first", "F")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
			roomtest.Peek(h).Moderation.Appoint("S", moderation.Grant{Name: "second", Since: time.Now()})
			if name == "op CODE" {
				roomtest.Peek(h).Moderation.Dismiss("S")
			}
			go act(h, root, first)
			synctest.Wait()
			if logged != 1 {
				t.Errorf("%s: the log has %d entries", name, logged)
			}
			h.Lock().Unlock() // or the rest of this would wait for ever
			roomtest.Read(t, bob)
			roomtest.Enter(t, h, roomtest.At("carol", "C")).HandleLine("hello", command.SlashSyntax)
			roomtest.Expect(t, bob, "+carol; carol: hello")
			close(goOn)
		})
	}
}

// The log names everybody who used an invitation code and the operator who created it, even if
// other codes were created meanwhile or the operator was renamed. Refused codes are not logged.
func TestRedeemedInvitationIsAudited(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	var seen []moderation.AuditEntry
	h := b.NewHub(room.Config{
		IsOperatorKey: roomtest.IsRoot,
		Policy:        room.Policy{InviteOnly: true},
		OnAudit:       func(a moderation.AuditEntry) { seen = append(seen, a) },
	})
	root := roomtest.EnterRoot(t, h)
	code := roomtest.Invitation(t, root)
	roomtest.Does(t, root, "/nick boss")
	roomtest.Invitation(t, root)
	again := b.Reopen(t)
	seen = nil
	roomtest.Refuses(t, "a wrong code", again.Redeem(t.Context(), roomtest.At("x", roomtest.Fp("A")), "AAAA-AAAA-AAAA-AAAA"), reply.WrongCode)
	if err := again.Redeem(t.Context(), roomtest.At("x", roomtest.Fp("A")), code); err != nil {
		t.Fatal(err)
	}
	roomtest.Refuses(t, "a code again", again.Redeem(t.Context(), roomtest.At("x", roomtest.Fp("B")), code), reply.WrongCode)
	if len(seen) != 1 || seen[0].Summary() != "invite "+string(roomtest.Fp("A"))+" came in by the code" || seen[0].By != "root" || seen[0].Fingerprint != "root" {
		t.Errorf("the log has %+v", seen)
	}
	if acts := roomtest.Peek(b.Reopen(t)).Moderation.Audit.Operators(); len(acts) != 3 || acts[2].Summary() != seen[0].Summary() {
		t.Errorf("after a restart %d entries are kept", len(acts))
	}
}

// Room owners set topics without end. What operators did stays in the log, and so does what other
// owners did; of each owner the latest entries are kept. The same holds after a restart.
func TestOwnersEvictNobodysEntries(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	roomtest.Does(t, root, "/slow 3")
	roomtest.Does(t, root, "/slow 0")
	quiet := roomtest.Enter(t, h, roomtest.At("quiet", "Q"))
	roomtest.Does(t, quiet, "/join #quiet")
	roomtest.Does(t, quiet, "/topic once")
	const floods = moderation.MaxOwnerEntries/moderation.MaxEntriesPerOwner + 3
	for i := range floods {
		name := fmt.Sprint("flood", i)
		owner := roomtest.Enter(t, h, roomtest.At(name, ids.Fingerprint(name)))
		for n := range moderation.MaxEntriesPerOwner + 10 {
			owner.AuditOwner("topic", "#"+name, fmt.Sprint(n))
		}
	}
	check := func(h *room.Hub) {
		t.Helper()
		if n := len(roomtest.Peek(h).Moderation.Audit.Operators()); n != 2 || roomtest.Peek(h).Moderation.Audit.Operators()[1].Summary() != "slow 0" {
			t.Errorf("%d entries of operators are kept", n)
		}
		of := map[string]int{}
		for _, a := range roomtest.Peek(h).Moderation.Audit.Owners() {
			of[a.By]++
		}
		if len(roomtest.Peek(h).Moderation.Audit.Owners()) != moderation.MaxOwnerEntries || of["quiet"] != 1 || of["flood0"] == 0 || len(of) != floods+1 {
			t.Errorf("entries of owners: %d, by %v", len(roomtest.Peek(h).Moderation.Audit.Owners()), of)
		}
		if last := roomtest.Peek(h).Moderation.Audit.Owners()[len(roomtest.Peek(h).Moderation.Audit.Owners())-1]; last.Detail != fmt.Sprint(moderation.MaxEntriesPerOwner+9) {
			t.Errorf("the last is %+v", last)
		}
	}
	check(h)
	again := b.Reopen(t)
	check(again)
	if rows := len(b.Tables["audit"]); rows != moderation.MaxOwnerEntries+2 {
		t.Errorf("%d records are kept", rows)
	}
	root = roomtest.Enter(t, again, roomtest.At("root", "root"))
	if got := roomtest.Does(t, root, "/audit"); !strings.Contains(got, "slow 0") || strings.Contains(got, "topic") {
		t.Errorf("/audit: %s", got)
	}
	if got := roomtest.Does(t, root, "/audit rooms 2"); strings.Count(got, "topic #flood") != 2 || strings.Contains(got, "slow") {
		t.Errorf("/audit rooms 2: %s", got)
	}
}

// If an operator sets the topic of somebody's room, that is logged as an operator's action.
func TestOperatorTopicIsAuditedAsOperator(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Does(t, bob, "/join #bobs")
	roomtest.Does(t, bob, "/topic mine")
	roomtest.Does(t, root, "/join #bobs")
	roomtest.Does(t, root, "/topic yours")
	if len(roomtest.Peek(h).Moderation.Audit.Operators()) != 1 || len(roomtest.Peek(h).Moderation.Audit.Owners()) != 1 || roomtest.Peek(h).Moderation.Audit.Owners()[0].Detail != "mine" {
		t.Errorf("entries of operators: %d, of owners: %d", len(roomtest.Peek(h).Moderation.Audit.Operators()), len(roomtest.Peek(h).Moderation.Audit.Owners()))
	}
}
