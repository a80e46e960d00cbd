package roomtest

import (
	"cmp"
	"context"
	"math"
	"testing"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// A FakeMessageStore is a message store for tests.
type FakeMessageStore struct {
	Accounts map[ids.Account]room.Account
	Offline  map[ids.Account][]*room.Event
	Limits   room.OfflineLimits // of the last Post
	Err      error
	Stored   uint64
	Kept     []*room.Event // of everybody, besides a line of each
	Slow     time.Duration // how long each method with a context takes
}

func (m *FakeMessageStore) StoredUpTo(ids.Room) uint64 { return m.Stored }

func (m *FakeMessageStore) Account(key ids.Account) (room.Account, bool) {
	p, ok := m.Accounts[key]
	return p, ok
}

func (m *FakeMessageStore) AccountByName(nameKey ids.NameKey) (room.Account, bool) {
	for _, p := range m.Accounts {
		if names.Key(p.Name) == nameKey {
			return p, true
		}
	}
	return room.Account{}, false
}

func (m *FakeMessageStore) SaveOffline(ctx context.Context, e *room.Event, limits room.OfflineLimits) error {
	waitFor(ctx, m.Slow)
	m.Limits = limits
	if m.Err == nil && ctx.Err() == nil {
		m.Offline[e.To.Person] = append(m.Offline[e.To.Person], e)
	}
	return cmp.Or(m.Err, ctx.Err())
}

func (m *FakeMessageStore) OfflineMessages(ctx context.Context, key ids.Account) ([]*room.Event, error) {
	waitFor(ctx, m.Slow)
	return m.Offline[key], cmp.Or(m.Err, ctx.Err())
}

func (m *FakeMessageStore) MarkDelivered(ctx context.Context, key ids.Account, last *room.Event) error {
	waitFor(ctx, m.Slow)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, e := range m.Offline[key] {
		if e == last {
			m.Offline[key] = m.Offline[key][i+1:]
		}
	}
	return m.Err
}

func (m *FakeMessageStore) Export(ctx context.Context, key ids.Account) ([]*room.Event, error) {
	waitFor(ctx, m.Slow)
	return append([]*room.Event{{Kind: room.Said, User: &room.UserInfo{Name: "x", Person: key}}}, m.Kept...), m.Err
}

// Known makes a key known since some time ago.
func (m *FakeMessageStore) Known(key ids.Account, name string, ago time.Duration) {
	m.Accounts[key] = room.Account{ID: key, Name: name, FirstSeen: time.Now().Add(-ago), LastSeen: time.Now()}
}

func NewFakeMessageStore() *FakeMessageStore {
	return &FakeMessageStore{Accounts: map[ids.Account]room.Account{}, Offline: map[ids.Account][]*room.Event{}, Stored: math.MaxUint64}
}

func Arrive(t *testing.T, s *command.Runner, lines int) welcome.Welcome {
	t.Helper()
	a, err := welcome.For(s.Session, lines)
	if err != nil {
		t.Error(err)
	}
	return a
}
