package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/internal/connlimit"
)

// connCollector collects the connection limiter's counters.
type connCollector struct{ limiter *connlimit.Limiter }

// Metrics of the connection limiter.
var (
	connectionsDesc        = newDesc("connections", "Open connections, including those without a session.")
	handshakesDesc         = newDesc("handshakes", "Open connections without a session.")
	acceptedDesc           = newDesc("connections_accepted_total", "Connections accepted.")
	displacedDesc          = newDesc("handshakes_displaced_total", "Connections without a session that were closed to make room for a new one.")
	connectionsRefusedDesc = newDesc("connections_refused_total", "Connections refused, by the limit they exceeded.", "limit")
)

// Describe implements [prometheus.Collector].
func (cc *connCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectionsDesc, handshakesDesc, acceptedDesc, displacedDesc, connectionsRefusedDesc} {
		descs <- d
	}
}

// Collect implements [prometheus.Collector].
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
