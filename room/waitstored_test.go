package room_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Every command, typed or by ssh HOST, answers only after its changes are stored. Nobody else
// waits, nobody waits with the hub locked, and if the store does not work, the answer says so.
func TestAnswersAreStoredFirst(t *testing.T) {
	for _, line := range []string{
		"topic tea", "motd hello", "slow 3", "lockdown on", "ban bob 1h", "mute bob 1h", "unban carol", "unmute bob", "kick bob",
		"op bob", "deop eve", "invite", "ignore bob", "unignore eve", "set theme ink", "bell", "lang zh", "time 12", "name release root2 yes", "forget bob yes",
	} {
		for _, typed := range []bool{true, false} {
			b := roomtest.NewFakeRecordStore()
			h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot, Messages: roomtest.NewFakeMessageStore()})
			root := roomtest.EnterRoot(t, h)
			eve := roomtest.Enter(t, h, roomtest.At("eve", "E"))
			roomtest.Enter(t, h, roomtest.At("bob", "B"))
			roomtest.Enter(t, h, roomtest.At("carol", "C"))
			roomtest.Does(t, root, "/nick root2")
			roomtest.Does(t, root, "/nick root")
			for _, before := range []string{"/op eve", "/mute bob", "/ignore eve", "/ban carol"} {
				roomtest.Does(t, root, before)
			}
			waited := 0
			b.Settle = func(after, last uint64) bool {
				waited++
				if last <= after {
					t.Errorf("%s: a session waits for records %d to %d", line, after+1, last)
				}
				if strings.Contains(roomtest.Read(t, root), "~ "+i18n.English(string(reply.Done))) {
					t.Errorf("%s is answered before it is stored", line)
				}
				if got := roomtest.Does(t, eve, "/who"); !strings.Contains(got, "here: ") { // with the hub locked it would hang
					t.Errorf("eve reads %s", got)
				}
				return false
			}
			var got string
			if typed {
				got = roomtest.Does(t, root, "/"+line)
			} else if e, err := roomtest.Command(t, h, "root", strings.Fields(line)...); err == nil {
				got = roomtest.Describe(e)
			} else {
				t.Errorf("%s: %v", line, err)
			}
			if waited != 1 || !strings.Contains(got, i18n.English(string(reply.NotStoredYet))) {
				t.Errorf("%s: waited %d times, and read %s", line, waited, got)
			}
		}
	}
}

// If the store refuses a change, the answer says that it only holds until a restart: typed or by
// ssh HOST, for operators and for users of their codes.
func TestUnstoredChangeSaysSo(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	code := roomtest.Invitation(t, root)
	b.Refuses = true
	if got := roomtest.Does(t, root, "/ban 192.0.2.1"); !strings.Contains(got, testkit.EnglishPart(reply.BannedNow, 0)) || !strings.Contains(got, i18n.English(string(reply.NeverStored))) {
		t.Errorf("/ban: %s", got)
	}
	if e, err := roomtest.Command(t, h, "root", "ban", "192.0.2.2"); err != nil || !strings.Contains(roomtest.Describe(e), i18n.English(string(reply.NeverStored))) {
		t.Errorf("ban: %v, %v", e, err)
	}
	roomtest.Refuses(t, "what is never stored", h.Redeem(t.Context(), roomtest.At("x", roomtest.Fp("x")), code), reply.NeverStored)
}

