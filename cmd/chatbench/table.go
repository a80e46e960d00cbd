package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"teahouse/bench/load"
)

// unmeasured stands for a figure that there is not.
const unmeasured = "–"

// A table has rows of cells, written in columns.
type table struct {
	w *tabwriter.Writer
}

func newTable(w io.Writer) *table {
	return &table{tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)}
}

// row adds a row. What goes wrong shows when the table is flushed.
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

// writeResult writes a table of one run.
func writeResult(w io.Writer, r *load.Result) error {
	t := newTable(w)
	t.row("target", r.Target)
	if r.Hear != "" {
		t.row("listeners at", r.Hear)
	}
	t.row("load", describe(r.Mode, r.Listeners, r.Speakers, r.Window, r.Rate, r.Size))
	t.row("measured", human(r.Seconds)+" s")
	t.row("lines said", human(float64(r.Said)))
	t.row("deliveries", human(float64(r.Heard)))
	t.row("deliveries a second", orUnmeasured(r.PerSecond))
	t.row("deliveries a CPU second", orUnmeasured(r.PerCPUSecond))
	t.row("CPU of the server, s", orUnmeasured(r.ServerCPU))
	t.row("spoken to heard, ms", delays(r.Latency))
	if r.Near != nil {
		t.row("the same where it is spoken, ms", delays(*r.Near))
	}
	t.row("all in after, s", orUnmeasured(r.JoinSeconds))
	t.row("CPU a join, ms", orUnmeasured(r.JoinCPU))
	t.row("memory a client, KB", orUnmeasured(r.MemoryPerClient))
	t.row("memory at most, MB", orUnmeasured(r.Memory))
	t.row("faults", faultsOf(r).String())
	if r.Stuck > 0 {
		t.row("silent for a second", human(float64(r.Stuck))+" times")
	}
	return t.flush()
}

func delays(l load.Delays) string {
	return fmt.Sprintf("p50 %s, p90 %s, p99 %s, p99.9 %s, most %s",
		orUnmeasured(l.P50), orUnmeasured(l.P90), orUnmeasured(l.P99), orUnmeasured(l.P999), orUnmeasured(l.Max))
}

// writeReport writes a table with a column for each target.
func writeReport(w io.Writer, r *report) error {
	last := r.Targets[len(r.Targets)-1]
	fmt.Fprintf(w, "%s, %s s%s;\nratio to %s\n\n",
		describe(r.Mode, r.Listeners, r.Speakers, r.Window, r.Rate, r.Size), human(r.Seconds), rounds(r.Rounds), last.Name)

	t := newTable(w)
	head := []string{""}
	for _, s := range r.Targets {
		head = append(head, s.Name)
	}
	t.row(head...)
	for _, m := range measures() {
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

// rounds says what the figures of several rounds are.
func rounds(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(", %d rounds;\nmedian (least–most); ratio of the medians, and median of the rounds' ratios (paired)", n)
}

// figureCell of a single round has no spread.
func figureCell(f figure, rounds int) string {
	switch {
	case f == figure{}:
		return unmeasured
	case rounds == 1:
		return human(f.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", human(f.Median), human(f.Min), human(f.Max))
}

// ratioCell of a single round has one ratio.
func ratioCell(f figure, rounds int, toItself bool) string {
	switch {
	case toItself:
		return "1"
	case f.Ratio == 0:
		return unmeasured
	case rounds == 1:
		return digits(f.Ratio)
	}
	return fmt.Sprintf("%s, paired %s", digits(f.Ratio), digits(f.PairedRatio))
}

// describe says in words what was done to a server.
func describe(mode load.Mode, listeners, speakers, window int, rate float64, size int) string {
	how := ""
	switch mode {
	case load.Throughput, load.Stall:
		how = fmt.Sprintf(", window %d", window)
	case load.Latency, load.Churn, load.Commands:
		how = fmt.Sprintf(", %s lines a second", human(rate))
	}
	return fmt.Sprintf("%s, %d listeners, %d speakers%s, %d bytes", mode, listeners, speakers, how, size)
}

func orUnmeasured(v float64) string {
	if v == 0 {
		return unmeasured
	}
	return human(v)
}
