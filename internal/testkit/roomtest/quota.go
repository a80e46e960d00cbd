package roomtest

import (
	"net/netip"
	"time"

	"teahouse/room"
)

// Limited returns a hub that counts by address and knows the key K.
func Limited() (*room.Hub, *FakeMessageStore) {
	h, s := room.NewHub(), NewFakeMessageStore()
	h.Messages, h.NameAge = s, 180*24*time.Hour
	h.Limits = room.Limits{AddressLines: 1e9, AddressBurst: 1e9}
	h.IsOperatorKey = func(key string) bool { return key == "O" }
	s.Known("K", "kate", 48*time.Hour)
	return h, s
}

// ComingFrom is somebody with a key who comes from an address.
func ComingFrom(address, name, key string) room.ClientInfo {
	ci := At(name, key)
	ci.Remote = netip.MustParseAddr(address)
	return ci
}