// A command that changes nothing does not wait for other people's records.
func TestOnlyChangesWait(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	roomtest.Does(t, root, "/topic tea")
	b.Settle = func(after, last uint64) bool {
		t.Errorf("a session waits for records %d to %d", after+1, last)
		return false
	}
	for _, line := range []string{"/who", "hello", "/topic", "/bans", "/set", "/help"} {
		if got := roomtest.Does(t, root, line); strings.Contains(got, i18n.English(string(reply.NotStoredYet))) {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// /quit does not wait, although it stores the input history: the client has moved on, and may be
// back at once.
func TestQuitDoesNotWait(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	wrote := h.LastRecord()
	b.Settle = func(_, _ uint64) bool {
		t.Error("/quit waits for records")
		return false
	}
	root.HandleLine("/quit", command.SlashSyntax)
	if root.Reason() != room.Quit || h.LastRecord() == wrote {
		t.Errorf("left by %q, having written %d records", root.Reason(), h.LastRecord()-wrote)
	}
}

// When the server stops, a command by ssh HOST still waits until its changes are stored, and answers
// what is true: its client still reads. If the client hangs up instead, nothing waits.
func TestStoppingServerAnswersWhatIsStored(t *testing.T) {
	for _, line := range []string{"ban mallory", "forget me yes"} {
		for _, stops := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				b, messages := roomtest.NewFakeRecordStore(), &slowMessageStore{FakeMessageStore: roomtest.NewFakeMessageStore()}
				h := b.NewHub(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, IsOperatorKey: roomtest.IsRoot, Messages: messages})
				roomtest.Enter(t, h, roomtest.At("mallory", "M"))
				roomtest.Does(t, roomtest.EnterRoot(t, h), "hello")
				b.Slow, messages.after = time.Second, time.Second
				once, _, err := roomtest.ExecHub(h, roomtest.At("root", "root"))
				if err != nil {
					t.Fatal(err)
				}
				ends := h.Close
				if !stops {
					ends = func() { once.Leave(room.HungUp) }
				}
				const soon = time.Second / 2
				time.AfterFunc(soon, ends)
				var answer room.Reply
				took := roomtest.Took(func() { answer, err = once.RunCommand(strings.Fields(line)) })
				late := strings.Contains(roomtest.Describe(answer), i18n.English(string(reply.NotStoredYet)))
				if err != nil || late == stops || (took > soon) != stops {
					t.Errorf("%s, the server stops: %v; after %v the answer is %s, %v", line, stops, took, roomtest.Describe(answer), err)
				}
			})
		}
	}
}

// An operator's invitation code admits a key for good, and the answer comes once that is stored.
func TestCodeIsStoredFirst(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot})
	root := roomtest.EnterRoot(t, h)
	code := roomtest.Invitation(t, root)
	b.Settle = func(_, _ uint64) bool {
		if !roomtest.Peek(h).Moderation.IsAllowed(ids.Account(roomtest.Fp("x"))) {
			t.Error("nothing was stored")
		}
		return false
	}
	roomtest.Refuses(t, "what is not stored", h.Redeem(t.Context(), roomtest.At("x", roomtest.Fp("x")), code), reply.NotStoredYet)
}

// A user is told that their messages are erased once that is stored: a process that is killed a
// moment later has erased them too.
func TestForgettingIsStoredFirst(t *testing.T) {
	for _, typed := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := &slowMessageStore{FakeMessageStore: roomtest.NewFakeMessageStore()}
			h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, Messages: s})
			bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
			roomtest.Does(t, bob, "hello")
			forget := func() string {
				if typed {
					return roomtest.Does(t, bob, "/forget me yes")
				}
				e, err := roomtest.Command(t, h, "bob", "forget", "me", "yes")
				return fmt.Sprint(roomtest.Describe(e), err)
			}
			if got := forget(); !strings.Contains(got, i18n.English(string(reply.NotStoredYet))) {
				t.Errorf("the message store has nothing of it, and bob reads %s", got)
			}
			s.after = time.Second
			began := time.Now()
			if got := forget(); !strings.Contains(got, testkit.EnglishPart(reply.Forgotten, 0)) || strings.Contains(got, i18n.English(string(reply.NotStoredYet))) {
				t.Errorf("bob reads %s", got)
			}
			if time.Since(began) < time.Second {
				t.Errorf("the answer came after %v", time.Since(began))
			}
		})
	}
}

// A slowMessageStore has stored everything some time after it was first asked, or never if after is
// 0.
type slowMessageStore struct {
	*roomtest.FakeMessageStore
	after time.Duration
	asked time.Time
}

func (m *slowMessageStore) StoredUpTo(ids.Room) uint64 {
	if m.after == 0 {
		return 0
	}
	if m.asked.IsZero() {
		m.asked = time.Now()
	}
	if time.Since(m.asked) < m.after {
		return 0
	}
	return math.MaxUint64
}

// A refusal promises nothing: nobody waits for changes that the command made before it, and nobody
// reads "It holds" beside "Try again".
func TestRefusalsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := roomtest.ClusterWithOperator(t)
		s.Nodes[1].Come("bob", "K2")
		s.Settle()
		s.Silent = true
		s.Nodes[0].OnWait = func(after, last uint64) {
			t.Errorf("a session waits for records %d to %d", after+1, last)
		}
		got := roomtest.Does(t, root, "/kick bob")
		if !strings.Contains(got, testkit.English(reply.KickUnconfirmed, "bob")) || strings.Contains(got, i18n.English(string(reply.NotStoredYet))) {
			t.Errorf("root reads %s", got)
		}
		_, err := root.RunCommand([]string{"kick", "bob"})
		roomtest.Refuses(t, "a kick that does not get there", err, reply.KickUnconfirmed)
	})
}
