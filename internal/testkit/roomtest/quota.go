package roomtest

import (
	"net/netip"
	"time"

	"teahouse/internal/ids"
	"teahouse/room"
)

// LimitedHub returns a hub that counts by address and knows the key K.
func LimitedHub() (*room.Hub, *FakeMessageStore) {
	c, s := LimitedConfig()
	return room.New(c), s
}

// LimitedConfig returns the configuration of [LimitedHub].
func LimitedConfig() (room.Config, *FakeMessageStore) {
	s := NewFakeMessageStore()
	s.Known("K", "kate", 48*time.Hour)
	return room.Config{
		Messages:      s,
		Policy:        room.Policy{NameAge: 180 * 24 * time.Hour, Limits: room.Limits{AddressLines: 1e9, AddressBurst: 1e9}},
		IsOperatorKey: func(key ids.Fingerprint) bool { return key == "O" },
	}, s
}

// ComingFrom returns a client with a key at an address.
func ComingFrom(address, name string, key ids.Fingerprint) room.ClientInfo {
	ci := At(name, key)
	ci.Remote = netip.MustParseAddr(address)
	return ci
}
