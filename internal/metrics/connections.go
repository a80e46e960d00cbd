package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/internal/connlimit"
)

// connCollector collects what the gate counts.
type connCollector struct{ limiter *connlimit.Limiter }

// What a doorway tells of.
var (
	connectionsDesc        = newDesc("connections", "Connections that have a place, those that have no session among them.")
	handshakesDesc         = newDesc("handshakes", "Connections that have no session.")
	acceptedDesc           = newDesc("connections_accepted_total", "Connections that got a place.")
	displacedDesc          = newDesc("handshakes_displaced_total", "Connections without a session that lost their place to a newcomer.")
	connectionsRefusedDesc = newDesc("connections_refused_total", "Connections that a limit refused.", "limit")
)

// Describe is part of [prometheus.Collector].
func (cc *connCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectionsDesc, handshakesDesc, acceptedDesc, displacedDesc, connectionsRefusedDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (cc *connCollector) Collect(metrics chan<- prometheus.Metric) {
	to, c := sink(metrics), cc.limiter.Counts()
	to.gauge(connectionsDesc, float64(c.Connections))
	to.gauge(handshakesDesc, float64(c.Handshakes))
	to.counter(acceptedDesc, c.Accepted)
	to.counter(displacedDesc, c.Displaced)
	for limit, n := range c.Refused {
		to.counter(connectionsRefusedDesc, n, limit)
	}
}
