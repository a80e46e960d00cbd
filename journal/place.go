package journal

import (
	"fmt"
	"strings"

	"teahouse/room"
)

// A place is what a row is stored under.
type place struct{ table, key string }

// spaces are those of the book, each a bucket. KV_desk is there since version 4; what is its
// own was in KV_book before, see [engine.moveDesk].
func spaces() []room.Space { return []room.Space{room.Reserved, room.Desk} }

func spaceStream(s room.Space) string { return bucketPrefix + string(s) }
func spacePrefix(s room.Space) string { return "$KV." + string(s) + "." }

// emptyKey stands for a key of no bytes. No other key is written so.
const emptyKey = "="

// space returns the space that a place is in.
func (p place) space() room.Space { return room.SpaceOf(p.table) }

func (p place) subject() string { return p.subjectIn(p.space()) }

// subjectIn returns the subject of a place in a space, which may be one of before.
func (p place) subjectIn(s room.Space) string {
	if p.key == "" {
		return spacePrefix(s) + p.table + "." + emptyKey
	}
	return spacePrefix(s) + p.table + "." + encodeToken(p.key)
}

// check returns an error for a table that cannot be part of a subject.
func (p place) check() error {
	if p.table == "" || strings.Trim(p.table, "abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("%.100q is no name of a table", p.table)
	}
	return nil
}

// decodePlace returns the place of which a subject in a space was made.
func decodePlace(s room.Space, subject string) (place, error) {
	rest, ok := strings.CutPrefix(subject, spacePrefix(s))
	if !ok {
		return place{}, fmt.Errorf("subject %.300q does not begin with %q", subject, spacePrefix(s))
	}
	table, key, _ := strings.Cut(rest, ".")
	at := place{table: table}
	if err := at.check(); err != nil {
		return place{}, err
	}
	if key == emptyKey {
		return at, nil
	}
	var err error
	at.key, err = decodeToken(subject, spacePrefix(s)+table+".")
	return at, err
}
