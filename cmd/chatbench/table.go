package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"teahouse/internal/bench/load"
)

// notMeasured stands for a missing figure.
const notMeasured = "–"

// A table writes rows of cells in aligned columns.
type table struct {
	w *tabwriter.Writer
}

func newTable(w io.Writer) *table {
	return &table{tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)}
}

// row adds a row. Errors are reported by flush.
func (t *table) row(cells ...string) {
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

func (t *table) flush() error { return t.w.Flush() }

// writeJSON writes v as one JSON object.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// writeResult writes the result of one run as a table.
func writeResult(w io.Writer, r *load.Result) error {
	t := newTable(w)
	t.row("target", r.Target)
	if r.ListenTarget != "" {
		t.row("listeners at", r.ListenTarget)
	}
	t.row("load", describeLoad(r.Mode, r.Listeners, r.Speakers, r.Window, r.Rate, r.Size))
	t.row("measured", formatNumber(r.Seconds)+" s")
	t.row("lines sent", formatNumber(float64(r.Said)))
	t.row("deliveries", formatNumber(float64(r.Heard)))
	t.row("deliveries a second", formatMeasured(r.PerSecond))
	t.row("deliveries a CPU second", formatMeasured(r.PerCPUSecond))
	t.row("CPU of the server, s", formatMeasured(r.ServerCPU))
	t.row("sent to received, ms", formatLatency(r.Latency))
	if r.SpeakerLatency != nil {
		t.row("the same at the speakers' node, ms", formatLatency(*r.SpeakerLatency))
	}
	t.row("all in after, s", formatMeasured(r.JoinSeconds))
	t.row("CPU a join, ms", formatMeasured(r.JoinCPU))
	t.row("memory a client, KB", formatMeasured(r.MemoryPerClient))
	t.row("memory at most, MB", formatMeasured(r.Memory))
	t.row("faults", faultsOf(r).String())
	if r.WindowTimeouts > 0 {
		t.row("silent for a second", formatNumber(float64(r.WindowTimeouts))+" times")
	}
	return t.flush()
}

func formatLatency(l load.Percentiles) string {
	return fmt.Sprintf("p50 %s, p90 %s, p99 %s, p99.9 %s, most %s",
		formatMeasured(l.P50), formatMeasured(l.P90), formatMeasured(l.P99), formatMeasured(l.P999), formatMeasured(l.Max))
}

// writeReport writes a table with a column for each target.
func writeReport(w io.Writer, r *report) error {
	last := r.Targets[len(r.Targets)-1]
	fmt.Fprintf(w, "%s, %s s%s;\nratio to %s\n\n",
		describeLoad(r.Mode, r.Listeners, r.Speakers, r.Window, r.Rate, r.Size), formatNumber(r.Seconds), describeRounds(r.Rounds), last.Name)

	t := newTable(w)
	head := []string{""}
	for _, s := range r.Targets {
		head = append(head, s.Name)
	}
	t.row(head...)
	for _, m := range metrics() {
		if !r.has(m) {
			continue
		}
		figures, ratios := []string{m.label}, []string{"  ratio"}
		for _, s := range r.Targets {
			f := s.Figures[m.key]
			figures = append(figures, figureCell(f, r.Rounds))
			ratios = append(ratios, ratioCell(f, r.Rounds, s == last))
		}
		t.row(figures...)
		t.row(ratios...)
	}
	wrong := []string{"faults"}
	for _, s := range r.Targets {
		wrong = append(wrong, s.Faults.String())
	}
	t.row(wrong...)
	return t.flush()
}

// describeRounds explains the figures of several rounds.
func describeRounds(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(", %d rounds;\nmedian (least–most); ratio of the medians, and median of the rounds' ratios (paired)", n)
}

// figureCell formats a figure, without a range if there is only one round.
func figureCell(f figure, rounds int) string {
	switch {
	case f == figure{}:
		return notMeasured
	case rounds == 1:
		return formatNumber(f.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", formatNumber(f.Median), formatNumber(f.Min), formatNumber(f.Max))
}

// ratioCell formats a ratio; with a single round there is only one.
func ratioCell(f figure, rounds int, toItself bool) string {
	switch {
	case toItself:
		return "1"
	case f.Ratio == 0:
		return notMeasured
	case rounds == 1:
		return formatDigits(f.Ratio)
	}
	return fmt.Sprintf("%s, paired %s", formatDigits(f.Ratio), formatDigits(f.PairedRatio))
}

// describeLoad describes the load in words.
func describeLoad(mode load.Mode, listeners, speakers, window int, rate float64, size int) string {
	how := ""
	switch mode {
	case load.Throughput, load.Stall:
		how = fmt.Sprintf(", window %d", window)
	case load.Latency, load.Churn, load.Commands:
		how = fmt.Sprintf(", %s lines a second", formatNumber(rate))
	}
	return fmt.Sprintf("%s, %d listeners, %d speakers%s, %d bytes", mode, listeners, speakers, how, size)
}

func formatMeasured(v float64) string {
	if v == 0 {
		return notMeasured
	}
	return formatNumber(v)
}
