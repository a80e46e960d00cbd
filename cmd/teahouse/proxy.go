package main

import (
	"fmt"
	"net"
	"net/netip"

	"teahouse/proxy"
)

// A network is one from which load balancers connect.
type network struct{ netip.Prefix }

// UnmarshalText reads a network of --proxy-protocol.
func (n *network) UnmarshalText(raw []byte) error {
	p, err := netip.ParsePrefix(string(raw))
	if err != nil || p.Addr().Is4In6() {
		return fmt.Errorf("%q is no network such as 10.0.0.0/8 or fd00::/8; one address is 10.0.0.1/32", raw)
	}
	n.Prefix = p.Masked()
	return nil
}

// behind returns a listener that knows whom balancers bring, where there are any.
func (h *house) behind(l net.Listener) net.Listener {
	if len(h.balancers) == 0 {
		return l
	}
	return proxy.Listen(l, h.balancers, &h.dropped, h.log)
}

// trust has connections from networks come through balancers, and says so.
func (h *house) trust(networks []network) {
	for _, n := range networks {
		h.balancers = append(h.balancers, n.Prefix)
		if n.Bits() == 0 {
			h.log.Warn("everybody is taken for a balancer and can come from any address they name; give the balancers' own networks with --proxy-protocol", "network", n)
			continue
		}
		h.log.Info("connections from here must begin with a PROXY header, which says whose they are", "network", n)
	}
}
