package room

import (
	"strings"

	"teahouse/internal/names"
)

// TrimRoomName returns a room's name without the leading #.
func TrimRoomName(name string) string {
	if rest, ok := strings.CutPrefix(name, "#"); ok {
		return rest
	}
	return strings.TrimPrefix(name, "＃")
}

// ParseRoomName returns a room's name, given with or without #. For "" it returns nil. Call it
// without Hub.mu, too.
func ParseRoomName(name string) *RequestedName {
	if name == "" {
		return nil
	}
	rn := &RequestedName{Name: TrimRoomName(name)}
	rn.Identity, rn.Err = names.Check(rn.Name)
	return rn
}
