package metrics

import "github.com/prometheus/client_golang/prometheus"

// limitCollector collects the limits in force.
type limitCollector struct{ values func() map[string]float64 }

// Metrics of the program.
var (
	buildDesc = newDesc("build_info", "Always 1; the labels describe the running program.", "version", "revision", "goversion")
	limitDesc = newDesc("limit", "The limits in force, named after their flags; 0 means no limit.", "limit")
)

// AddBuildInfo adds a metric with the program's version, the revision of its source ("" if
// unknown) and the version of Go. It may be called once.
func (m *Metrics) AddBuildInfo(version, revision, compiler string) {
	m.registry.MustRegister(constCollector{prometheus.MustNewConstMetric(buildDesc, prometheus.GaugeValue, 1, version, revision, compiler)})
}

// AddLimits adds a metric for the limits in force, which inForce returns by the names of their
// flags. It may be called once.
func (m *Metrics) AddLimits(inForce func() map[string]float64) {
	m.registry.MustRegister(&limitCollector{inForce})
}

// A constCollector collects a metric that never changes.
type constCollector struct{ prometheus.Metric }

// Describe implements [prometheus.Collector].
func (c constCollector) Describe(descs chan<- *prometheus.Desc) { descs <- c.Desc() }

// Collect implements [prometheus.Collector].
func (c constCollector) Collect(metrics chan<- prometheus.Metric) { metrics <- c.Metric }

// Describe implements [prometheus.Collector].
func (l *limitCollector) Describe(descs chan<- *prometheus.Desc) { descs <- limitDesc }

// Collect implements [prometheus.Collector].
func (l *limitCollector) Collect(metrics chan<- prometheus.Metric) {
	for limit, value := range l.values() {
		sink(metrics).gauge(limitDesc, value, limit)
	}
}
