package roomtest

import (
	"net/netip"
)

func Address(s string) netip.Addr { return netip.MustParseAddr(s) }
