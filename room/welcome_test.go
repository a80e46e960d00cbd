package room

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// A fakeMessageStore is an archive for tests.
type fakeMessageStore struct {
	accounts map[string]Account
	offline  map[string][]*Event
	limits   OfflineLimits // of the last Post
	err      error
	stored   uint64
	kept     []*Event // of everybody, beside a line of each
}

func (m *fakeMessageStore) StoredUpTo(string) uint64 { return m.stored }

func (m *fakeMessageStore) Account(key string) (Account, bool) {
	p, ok := m.accounts[key]
	return p, ok
}

func (m *fakeMessageStore) AccountByName(nameKey string) (Account, bool) {
	for _, p := range m.accounts {
		if names.Key(p.Name) == nameKey {
			return p, true
		}
	}
	return Account{}, false
}

func (m *fakeMessageStore) SaveOffline(e *Event, limits OfflineLimits) error {
	m.limits = limits
	if m.err == nil {
		m.offline[e.To.Person] = append(m.offline[e.To.Person], e)
	}
	return m.err
}

func (m *fakeMessageStore) OfflineMessages(key string) ([]*Event, error) {
	return m.offline[key], m.err
}

func (m *fakeMessageStore) MarkDelivered(key string, last *Event) error {
	for i, e := range m.offline[key] {
		if e == last {
			m.offline[key] = m.offline[key][i+1:]
		}
	}
	return m.err
}

func (m *fakeMessageStore) Export(key string) ([]*Event, error) {
	return append([]*Event{{Kind: Said, User: &UserInfo{Name: "x", Person: key}}}, m.kept...), m.err
}

func newFakeMessageStore() *fakeMessageStore {
	return &fakeMessageStore{accounts: map[string]Account{}, offline: map[string][]*Event{}, stored: math.MaxUint64}
}

func arrive(t *testing.T, s *Session, lines int) Welcome {
	t.Helper()
	a, err := s.Welcome(lines)
	if err != nil {
		t.Error(err)
	}
	return a
}

// A newcomer is shown the last lines and then reads everything since their own arrival: nothing is
// lost or repeated, whenever they look.
func TestNewcomer(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 20})
	h.Messages = newFakeMessageStore()
	alice := enter(t, h, ClientInfo{RequestedName: "alice"})
	for i := range 5 {
		alice.HandleLine(fmt.Sprint(i), 0)
	}
	bob := enter(t, h, ClientInfo{RequestedName: "bob", Fingerprint: "B"})
	alice.HandleLine("5", 0)
	a := arrive(t, bob, 3)
	if got := words(a.Messages); got != "alice: 2; alice: 3; alice: 4" || a.Unread != 0 || a.EarlierUnread != 0 || !a.LastSeen.IsZero() {
		t.Errorf("bob is shown %s, %+v", got, a)
	}
	expect(t, bob, "+bob; alice: 5")
}

// A user who comes back sees what was said since they left, even if that is much more than fits. A
// user who is online in another window has missed nothing.
func TestRequeueUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := remembering(64, HistoryLimits{Lines: 20})
		s := newFakeMessageStore()
		h.Messages = s
		alice := enter(t, h, ClientInfo{RequestedName: "alice"})
		for i := range 10 {
			alice.HandleLine(fmt.Sprint(i), 0)
			time.Sleep(time.Minute)
		}
		for _, test := range []struct {
			ago             time.Duration
			lines           int
			past            string
			unread, earlier int
		}{
			{150 * time.Second, 4, "alice: 6; alice: 7; alice: 8; alice: 9", 2, 0},
			{time.Second, 2, "alice: 8; alice: 9", 0, 0},
			{time.Hour, 3, "alice: 7; alice: 8; alice: 9", 3, 7},
		} {
			left := time.Now().Add(-test.ago)
			s.accounts["B"] = Account{ID: "B", Name: "bob", LastSeen: left}
			bob := enter(t, h, ClientInfo{RequestedName: "bob", Fingerprint: "B", Terminal: true})
			a := arrive(t, bob, test.lines)
			if got := words(a.Messages); got != test.past || a.Unread != test.unread || a.EarlierUnread != test.earlier || !a.LastSeen.Equal(left) {
				t.Errorf("away for %v: bob is shown %s, %+v", test.ago, got, a)
			}
			again := enter(t, h, ClientInfo{RequestedName: "bob", Fingerprint: "B", Terminal: true})
			if a := arrive(t, again, test.lines); a.Unread != 0 || a.EarlierUnread != 0 || !a.LastSeen.Equal(bob.Since) {
				t.Errorf("in another window: %+v", a)
			}
			again.Leave(Quit)
			bob.Leave(Quit)
		}
	})
}

