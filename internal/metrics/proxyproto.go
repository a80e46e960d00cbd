package metrics

import "github.com/prometheus/client_golang/prometheus"

// proxyCollector collects the counts of dropped connections from load balancers.
type proxyCollector struct{ dropped func() map[string]uint64 }

var proxyDroppedDesc = newDesc("proxy_dropped_total", "Connections from balancers that were dropped because of their PROXY header.", "reason")

// Describe implements [prometheus.Collector].
func (p *proxyCollector) Describe(descs chan<- *prometheus.Desc) { descs <- proxyDroppedDesc }

// Collect implements [prometheus.Collector].
func (p *proxyCollector) Collect(metrics chan<- prometheus.Metric) {
	for reason, n := range p.dropped() {
		sink(metrics).counter(proxyDroppedDesc, n, reason)
	}
}
