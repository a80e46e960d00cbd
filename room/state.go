package room

import (
	"context"
	"errors"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/ratelimit"
	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/roster"
)

// A State is what the lock of a hub guards: who is online, and what is stored as records. Its parts
// have no locks of their own.
type State struct {
	hub *Hub

	Sessions  map[*Session]bool    // all sessions at this node, including one-shot sessions
	Following map[*Session]bool    // the sessions that follow a room
	Online    roster.Roster[*User] // who is online, under which name
	Rooms     Rooms
	Naming    Naming
	People    People
	Access    Access
	Policy    Policy // as [Hub.SetPolicy] last set it

	Keys           *accounts.Keys
	Names          *accounts.Names
	Moderation     *moderation.State
	Settings       records.Table[ids.Account, accounts.Settings]     // by person
	IgnoreLists    records.Table[ids.Account, accounts.IgnoreList]   // by person
	InputHistories records.Table[ids.Account, accounts.InputHistory] // by person
	ReadMarkers    *accounts.ReadMarkers
	Bots           records.Table[ids.Account, accounts.Bot] // by person
	Tables         *records.Registry                        // all tables

	remoteSessions   map[*Session]bool // the sessions at other nodes
	onSessionChanged func(*Session)    // see JoinNodes; nil if this is the only node
	nodeBits         uint64            // distinguishes the session IDs of several nodes; 0 if this is the only one
	lastID           uint64
	warnings         []*warning           // oldest first
	departures       map[Departure]uint64 // for statistics
	closed           bool
}

func (st *State) init(h *Hub) {
	*st = State{
		hub:            h,
		Sessions:       map[*Session]bool{},
		Following:      map[*Session]bool{},
		remoteSessions: map[*Session]bool{},
		departures:     map[Departure]uint64{},
		Online:         roster.New[*User](),
		Rooms:          Rooms{st: st, ByID: map[ids.Room]*Room{}, closings: map[ids.Room]time.Time{}},
		Naming:         Naming{st: st},
		People:         People{st: st, swept: map[string]time.Time{}},
		Access:         Access{st: st, floodMutes: map[string]time.Time{}},
		Policy:         h.config.Policy,
	}
	st.registerTables()
}

// Rooms are the rooms of a hub. Hub.mu guards them.
type Rooms struct {
	st            *State
	ByID          map[ids.Room]*Room
	records       records.Table[ids.Room, roomRecord]
	joinLeave     []*Room // rooms whose readers must be woken; see State.Unlock
	subscriptions []*Subscription
	closings      map[ids.Room]time.Time // rooms that operators closed, of which other nodes may not have heard yet
	closedSeq     uint64                 // the highest sequence number in any room that was closed
	closedTime    time.Time              // the latest time of an event in such a room
}

// Naming decides who is called what. Hub.mu guards it.
type Naming struct{ st *State }

// People is what is known of persons, online or not. Hub.mu guards it.
type People struct {
	st     *State
	swept  map[string]time.Time // when unused records were last looked for, by table
	quotas ratelimit.Quotas     // shares of what everybody shares, by network
}

// Access decides who may enter and who may speak. Hub.mu guards it.
type Access struct {
	st            *State
	floodMutes    map[string]time.Time                            // until when people who sent too fast are muted, by subject
	slowModeTimes ratelimit.Table[string, time.Time]              // when somebody last said something in slow mode
	rateLimits    ratelimit.Table[ids.Account, *ratelimit.Person] // of people with a key, online or not
	addressLimits ratelimit.Addresses                             // rates by address
}

// Load loads the records of the store. Call it before the first session enters. The error names the
// records that could not be read; they stay in the store and have no effect.
func (h *Hub) Load(stored []records.Record) error {
	st := h.Lock()
	defer st.Unlock()
	return st.Tables.Load(stored)
}

// writeRecord writes a record to the store. Hub.mu is held, so that the records of a key are
// written in the order in which they changed.
func (h *Hub) writeRecord(r records.Record) {
	if h.config.Records != nil {
		h.lastRecord.Store(h.config.Records.Write(r))
	}
}

// A recordSpan stands for the records of the [records.Store] numbered after+1 to last.
type recordSpan struct{ after, last uint64 }

// waitStored waits until records are stored, for a few seconds at most. It returns what to say if
// they are not, or "".
func waitStored(ctx context.Context, h *Hub, rows recordSpan) (late reply.Code) {
	if rows.after == rows.last {
		return ""
	}
	switch err := h.config.Records.WaitStored(ctx, rows.after, rows.last); {
	case err == nil:
		return ""
	case errors.Is(err, records.ErrRefused):
		return reply.NeverStored
	}
	return reply.NotStoredYet
}

// Write runs do, which may write records. If it succeeds, [Session.WaitStored] waits for them; a
// refusal promises nothing that would have to be stored.
func (s *Session) Write(do func() error) error {
	before := s.hub.lastRecord.Load()
	err := do()
	if err == nil {
		s.records = recordSpan{before, s.hub.lastRecord.Load()}
	}
	return err
}

// WaitStored waits until what s's command has written is stored, so that its answer holds for good.
// It returns what to say if it is not, or "". Only s waits, but also for records that others wrote
// at the same moment. After a goodbye it does not wait, because nothing is answered and the session
// must free its place at once. If s leaves meanwhile, the wait ends, except when the server stops:
// then the client still reads the answer.
func (s *Session) WaitStored() (late reply.Code) {
	rows, forgot := s.records, s.forgetEvent
	s.records, s.forgetEvent = recordSpan{}, nil
	if s.Reason() == Quit || rows.after == rows.last && forgot == nil {
		return ""
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	defer cancel()
	defer context.AfterFunc(s.Context(), func() {
		if s.Reason() != Stopping {
			cancel()
		}
	})()
	if late = waitStored(ctx, s.hub, rows); late == "" && forgot != nil && !waitEventStored(ctx, s.hub, forgot) {
		late = reply.NotStoredYet
	}
	return late
}

// waitEventStored waits until an event of the lobby is stored, for StoreTimeout at most. It reports
// whether it is.
func waitEventStored(ctx context.Context, h *Hub, e *Event) bool {
	ctx, cancel := context.WithTimeout(ctx, StoreTimeout)
	defer cancel()
	glance := time.NewTicker(StoreTimeout / 100)
	defer glance.Stop()
	for h.config.Messages.StoredUpTo(Lobby) < e.Seq {
		select {
		case <-glance.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// StoredRecords returns the records of a partition as they should be in the store, for a store that
// has lost them. Records that could not be read are not included.
func (h *Hub) StoredRecords(p records.Partition) []records.Record {
	st := h.Lock()
	defer st.Unlock()
	return st.Tables.Stored(p)
}

// Lock locks the hub and returns what its lock guards. The caller must call [State.Unlock], must not
// wait before that, and must not use the State afterwards.
func (h *Hub) Lock() *State {
	h.mu.Lock()
	return &h.state
}

// Unlock releases the lock, and wakes the readers of the rooms in which people came, left or got
// another name.
func (st *State) Unlock() {
	moved := st.Rooms.joinLeave
	st.Rooms.joinLeave = nil
	st.hub.mu.Unlock()
	for _, r := range moved {
		r.WakeForJoinLeave()
	}
}
