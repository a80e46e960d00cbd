package main

import (
	"fmt"
	"net"
	"net/netip"

	"teahouse/internal/proxyproto"
)

// A balancerNet is a network from which load balancers connect.
type balancerNet struct{ netip.Prefix }

// UnmarshalText parses a network of --proxy-protocol.
func (n *balancerNet) UnmarshalText(raw []byte) error {
	p, err := netip.ParsePrefix(string(raw))
	if err != nil || p.Addr().Is4In6() {
		return fmt.Errorf("%q is not a network such as 10.0.0.0/8 or fd00::/8; one address is 10.0.0.1/32", raw)
	}
	n.Prefix = p.Masked()
	return nil
}

// withProxyProtocol returns a listener that learns clients' addresses from balancers, if there
// are any.
func (app *app) withProxyProtocol(l net.Listener) net.Listener {
	if len(app.balancers) == 0 {
		return l
	}
	return proxyproto.NewListener(l, app.balancers, &app.proxyDrops, app.log)
}

// trustBalancers makes connections from these networks come through balancers, and logs that.
func (app *app) trustBalancers(networks []balancerNet) {
	for _, n := range networks {
		app.balancers = append(app.balancers, n.Prefix)
		if n.Bits() == 0 {
			app.log.Warn("every client is treated as a balancer and can claim any address; give the balancers' own networks with --proxy-protocol", "network", n)
			continue
		}
		app.log.Info("connections from this network must begin with a PROXY header", "network", n)
	}
}
