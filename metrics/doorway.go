package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/gate"
)

// doorway collects what the gate counts.
type doorway struct{ gate *gate.Gate }

// What a doorway tells of.
var (
	connectionsDesc = describe("connections", "Connections that have a place, those that have no session among them.")
	handshakesDesc  = describe("handshakes", "Connections that have no session.")
	acceptedDesc    = describe("connections_accepted_total", "Connections that got a place.")
	displacedDesc   = describe("handshakes_displaced_total", "Connections without a session that lost their place to a newcomer.")
	turnedAwayDesc  = describe("connections_refused_total", "Connections that a limit refused.", "limit")
)

// Describe is part of [prometheus.Collector].
func (d *doorway) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectionsDesc, handshakesDesc, acceptedDesc, displacedDesc, turnedAwayDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (d *doorway) Collect(metrics chan<- prometheus.Metric) {
	to, c := sink(metrics), d.gate.Counts()
	to.gauge(connectionsDesc, float64(c.Connections))
	to.gauge(handshakesDesc, float64(c.Handshakes))
	to.counter(acceptedDesc, c.Accepted)
	to.counter(displacedDesc, c.Displaced)
	for limit, n := range c.Refused {
		to.counter(turnedAwayDesc, n, limit)
	}
}
