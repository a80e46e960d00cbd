package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// The tables of the [Store].
const (
	tableNames          = "names"     // claim, by the key of the name
	tableNameNotices    = "lost"      // lost, by person
	tableKeys           = "keys"      // linkedKey, by fingerprint
	tableBans           = "bans"      // penalty, by target
	tableMutes          = "mutes"     // penalty, by target
	tableOperators      = "operators" // grant, by person
	tableAllowed        = "allowed"   // grant, by person
	tableInvites        = "invites"   // grant, by code
	tableIgnoreLists    = "ignored"   // ignored, by person
	tableSettings       = "settings"  // Settings, by person
	tableInputHistories = "typed"     // typed, by person
	tableReadMarkers    = "places"    // followed, by person and room
	tableBots           = "bots"      // bot, by person
	tableHubSettings    = "order"     // order; there is one row
	tableRooms          = "rooms"     // roomRecord, by the key of the name
	tableAudit          = "audit"     // AuditEntry, by a number that grows
)

// PartitionOf returns the space of a table.
func PartitionOf(table string) records.Partition {
	switch table {
	case tableInputHistories, tableReadMarkers, tableSettings, tableIgnoreLists:
		return records.Personal
	}
	return records.Authority
}

// maxListedFailures is how many rows are named that cannot be read: there may be any number.
const maxListedFailures = 20

// state is what the house has in writing, in memory. Hub.mu guards it.
type state struct {
	ownerBySkeleton map[string]*nameOwnership   // by what the name looks like
	namesByPerson   map[string][]*nameOwnership // by person
	nameCount       int                         // how many claims there are
	unindexed       []ownershipRecord           // until all of the book is read
	swept           map[string]time.Time        // when it was looked for what nobody uses, by table
	closings        map[string]time.Time        // rooms that operators closed, of which other houses may not have heard
	nameNotices     map[string]*nameNotice
	linkedKeys      map[string]*linkedKey
	keysByPerson    map[string][]string // the keys above, by person
	bans            penaltySet
	mutes           penaltySet
	operators       map[string]*grant
	allowed         map[string]*grant
	invites         map[string]*grant
	ignoreLists     map[string]*ignoreList
	settings        map[string]*Settings
	inputHistories  map[string]*inputHistory
	readMarkers     map[string]*readMarker
	bots            map[string]*bot
	hubSettings     hubSettings
	auditLog        auditLog
	lastAuditNumber uint64

	rateLimitsSwept, slowModeSwept int // how many there were after the last time that old ones were dropped

	linkCodes     map[string]*linkCode  // codes that last for minutes, and are not written
	floodMutes    map[string]time.Time  // who said too much too fast, and until when nothing more
	slowModeTimes map[string]time.Time  // when somebody said something last, in slow mode
	rateLimits    map[string]*rateLimit // of people with a key, here or not
	operatorCode  string                // makes the first operator; "" where there is one
}

func newState() state {
	return state{
		ownerBySkeleton: map[string]*nameOwnership{},
		namesByPerson:   map[string][]*nameOwnership{},
		swept:           map[string]time.Time{},
		closings:        map[string]time.Time{},
		bans:            newPenaltySet(tableBans),
		mutes:           newPenaltySet(tableMutes),
		nameNotices:     map[string]*nameNotice{},
		linkedKeys:      map[string]*linkedKey{},
		keysByPerson:    map[string][]string{},
		operators:       map[string]*grant{},
		allowed:         map[string]*grant{},
		invites:         map[string]*grant{},
		ignoreLists:     map[string]*ignoreList{},
		settings:        map[string]*Settings{},
		inputHistories:  map[string]*inputHistory{},
		readMarkers:     map[string]*readMarker{},
		bots:            map[string]*bot{},
		linkCodes:       map[string]*linkCode{},
		floodMutes:      map[string]time.Time{},
		slowModeTimes:   map[string]time.Time{},
		rateLimits:      map[string]*rateLimit{},
	}
}

// Load reads what the [Store] has. It must be called before anybody is there. The
// error names the rows that could not be read, the first maxListedFailures of them; they stay as they
// are, and count for nothing.
func (h *Hub) Load(rows []records.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var failed []error
	for _, row := range rows {
		if err := h.loadRecordLocked(row); err != nil {
			failed = append(failed, fmt.Errorf("room: the row %q of %s cannot be read: %w", text.Clean(row.Key), text.Clean(row.Table), err))
		}
	}
	if more := len(failed) - maxListedFailures; more > 0 {
		failed = append(failed[:maxListedFailures], fmt.Errorf("room: and so it is with %d more", more))
	}
	h.indexOwnershipsLocked()
	h.lastAuditNumber = h.auditLog.last()
	return errors.Join(failed...)
}

