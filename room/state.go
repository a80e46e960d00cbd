package room

import (
	"errors"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/moderation"
	"teahouse/internal/ratelimit"
	"teahouse/internal/records"
	"teahouse/internal/reply"
)

// state is what the store has, in memory, and what goes with it. Hub.mu guards it.
type state struct {
	swept          map[string]time.Time                 // when it was looked for what nobody uses, by table
	closings       map[string]time.Time                 // rooms that operators closed, of which other nodes may not have heard
	ignoreLists    records.Table[accounts.IgnoreList]   // by person
	settings       records.Table[accounts.Settings]     // by person
	inputHistories records.Table[accounts.InputHistory] // by person
	readMarkers    records.Table[readMarker]            // by person and room, see readMarkerKey
	bots           records.Table[accounts.Bot]          // by person
	roomRecords    records.Table[roomRecord]            // by the key of the name
	keys           *accounts.Keys
	names          *accounts.Names
	moderation     *moderation.State
	tables         *records.Registry // all of them

	floodMutes    map[string]time.Time                // who said too much too fast, and until when nothing more
	slowModeTimes ratelimit.Table[string, time.Time]  // when somebody said something last, in slow mode
	rateLimits    ratelimit.Table[string, *rateLimit] // of people with a key, here or not
}

func newState() state {
	return state{
		swept:      map[string]time.Time{},
		closings:   map[string]time.Time{},
		floodMutes: map[string]time.Time{},
	}
}

// Load takes what the store has. It must be called before anybody is there. The error names the
// records that could not be read; they stay as they are, and do not count.
func (h *Hub) Load(stored []records.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tables.Load(stored)
}

// writeRecord hands a record to the store. It is called with the hub locked, so that the records of a key
// are written in the order in which they changed.
func (h *Hub) writeRecord(r records.Record) {
	if h.Records != nil {
		h.lastRecord.Store(h.Records.Write(r))
	}
}

// A recordSpan is some records of the [records.Store], those numbered after+1 to last.
type recordSpan struct{ after, last uint64 }

// waitStored waits until records are stored, for a few seconds at most. It returns what to
// say if they are not, or "".
func (h *Hub) waitStored(rows recordSpan) (late reply.Code) {
	if rows.after == rows.last {
		return ""
	}
	switch err := h.Records.WaitStored(rows.after, rows.last); {
	case err == nil:
		return ""
	case errors.Is(err, records.ErrRefused):
		return reply.NeverStored
	}
	return reply.NotStoredYet
}

// waitStored waits until what s's command has written is stored: what it answers is then true
// for good. It returns what is to be said where it is not, or "". Nobody but s waits. Where
// others wrote records at the same moment it waits for these, too. After a goodbye nothing is
// answered, and the session's place is free at once.
func (s *Session) waitStored() (late reply.Code) {
	rows, forgot := s.records, s.forgetEvent
	s.records, s.forgetEvent = recordSpan{}, nil
	if s.Reason() == Quit {
		return ""
	}
	if late = s.hub.waitStored(rows); late == "" && forgot != nil && !s.waitEventStored(forgot) {
		late = reply.NotStoredYet
	}
	return late
}

// waitEventStored waits until an event of the lobby is stored, for storeTimeout at most, and
// reports whether it is.
func (s *Session) waitEventStored(e *Event) bool {
	h := s.hub
	late := time.NewTimer(storeTimeout)
	defer late.Stop()
	glance := time.NewTicker(storeTimeout / 100)
	defer glance.Stop()
	for h.Messages.StoredUpTo(Lobby) < e.Seq {
		select {
		case <-glance.C:
		case <-late.C:
			return false
		case <-s.done:
			return false
		}
	}
	return true
}

// StoredRecords returns the records of a partition as they stand in the store once all that was written
// is stored: for a store that has lost them. Records that could not be read are not among them.
func (h *Hub) StoredRecords(p records.Partition) []records.Record {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tables.Stored(p)
}