// Whether the sender of a waiting message owns their name is shown when it is read, as for a
// message that did not have to wait.
func TestOfflineMessagesKeepTheMark(t *testing.T) {
	h := NewHub()
	s := newFakeMessageStore()
	h.Messages = s
	enter(t, h, at("alice", "A"))
	for _, from := range []*UserInfo{{Name: "alice", Person: "A"}, {Name: "alice", Person: "M"}, {Name: "alice"}, {Name: "mallory", Person: "A"}} {
		s.offline["B"] = append(s.offline["B"], &Event{Kind: DirectMessage, User: from, To: &UserInfo{Name: "bob", Person: "B"}, Text: "hi"})
	}
	for i, e := range arrive(t, enter(t, h, at("bob", "B")), 5).DirectMessages {
		if e.User.Verified != (i == 0) {
			t.Errorf("letter %d is from %+v", i, e.User)
		}
	}
}

// Words for one who is away wait; the sender is told so, or why not. They wait
// no more once they were read.
func TestOfflineMessages(t *testing.T) {
	h := NewHub()
	s := newFakeMessageStore()
	s.accounts["B"] = Account{ID: "B", Name: "Bob"}
	h.Messages = s
	alice := enter(t, h, ClientInfo{RequestedName: "alice"})
	read(t, alice)
	tell := func(line, want string) {
		t.Helper()
		alice.HandleLine(line, anyForm)
		events := alice.Take(make([]Item, 0, 9))
		if got := events[0]; i18n.Sprint(string(sentenceOf(got).Code), sentenceOf(got).Args...) != want {
			t.Errorf("%s: %s, want %s", line, describe(got), want)
		}
	}
	tell("to|bob|one", testkit.English(reply.MessageSaved, "Bob"))
	tell("/msg BOB two words", testkit.English(reply.MessageSaved, "Bob"))
	tell("to|carol|hi", testkit.English(reply.NoSuchUser, "carol"))
	tell("to|bob|", testkit.English(reply.MessageEmpty))
	s.err = ErrRecipientFull
	tell("to|bob|three", testkit.English(reply.RecipientBoxFull, "Bob"))
	s.err = ErrSenderFull
	tell("to|bob|three", testkit.English(reply.TooManyGuestMessages, "Bob", 3))
	s.err = ErrNoSpace
	tell("to|bob|three", testkit.English(reply.NoSpaceForMessages, "Bob"))
	s.err = fmt.Errorf("no answer: %w", ErrUnconfirmed)
	tell("to|bob|three", testkit.English(reply.MessageMaybeSaved, "Bob"))
	s.err = errors.New("no disk")
	tell("to|bob|three", testkit.English(reply.CannotSaveMessage, "Bob"))

	bob := enter(t, h, ClientInfo{RequestedName: "bob", Fingerprint: "B"})
	if _, err := bob.Welcome(5); err == nil {
		t.Error("bob does not learn that letters cannot be read")
	}
	s.err = nil
	a := arrive(t, bob, 5)
	if got := words(a.DirectMessages); got != "alice>Bob: one; alice>Bob: two words" {
		t.Errorf("bob gets %s", got)
	}
	if err := bob.MarkDelivered(a); err != nil || len(s.offline["B"]) != 0 {
		t.Errorf("%d letters wait, %v", len(s.offline["B"]), err)
	}
	thief := enter(t, h, ClientInfo{RequestedName: "Bob", Fingerprint: "C"})
	if a := arrive(t, thief, 5); len(a.DirectMessages) != 0 {
		t.Errorf("another key gets %s", words(a.DirectMessages))
	}
}
