package roomtest

import (
	"strings"
	"testing"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/room"
)

// Fp returns the fingerprint of a user's key.
func Fp(name string) ids.Fingerprint {
	return ids.Fingerprint(names.FingerprintPrefix + name + strings.Repeat("0", 43-len(name)))
}

// From returns a client at an address.
func From(name string, key ids.Fingerprint, addr string) room.ClientInfo {
	return room.ClientInfo{RequestedName: name, Fingerprint: key, Remote: Address(addr), Terminal: true, Takeover: room.TakeoverAlways}
}

// EntryRefusal returns why a client may not enter, or "".
func EntryRefusal(t testing.TB, h *room.Hub, ci room.ClientInfo) string {
	t.Helper()
	s, err := EnterHub(h, ci)
	if err == nil {
		s.Leave(room.Quit)
		return ""
	}
	if _, _, also := ExecHub(h, ci); also == nil || also.Error() != err.Error() {
		t.Errorf("%+v enters: %v, one-shot: %v", ci, err, also)
	}
	Refuses(t, "entering", err, reply.BannedForGood, reply.BannedForGoodReason, reply.BannedUntil, reply.BannedUntilReason)
	return err.Error()
}
