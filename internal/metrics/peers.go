package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/cluster"
)

// peerCollector collects how the link to the other nodes of a house does.
type peerCollector struct{ status func() cluster.Status }

// What nodes tells of.
var (
	peersAnsweringDesc = newDesc("peers", "Other nodes of this house that answer.")
	peersDifferingDesc = newDesc("peers_mismatched", "Other nodes that answer and have another version or other flags.")
	peerClockSkewDesc  = newDesc("peers_clock_skew_seconds", "By how much the clock of another node that answers differs most from this one's.")
	isolatedDesc       = newDesc("isolated", "1 while there are other nodes, none of which answers, else 0.")
	peerLagDesc        = newDesc("peers_lag_events", "Events that the other nodes have yet to be told of.")
	peerResyncsDesc    = newDesc("peers_resend_requests_total", "How often something that another node said had to be asked for again.")
	peerFaultsDesc     = newDesc("peers_panics_total", "Messages of other nodes that made this one fail, and were left out.")
	peerStoreReadsDesc = newDesc("peers_catchups_total", "How often it was looked for in the store.")
)

// Describe is part of [prometheus.Collector].
func (p *peerCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{peersAnsweringDesc, peersDifferingDesc, peerClockSkewDesc, isolatedDesc, peerLagDesc, peerResyncsDesc, peerStoreReadsDesc, peerFaultsDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
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
