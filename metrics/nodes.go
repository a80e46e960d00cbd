package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"teahouse/cluster"
)

// nodes collects how the link to the other nodes of a house does.
type nodes struct{ status func() cluster.Status }

// What nodes tells of.
var (
	nodesDesc    = describe("nodes_answering", "Other nodes of this house that answer.")
	unlikeDesc   = describe("nodes_differing", "Other nodes that answer and have another version or other flags.")
	skewDesc     = describe("nodes_clock_skew_seconds", "By how much the clock of another node that answers differs most from this one's.")
	aloneDesc    = describe("nodes_alone", "1 while there are other nodes, none of which answers, else 0.")
	untoldDesc   = describe("nodes_lag_events", "Events that the other nodes have yet to be told of.")
	askedDesc    = describe("nodes_asked_again_total", "How often something that another node said had to be asked for again.")
	faultsDesc   = describe("nodes_faults_total", "Messages of other nodes that made this one fail, and were left out.")
	caughtUpDesc = describe("nodes_caught_up_total", "How often it was looked for in the store.")
)

// Describe is part of [prometheus.Collector].
func (n *nodes) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{nodesDesc, unlikeDesc, skewDesc, aloneDesc, untoldDesc, askedDesc, caughtUpDesc, faultsDesc} {
		descs <- d
	}
}

// Collect is part of [prometheus.Collector].
func (n *nodes) Collect(metrics chan<- prometheus.Metric) {
	to, s := sink(metrics), n.status()
	to.gauge(nodesDesc, float64(s.Nodes))
	to.gauge(unlikeDesc, float64(s.Differ))
	to.gauge(skewDesc, s.Skew.Seconds())
	to.gauge(aloneDesc, one(s.Alone))
	to.gauge(untoldDesc, float64(s.Behind))
	to.counter(askedDesc, s.Asked)
	to.counter(caughtUpDesc, s.Caught)
	to.counter(faultsDesc, s.Failed)
}
