package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/cluster"
)

// peerCollector collects the counters of the link to the other nodes.
type peerCollector struct{ status func() cluster.Status }

// Metrics of the other nodes.
var (
	peersAnsweringDesc = newDesc("peers", "Other nodes that answer.")
	peersDifferingDesc = newDesc("peers_mismatched", "Other nodes that answer and have another version or other flags.")
	peerClockSkewDesc  = newDesc("peers_clock_skew_seconds", "The largest difference between another node's clock and this one's.")
	isolatedDesc       = newDesc("isolated", "1 while there are other nodes and none of them answers, otherwise 0.")
	peerLagDesc        = newDesc("peers_lag_events", "Events that the other nodes have not been sent yet.")
	peerResyncsDesc    = newDesc("peers_resend_requests_total", "How often this node asked another one to repeat something.")
	peerFaultsDesc     = newDesc("peers_panics_total", "Messages of other nodes that caused a panic and were skipped.")
	peerStoreReadsDesc = newDesc("peers_catchups_total", "How often this node read another's events from the store.")
)

// Describe implements [prometheus.Collector].
func (p *peerCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{peersAnsweringDesc, peersDifferingDesc, peerClockSkewDesc, isolatedDesc, peerLagDesc, peerResyncsDesc, peerStoreReadsDesc, peerFaultsDesc} {
		descs <- d
	}
}

// Collect implements [prometheus.Collector].
func (p *peerCollector) Collect(metrics chan<- prometheus.Metric) {
	to, s := sink(metrics), p.status()
	to.gauge(peersAnsweringDesc, float64(s.Peers))
	to.gauge(peersDifferingDesc, float64(s.Mismatched))
	to.gauge(peerClockSkewDesc, s.Skew.Seconds())
	to.gauge(isolatedDesc, boolValue(s.Isolated))
	to.gauge(peerLagDesc, float64(s.Lag))
	to.counter(peerResyncsDesc, s.Resends)
	to.counter(peerStoreReadsDesc, s.CatchUps)
	to.counter(peerFaultsDesc, s.Panics)
}
