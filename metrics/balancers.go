package metrics

import "github.com/prometheus/client_golang/prometheus"

// balancers collects which connections of load balancers are dropped.
type balancers struct{ dropped func() map[string]uint64 }

var droppedDesc = describe("balancer_dropped_total", "Connections from balancers that were dropped because of their PROXY header.", "reason")

// Describe is part of [prometheus.Collector].
func (b *balancers) Describe(descs chan<- *prometheus.Desc) { descs <- droppedDesc }

// Collect is part of [prometheus.Collector].
func (b *balancers) Collect(metrics chan<- prometheus.Metric) {
	for reason, n := range b.dropped() {
		sink(metrics).counter(droppedDesc, n, reason)
	}
}
