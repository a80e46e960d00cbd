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

// latencyBuckets are the bounds of the histogram in seconds: fine where a server should be,
// coarse where users notice.
var latencyBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Metrics are the metrics of one server. Apart from deliveries, nothing is measured between
// scrapes.
type Metrics struct {
	registry  *prometheus.Registry
	hub       *hubCollector
	delivered *prometheus.CounterVec
	latency   *prometheus.HistogramVec
}

// New returns the metrics of a connection limiter and of a hub, which [Metrics.AddHub] adds later;
// until then they are those of an empty hub.
func New(limiter *connlimit.Limiter) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		hub:      newHubCollector(),
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_deliveries_total",
			Help: "Events written to clients.",
		}, []string{"door"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "teahouse_delivery_seconds",
			Help:    "Time from a message until it was written to a client; one sample for each write, for the oldest message in it.",
			Buckets: latencyBuckets,
		}, []string{"door"}),
	}
	m.registry.MustRegister(m.hub, &connCollector{limiter}, m.delivered, m.latency,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// AddHub adds the metrics of the hub. It may be called once.
func (m *Metrics) AddHub(h *room.Hub) { m.hub.hub.Store(h) }

// AddJournal adds the metrics of the journal. It may be called once.
func (m *Metrics) AddJournal(j *journal.Journal) { m.registry.MustRegister(&storeCollector{j}) }

// AddProxyProtocol adds the metrics of dropped connections from load balancers, which dropped
// returns by reason. It may be called once.
func (m *Metrics) AddProxyProtocol(dropped func() map[string]uint64) {
	m.registry.MustRegister(&proxyCollector{dropped})
}

// AddCluster adds the metrics of the other nodes. It may be called once.
func (m *Metrics) AddCluster(status func() cluster.Status) {
	m.registry.MustRegister(&peerCollector{status})
}

// DoorObserver returns the observer for a door. The door's metrics exist from then on, starting
// at 0. Calling it again with the same name returns an observer of the same door.
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

// newDesc describes a metric, whose name gets the prefix teahouse_.
func newDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("teahouse_"+name, help, labels, nil)
}

// A sink receives the values of one scrape.
type sink chan<- prometheus.Metric

func (s sink) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (s sink) counter(d *prometheus.Desc, value uint64, labels ...string) {
	s <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
}
