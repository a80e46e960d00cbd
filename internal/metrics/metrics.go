package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"teahouse/cluster"
	"teahouse/internal/connlimit"
	"teahouse/internal/transport"
	"teahouse/journal"
	"teahouse/room"
)

// latencyBuckets are those of the time from spoken to written, in seconds: fine where a
// house should be, coarse where people notice.
var latencyBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Metrics are what is told of one house. Nothing is measured for them while nobody
// asks, but for the deliveries.
type Metrics struct {
	registry  *prometheus.Registry
	hub       *hubCollector
	delivered *prometheus.CounterVec
	latency   *prometheus.HistogramVec
}

// New returns the metrics of a house and its gate.
func New(h *room.Hub, g *connlimit.Limiter) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		hub:      &hubCollector{hub: h},
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_deliveries_total",
			Help: "Events handed to the writers of those who read them, and written.",
		}, []string{"door"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "teahouse_delivery_seconds",
			Help:    "Time from when something was said until it was written to a client; one sample for each write, of the oldest in it.",
			Buckets: latencyBuckets,
		}, []string{"door"}),
	}
	m.registry.MustRegister(m.hub, &connCollector{g}, m.delivered, m.latency,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// AddJournal adds the metrics of the journal. It is called once.
func (m *Metrics) AddJournal(j *journal.Journal) { m.registry.MustRegister(&storeCollector{j}) }

// AddProxyProtocol adds the metrics of connections from load balancers, of which dropped returns
// how many were dropped, by reason. It is called once, where there are balancers.
func (m *Metrics) AddProxyProtocol(dropped func() map[string]uint64) {
	m.registry.MustRegister(&proxyCollector{dropped})
}

// AddCluster adds the metrics of the link to other nodes. It is called once, where there is
// one.
func (m *Metrics) AddCluster(status func() cluster.Status) {
	m.registry.MustRegister(&peerCollector{status})
}

// DoorObserver returns what is to observe a door of that name, whose metrics are there from
// then on, at 0. A name that comes again is the same door.
func (m *Metrics) DoorObserver(name string) transport.Observer {
	m.hub.addDoor(name)
	delivered, spoken := m.delivered.WithLabelValues(name), m.latency.WithLabelValues(name)
	return func(lag time.Duration, events int) {
		delivered.Add(float64(events))
		if lag > 0 {
			spoken.Observe(lag.Seconds())
		}
	}
}

// newDesc makes the description of a metric.
func newDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("teahouse_"+name, help, labels, nil)
}

// A sink takes the values of one scrape.
type sink chan<- prometheus.Metric

func (s sink) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (s sink) counter(d *prometheus.Desc, value uint64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}
