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

// A state holds in memory what is stored as records, and what goes with it. Hub.mu guards it.
type state struct {
	swept          map[string]time.Time                 // when unused records were last looked for, by table
	closings       map[string]time.Time                 // rooms that operators closed, of which other nodes may not have heard yet
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

	floodMutes    map[string]time.Time                // until when people who sent too fast are muted, by subject
	slowModeTimes ratelimit.Table[string, time.Time]  // when somebody last said something in slow mode
	rateLimits    ratelimit.Table[string, *rateLimit] // of people with a key, online or not
}

func newState() state {
	return state{
		swept:      map[string]time.Time{},
		closings:   map[string]time.Time{},
		floodMutes: map[string]time.Time{},
	}
}

// Load loads the records of the store. Call it before the first session enters. The error names the
// records that could not be read; they stay in the store and have no effect.
func (h *Hub) Load(stored []records.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tables.Load(stored)
}

// writeRecord writes a record to the store. Hub.mu is held, so that the records of a key are
// written in the order in which they changed.
func (h *Hub) writeRecord(r records.Record) {
	if h.Records != nil {
		h.lastRecord.Store(h.Records.Write(r))
	}
}

// A recordSpan stands for the records of the [records.Store] numbered after+1 to last.
type recordSpan struct{ after, last uint64 }

// waitStored waits until records are stored, for a few seconds at most. It returns what to say if
// they are not, or "".
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

// waitStored waits until what s's command has written is stored, so that its answer holds for good.
// It returns what to say if it is not, or "". Only s waits, but also for records that others wrote
// at the same moment. After a goodbye it does not wait, because nothing is answered and the session
// must free its place at once.
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

// waitEventStored waits until an event of the lobby is stored, for storeTimeout at most. It reports
// whether it is.
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

// StoredRecords returns the records of a partition as they should be in the store, for a store that
// has lost them. Records that could not be read are not included.
func (h *Hub) StoredRecords(p records.Partition) []records.Record {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tables.Stored(p)
}
