package metrics

import "github.com/prometheus/client_golang/prometheus"

// limits collects which limits are in force.
type limits struct{ inForce func() map[string]float64 }

// What a program tells of itself.
var (
	buildDesc = describe("build_info", "1, for the program that runs.", "version", "revision", "goversion")
	limitDesc = describe("limit", "The limits in force, by their flags; 0 is no limit.", "limit")
)

// Built adds which program it is: its version, the revision of its source, "" where that is
// not known, and the version of Go. It is called once.
func (m *Metrics) Built(version, revision, compiler string) {
	m.registry.MustRegister(constant{prometheus.MustNewConstMetric(buildDesc, prometheus.GaugeValue, 1, version, revision, compiler)})
}

// Bounds adds the limits in force, of which inForce returns the values, by their flags. It
// is called once.
func (m *Metrics) Bounds(inForce func() map[string]float64) {
	m.registry.MustRegister(&limits{inForce})
}

// A constant collects what never changes.
type constant struct{ prometheus.Metric }

// Describe is part of [prometheus.Collector].
func (c constant) Describe(descs chan<- *prometheus.Desc) { descs <- c.Desc() }

// Collect is part of [prometheus.Collector].
func (c constant) Collect(metrics chan<- prometheus.Metric) { metrics <- c.Metric }

// Describe is part of [prometheus.Collector].
func (l *limits) Describe(descs chan<- *prometheus.Desc) { descs <- limitDesc }

// Collect is part of [prometheus.Collector].
func (l *limits) Collect(metrics chan<- prometheus.Metric) {
	for limit, value := range l.inForce() {
		sink(metrics).gauge(limitDesc, value, limit)
	}
}
