package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// The tables of the [Book].
const (
	tableNames     = "names"     // claim, by the key of the name
	tableLost      = "lost"      // lost, by person
	tableKeys      = "keys"      // linkedKey, by fingerprint
	tableBans      = "bans"      // penalty, by target
	tableMutes     = "mutes"     // penalty, by target
	tableOperators = "operators" // grant, by person
	tableAllowed   = "allowed"   // grant, by person
	tableInvites   = "invites"   // grant, by code
	tableIgnored   = "ignored"   // ignored, by person
	tableSettings  = "settings"  // Settings, by person
	tableTyped     = "typed"     // typed, by person
	tablePlaces    = "places"    // followed, by person and room
	tableBots      = "bots"      // bot, by person
	tableOrder     = "order"     // order; there is one row
	tableRooms     = "rooms"     // roomRow, by the key of the name
	tableAudit     = "audit"     // Act, by a number that grows
)

// mostFailed is how many rows are named that cannot be read: there may be any number.
const mostFailed = 20

// written is what the house has in writing, in memory. House.mu guards it.
type written struct {
	claims    map[string]*claim    // by what the name looks like
	claimed   map[string][]*claim  // by person
	names     int                  // how many claims there are
	unentered []writtenClaim       // until all of the book is read
	swept     map[string]time.Time // when it was looked for what nobody uses, by table
	closings  map[string]time.Time // rooms that operators closed, of which other houses may not have heard
	lost      map[string]*lost
	keys      map[string]*linkedKey
	linked    map[string][]string // the keys above, by person
	bans      penalties
	mutes     penalties
	operators map[string]*grant
	allowed   map[string]*grant
	invites   map[string]*grant
	ignores   map[string]*ignored
	settings  map[string]*Settings
	typed     map[string]*typed
	places    map[string]*followed
	bots      map[string]*bot
	order     order
	acts      acts
	lastAct   uint64

	pacesSwept, spokeSwept int // how many there were after the last time that old ones were dropped

	offers map[string]*offer    // codes that last for minutes, and are not written
	hushed map[string]time.Time // who said too much too fast, and until when nothing more
	spoke  map[string]time.Time // when somebody said something last, in slow mode
	paces  map[string]*pace     // of people with a key, here or not
	opCode string               // makes the first operator; "" where there is one
}

func newWritten() written {
	return written{
		claims:    map[string]*claim{},
		claimed:   map[string][]*claim{},
		swept:     map[string]time.Time{},
		closings:  map[string]time.Time{},
		bans:      newPenalties(tableBans),
		mutes:     newPenalties(tableMutes),
		lost:      map[string]*lost{},
		keys:      map[string]*linkedKey{},
		linked:    map[string][]string{},
		operators: map[string]*grant{},
		allowed:   map[string]*grant{},
		invites:   map[string]*grant{},
		ignores:   map[string]*ignored{},
		settings:  map[string]*Settings{},
		typed:     map[string]*typed{},
		places:    map[string]*followed{},
		bots:      map[string]*bot{},
		offers:    map[string]*offer{},
		hushed:    map[string]time.Time{},
		spoke:     map[string]time.Time{},
		paces:     map[string]*pace{},
	}
}

// Open reads what the [Book] has. It must be called before anybody is there. The
// error names the rows that could not be read, the first mostFailed of them; they stay as they
// are, and count for nothing.
func (h *House) Open(rows []Row) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var failed []error
	for _, row := range rows {
		if err := h.readLocked(row); err != nil {
			failed = append(failed, fmt.Errorf("room: the row %q of %s cannot be read: %w", Clean(row.Key), Clean(row.Table), err))
		}
	}
	if more := len(failed) - mostFailed; more > 0 {
		failed = append(failed[:mostFailed], fmt.Errorf("room: and so it is with %d more", more))
	}
	h.enterClaimsLocked()
	h.lastAct = h.acts.last()
	return errors.Join(failed...)
}