func (h *Hub) loadRecordLocked(row records.Record) error {
	switch row.Table {
	case tableNames:
		return decodeRecord(row, func(c *nameOwnership) { h.unindexed = append(h.unindexed, ownershipRecord{row.Key, c}) })
	case tableNameNotices:
		return decodeRecord(row, func(l *nameNotice) { h.nameNotices[row.Key] = l })
	case tableKeys:
		return decodeRecord(row, func(k *linkedKey) { h.linkKeyLocked(row.Key, k) })
	case tableBans:
		return decodeRecord(row, h.bans.put)
	case tableMutes:
		return decodeRecord(row, h.mutes.put)
	case tableOperators:
		return decodeRecord(row, func(g *grant) { h.operators[row.Key] = g })
	case tableAllowed:
		return decodeRecord(row, func(g *grant) { h.allowed[row.Key] = g })
	case tableInvites:
		return decodeRecord(row, func(g *grant) { h.invites[row.Key] = g })
	case tableIgnoreLists:
		return decodeRecord(row, func(i *ignoreList) { h.ignoreLists[row.Key] = i })
	case tableSettings:
		return decodeRecord(row, func(s *Settings) { h.settings[row.Key] = s })
	case tableInputHistories:
		return decodeRecord(row, func(t *inputHistory) { h.inputHistories[row.Key] = t })
	case tableReadMarkers:
		return decodeRecord(row, func(m *readMarker) { h.readMarkers[row.Key] = m })
	case tableBots:
		return decodeRecord(row, func(b *bot) { h.bots[row.Key] = b })
	case tableHubSettings:
		return decodeRecord(row, func(o *hubSettings) { h.hubSettings = *o })
	case tableRooms:
		return decodeRecord(row, h.loadRoomLocked)
	case tableAudit:
		return decodeRecord(row, h.auditLog.put)
	}
	return errors.New("there is no such table in this version")
}

// A recordValue is what rows of a table are. Accept makes one that was read under a key, at a
// moment, fit to be used, see sanitize.go.
type recordValue[T any] interface {
	*T
	sanitize(key string, now time.Time) error
}

// decodeRecord decodes a row and hands it on. A row that says nothing is none.
func decodeRecord[T any, P recordValue[T]](row records.Record, use func(P)) error {
	value := P(new(T))
	if err := checkRecordKey(row); err != nil {
		return err
	}
	if err := json.Unmarshal(row.Value, value); err != nil {
		return err
	}
	if reflect.ValueOf(value).Elem().IsZero() {
		return errors.New("it is empty")
	}
	if err := value.sanitize(row.Key, time.Now()); err != nil {
		return err
	}
	use(value)
	return nil
}

// putRecordLocked puts a row into a table, here and in the Store. Nil strikes out what is
// there.
func putRecordLocked[T any](h *Hub, table string, rows map[string]*T, key string, row *T) {
	switch {
	case row != nil:
		rows[key] = row
		h.writeRecordLocked(table, key, row)
	case rows[key] != nil:
		delete(rows, key)
		h.writeRecordLocked(table, key, nil)
	}
}

// moveRecordLocked moves the row of one person to another who has none. It is written before it
// is struck out: a process that dies in between leaves it twice rather than not at all.
func moveRecordLocked[T any](h *Hub, table string, rows map[string]*T, from, to string) {
	if from == to {
		return
	}
	if row := rows[from]; row != nil && rows[to] == nil {
		putRecordLocked(h, table, rows, to, row)
	}
	putRecordLocked(h, table, rows, from, nil)
}

// dropOldestRecordLocked strikes out the row of the earliest time.
func dropOldestRecordLocked[T any](h *Hub, table string, rows map[string]*T, at func(*T) time.Time) {
	oldest := ""
	for key, row := range rows {
		if oldest == "" || at(row).Before(at(rows[oldest])) {
			oldest = key
		}
	}
	putRecordLocked(h, table, rows, oldest, nil)
}

// writeRecordLocked writes a row down. Nil strikes it out.
func (h *Hub) writeRecordLocked(table, key string, value any) {
	if h.Records == nil {
		return
	}
	row := records.Record{Table: table, Key: key}
	if value != nil {
		row.Value = records.Encode(value)
	}
	h.lastRecord.Store(h.Records.Write(row))
}

// A recordSpan is some rows of the [Store]: those with the numbers after one up to another.
type recordSpan struct{ after, last uint64 }

// waitStored waits until rows are stored, for a few seconds at most. It returns what is to be
// said where they are not, or "".
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
// others wrote rows at the same moment it waits for these, too. After a goodbye nothing is
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
