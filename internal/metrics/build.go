package metrics

import "github.com/prometheus/client_golang/prometheus"

// limitCollector collects which limits are in force.
type limitCollector struct{ values func() map[string]float64 }

// What a program tells of itself.
var (
	buildDesc = newDesc("build_info", "1, for the program that runs.", "version", "revision", "goversion")
	limitDesc = newDesc("limit", "The limits in force, by their flags; 0 is no limit.", "limit")
)

// AddBuildInfo adds which program it is: its version, the revision of its source, "" where that is
// not known, and the version of Go. It is called once.
func (m *Metrics) AddBuildInfo(version, revision, compiler string) {
	m.registry.MustRegister(constCollector{prometheus.MustNewConstMetric(buildDesc, prometheus.GaugeValue, 1, version, revision, compiler)})
}

// AddLimits adds the limits in force, of which values returns the values, by their flags. It
// is called once.
func (m *Metrics) AddLimits(inForce func() map[string]float64) {
	m.registry.MustRegister(&limitCollector{inForce})
}

// A constCollector collects what never changes.
type constCollector struct{ prometheus.Metric }

// Describe is part of [prometheus.Collector].
func (c constCollector) Describe(descs chan<- *prometheus.Desc) { descs <- c.Desc() }

// Collect is part of [prometheus.Collector].
func (c constCollector) Collect(metrics chan<- prometheus.Metric) { metrics <- c.Metric }

// Describe is part of [prometheus.Collector].
func (l *limitCollector) Describe(descs chan<- *prometheus.Desc) { descs <- limitDesc }

// Collect is part of [prometheus.Collector].
func (l *limitCollector) Collect(metrics chan<- prometheus.Metric) {
	for limit, value := range l.values() {
		sink(metrics).gauge(limitDesc, value, limit)
	}
}
