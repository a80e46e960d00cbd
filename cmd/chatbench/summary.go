package main

import (
	"fmt"
	"slices"
	"strings"

	"teahouse/internal/bench/load"
)

// A metric is a figure of a result that can be compared. A value of 0 means that it was not
// measured.
type metric struct {
	key   string // in JSON
	label string
	value func(*load.Result) float64
}

// metrics returns the figures by which targets are compared.
func metrics() []metric {
	return []metric{
		{"deliveries_per_cpu_second", "deliveries a CPU second", func(r *load.Result) float64 { return r.PerCPUSecond }},
		{"deliveries_per_second", "deliveries a second", func(r *load.Result) float64 { return r.PerSecond }},
		{"p50_ms", "sent to received, p50, ms", func(r *load.Result) float64 { return r.Latency.P50 }},
		{"p99_ms", "sent to received, p99, ms", func(r *load.Result) float64 { return r.Latency.P99 }},
		{"join_cpu_ms", "CPU a join, ms", func(r *load.Result) float64 { return r.JoinCPU }},
		{"memory_per_client_kb", "memory a client, KB", func(r *load.Result) float64 { return r.MemoryPerClient }},
	}
}

// A figure is a metric of one target over all rounds.
type figure struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`

	// Ratios to the last target; 0 if there is nothing to compare.
	Ratio       float64 `json:"ratio,omitempty"`        // of the medians
	PairedRatio float64 `json:"paired_ratio,omitempty"` // the median of each round's
}

// A summary describes all runs of one target.
type summary struct {
	Name    string            `json:"name"`
	Figures map[string]figure `json:"figures"` // by the metric's key; without those not measured
	Faults  faults            `json:"faults"`  // of all runs, including those that do not count
	Runs    []*load.Result    `json:"runs"`    // the runs that count
}

// A report is the result of chatbench compare.
type report struct {
	Mode      load.Mode  `json:"mode"`
	Listeners int        `json:"listeners"`
	Speakers  int        `json:"speakers"`
	Window    int        `json:"window"`
	Rate      float64    `json:"rate"`
	Size      int        `json:"size"`
	Seconds   float64    `json:"seconds"`
	Rounds    int        `json:"rounds"`
	Targets   []*summary `json:"targets"` // the others are compared with the last one
}

// add adds a run of the target. If it does not count, only its faults are added: a fault in one
// of six runs is worth knowing.
func (s *summary) add(r *load.Result, counts bool) {
	s.Faults.add(faultsOf(r))
	if counts {
		s.Runs = append(s.Runs, r)
	}
}

// computeFigures computes the figures of all targets, which have equally many runs.
func (r *report) computeFigures() {
	last := r.Targets[len(r.Targets)-1]
	for _, s := range r.Targets {
		s.Figures = make(map[string]figure)
		for _, m := range metrics() {
			values, base := valuesOf(m, s.Runs), valuesOf(m, last.Runs)
			f := newFigure(values)
			if f.Max == 0 {
				continue
			}
			if s != last {
				f.Ratio = ratio(f.Median, median(base))
				f.PairedRatio = pairedRatio(values, base)
			}
			s.Figures[m.key] = f
		}
	}
}

// has reports whether any target has a metric.
func (r *report) has(m metric) bool {
	return slices.ContainsFunc(r.Targets, func(s *summary) bool {
		_, ok := s.Figures[m.key]
		return ok
	})
}

func (r *report) faults() faults {
	var all faults
	for _, s := range r.Targets {
		all.add(s.Faults)
	}
	return all
}

func valuesOf(m metric, runs []*load.Result) []float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = m.value(r)
	}
	return values
}

func newFigure(values []float64) figure {
	if len(values) == 0 {
		return figure{}
	}
	return figure{Median: median(values), Min: slices.Min(values), Max: slices.Max(values)}
}

// median returns the median of values, or 0 if there are none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// ratio returns value/base, or 0 if base is 0.
func ratio(value, base float64) float64 {
	if base == 0 {
		return 0
	}
	return value / base
}

// pairedRatio returns the median of the ratios in each round, without rounds in which base is 0.
func pairedRatio(values, base []float64) float64 {
	var ratios []float64
	for i := range values {
		if base[i] != 0 {
			ratios = append(ratios, values[i]/base[i])
		}
	}
	return median(ratios)
}

// faults are what went wrong in one or more runs; see load.Result.
type faults struct {
	Lost            int64 `json:"lost"`
	Duplicated      int64 `json:"twice"`
	OutOfOrder      int64 `json:"disordered"`
	OrderMismatches int64 `json:"differing"`
	Disconnected    int64 `json:"gone"`
}

func faultsOf(r *load.Result) faults {
	return faults{Lost: r.Lost, Duplicated: r.Duplicated, OutOfOrder: r.OutOfOrder, OrderMismatches: r.OrderMismatches, Disconnected: r.Disconnected}
}

func (f *faults) add(g faults) {
	f.Lost += g.Lost
	f.Duplicated += g.Duplicated
	f.OutOfOrder += g.OutOfOrder
	f.OrderMismatches += g.OrderMismatches
	f.Disconnected += g.Disconnected
}

// String lists the faults that occurred.
func (f faults) String() string {
	var named []string
	for _, fault := range []struct {
		n    int64
		what string
	}{
		{f.Lost, "lost"},
		{f.Duplicated, "duplicated"},
		{f.OutOfOrder, "out of order"},
		{f.OrderMismatches, "clients with another order"},
		{f.Disconnected, "clients disconnected"},
	} {
		if fault.n > 0 {
			named = append(named, fmt.Sprintf("%d %s", fault.n, fault.what))
		}
	}
	if len(named) == 0 {
		return "none"
	}
	return strings.Join(named, ", ")
}

// err returns a faultsError if there were any faults.
func (f faults) err() error {
	if f == (faults{}) {
		return nil
	}
	return &faultsError{f.String()}
}