func (h *House) readLocked(row Row) error {
	switch row.Table {
	case tableNames:
		return decode(row, func(c *claim) { h.unentered = append(h.unentered, writtenClaim{row.Key, c}) })
	case tableLost:
		return decode(row, func(l *lost) { h.lost[row.Key] = l })
	case tableKeys:
		return decode(row, func(k *linkedKey) { h.linkLocked(row.Key, k) })
	case tableBans:
		return decode(row, h.bans.put)
	case tableMutes:
		return decode(row, h.mutes.put)
	case tableOperators:
		return decode(row, func(g *grant) { h.operators[row.Key] = g })
	case tableAllowed:
		return decode(row, func(g *grant) { h.allowed[row.Key] = g })
	case tableInvites:
		return decode(row, func(g *grant) { h.invites[row.Key] = g })
	case tableIgnored:
		return decode(row, func(i *ignored) { h.ignores[row.Key] = i })
	case tableSettings:
		return decode(row, func(s *Settings) { h.settings[row.Key] = s })
	case tableTyped:
		return decode(row, func(t *typed) { h.typed[row.Key] = t })
	case tablePlaces:
		return decode(row, func(f *followed) { h.places[row.Key] = f })
	case tableBots:
		return decode(row, func(b *bot) { h.bots[row.Key] = b })
	case tableOrder:
		return decode(row, func(o *order) { h.order = *o })
	case tableRooms:
		return decode(row, h.readRoomLocked)
	case tableAudit:
		return decode(row, h.acts.put)
	}
	return errors.New("there is no such table in this version")
}

// A rowValue is what rows of a table are. Accept makes one that was read under a key, at a
// moment, fit to be used, see accept.go.
type rowValue[T any] interface {
	*T
	accept(key string, now time.Time) error
}

// decode decodes a row and hands it on. A row that says nothing is none.
func decode[T any, P rowValue[T]](row Row, use func(P)) error {
	value := P(new(T))
	if err := acceptKey(row); err != nil {
		return err
	}
	if err := json.Unmarshal(row.Value, value); err != nil {
		return err
	}
	if reflect.ValueOf(value).Elem().IsZero() {
		return errors.New("it is empty")
	}
	if err := value.accept(row.Key, time.Now()); err != nil {
		return err
	}
	use(value)
	return nil
}

// putLocked puts a row into a table, here and in the Book. Nil strikes out what is
// there.
func putLocked[T any](h *House, table string, rows map[string]*T, key string, row *T) {
	switch {
	case row != nil:
		rows[key] = row
		h.writeLocked(table, key, row)
	case rows[key] != nil:
		delete(rows, key)
		h.writeLocked(table, key, nil)
	}
}

// moveLocked moves the row of one person to another who has none. It is written before it
// is struck out: a process that dies in between leaves it twice rather than not at all.
func moveLocked[T any](h *House, table string, rows map[string]*T, from, to string) {
	if from == to {
		return
	}
	if row := rows[from]; row != nil && rows[to] == nil {
		putLocked(h, table, rows, to, row)
	}
	putLocked(h, table, rows, from, nil)
}

// dropOldestLocked strikes out the row of the earliest time.
func dropOldestLocked[T any](h *House, table string, rows map[string]*T, at func(*T) time.Time) {
	oldest := ""
	for key, row := range rows {
		if oldest == "" || at(row).Before(at(rows[oldest])) {
			oldest = key
		}
	}
	putLocked(h, table, rows, oldest, nil)
}

// writeLocked writes a row down. Nil strikes it out.
func (h *House) writeLocked(table, key string, value any) {
	if h.Book == nil {
		return
	}
	row := Row{Table: table, Key: key}
	if value != nil {
		row.Value = encodeRow(value)
	}
	h.wrote.Store(h.Book.Write(row))
}

// A rowSpan is some rows of the [Book]: those with the numbers after one up to another.
type rowSpan struct{ after, last uint64 }

// settle waits until rows are stored, for a few seconds at most. It returns what is to be
// said where they are not, or "".
func (h *House) settle(rows rowSpan) (late Phrase) {
	if rows.after == rows.last {
		return ""
	}
	switch err := h.Book.Settle(rows.after, rows.last); {
	case err == nil:
		return ""
	case errors.Is(err, ErrNeverStored):
		return NeverStored
	}
	return NotStoredYet
}

// settle waits until what u's command has written is stored: what it answers is then true
// for good. It returns what is to be said where it is not, or "". Nobody but u waits. Where
// others wrote rows at the same moment it waits for these, too. After a goodbye nothing is
// answered, and the session's place is free at once.
func (u *User) settle() (late Phrase) {
	rows, forgot := u.rows, u.forgot
	u.rows, u.forgot = rowSpan{}, nil
	if u.Reason() == Quit {
		return ""
	}
	if late = u.house.settle(rows); late == "" && forgot != nil && !u.storedSoon(forgot) {
		late = NotStoredYet
	}
	return late
}

// storedSoon waits until an event of the lobby is stored, for storeTime at most, and
// reports whether it is.
func (u *User) storedSoon(e *Event) bool {
	h := u.house
	late := time.NewTimer(storeTime)
	defer late.Stop()
	glance := time.NewTicker(storeTime / 100)
	defer glance.Stop()
	for h.Archive.Stored(Lobby) < e.Seq {
		select {
		case <-glance.C:
		case <-late.C:
			return false
		case <-u.gone:
			return false
		}
	}
	return true
}
