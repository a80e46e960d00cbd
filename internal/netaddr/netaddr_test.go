package netaddr

import (
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1":               "192.0.2.1/32",
		"::ffff:192.0.2.1":        "192.0.2.1/32",
		"::ffff:192.0.2.1%eth0":   "192.0.2.1/32",
		"2001:db8:1:2:3:4:5:6":    "2001:db8:1:2::/64",
		"2001:db8:1:2::":          "2001:db8:1:2::/64",
		"2001:db8:1:3::":          "2001:db8:1:3::/64",
		"fe80::1%eth0":            "fe80::/64",
		"fe80::2%eth1":            "fe80::/64",
		"::1":                     "::/64",
		"::fffe:ffff:192.0.2.1":   "::/64",
		"64:ff9b::192.0.2.1%eth0": "192.0.2.1/32",

		// Whoever has an IPv4 address has all of these.
		"64:ff9b::c000:201":                "192.0.2.1/32",
		"64:ff9b::1:192.0.2.1":             "64:ff9b::/64",
		"2002:c000:201::1":                 "192.0.2.1/32",
		"2002:c000:201:ffff:1:2:3:4":       "192.0.2.1/32",
		"2001:0:c633:6401:0:1:3fff:fdfe":   "192.0.2.1/32",
		"2001:0:cb00:7101:8000::3fff:fdfe": "192.0.2.1/32",
		"2001:1:c633:6401:0:1:3fff:fdfe":   "2001:1:c633:6401::/64",

		// Nobody has these, or they are somebody else's.
		"2002:7f00:1::1":                 "2002:7f00:1::/64",
		"2002:a00:1::1":                  "2002:a00:1::/64",
		"2002:e000:1::1":                 "2002:e000:1::/64",
		"64:ff9b::127.0.0.1":             "64:ff9b::/64",
		"64:ff9b::10.0.0.1":              "64:ff9b::/64",
		"2001:0:c633:6401:0:1:80ff:fffe": "2001:0:c633:6401::/64",
	} {
		if got := Address(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("%s counts as %v, want %s", addr, got, want)
		}
	}
	if got := Address(netip.Addr{}); got != (netip.Prefix{}) {
		t.Errorf("the zero address counts as %v, want the zero prefix", got)
	}
}

// The prefix that an address counts as contains it, or the IPv4 address that is embedded in it. It
// is the same for all addresses of the /64, in every notation, and different for all others.
func FuzzAddress(f *testing.F) {
	for _, addr := range []string{"::", "::1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1", "2002:c000:201::1", "64:ff9b::192.0.2.1", "2001::3fff:fdfe"} {
		b := netip.MustParseAddr(addr).As16()
		f.Add(b[:], b[8:], "eth0")
	}
	f.Fuzz(func(t *testing.T, whole, host []byte, zone string) {
		if len(whole) != 16 || len(host) != 8 {
			t.Skip()
		}
		addr := netip.AddrFrom16([16]byte(whole))
		source := Address(addr)
		if !source.IsValid() || source != source.Masked() || !source.Contains(Effective(addr)) {
			t.Fatalf("%v counts as %v, which does not contain it", addr, source)
		}
		if Address(addr.WithZone(zone)) != source || Address(source.Addr()) != source || Address(addr.Unmap()) != source {
			t.Errorf("%v counts as %v, but in another notation as something else", addr, source)
		}
		if Effective(addr).Is4() {
			if source != netip.PrefixFrom(Effective(addr), 32) {
				t.Errorf("%v, which embeds an IPv4 address, counts as %v, want that address", addr, source)
			}
			return
		}
		neighbour := netip.AddrFrom16([16]byte(append(whole[:8:8], host...)))
		if same := Address(neighbour) == source; same == Effective(neighbour).Is4() {
			t.Errorf("%v and %v of the same /64 count as the same: %t", addr, neighbour, same)
		}
		whole[7] ^= 1
		if stranger := netip.AddrFrom16([16]byte(whole)); Address(stranger) == source {
			t.Errorf("%v and %v of different /64s both count as %v", addr, stranger, source)
		}
	})
}

func TestNetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.1":               "192.0.2.1/32",
		"::ffff:192.0.2.1":        "192.0.2.1/32",
		"2001:db8:1:2:3:4:5:6":    "2001:db8:1::/48",
		"2001:db8:1:ffff::":       "2001:db8:1::/48",
		"2001:db8:2::":            "2001:db8:2::/48",
		"fe80::1%eth0":            "fe80::/48",
		"::fffe:ffff:192.0.2.1":   "::/48",
		"64:ff9b::192.0.2.1%eth0": "192.0.2.1/32",
	} {
		if got := Network(netip.MustParseAddr(addr)); got.String() != want {
			t.Errorf("%s counts as %v, want %s", addr, got, want)
		}
	}
}
