package room

import (
	"teahouse/internal/names"
)

// ParseRoomName returns a room's name, given with or without #. For "" it returns nil. Call it
// without Hub.mu, too.
func ParseRoomName(name string) *RequestedName {
	if name == "" {
		return nil
	}
	rn := &RequestedName{Name: names.TrimHash(name)}
	rn.Identity, rn.Err = names.Check(rn.Name)
	return rn
}
