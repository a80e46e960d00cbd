package main

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/bench/load"
)

// Targets are measured in turn, after a warm-up round if there is more than one.
func TestCompareTakesTurns(t *testing.T) {
	tests := []struct {
		rounds string
		want   string
	}{
		{"1", "abc"},
		{"3", "abc" + "abcabcabc"}, // the first round does not count
	}
	for _, test := range tests {
		var f fakeLoad
		code, _, stderr := runProgram(t, &f, "compare", "--rounds", test.rounds,
			"first=lines://a:1", "second=lines://b:1", "third=lines://c:1")
		if code != exitOK {
			t.Fatalf("chatbench compare exits with %d and says %q", code, stderr)
		}
		got := ""
		for _, c := range f.configs {
			u, _ := url.Parse(c.Target)
			got += u.Hostname()
		}
		if got != test.want {
			t.Errorf("with --rounds %s the targets ran in the order %s, want %s", test.rounds, got, test.want)
		}
	}
}

// The figures of the warm-up round do not count, but its faults do.
func TestCompareJSON(t *testing.T) {
	f := fakeLoad{result: func(n int, c load.Config) (*load.Result, error) {
		r := &load.Result{Target: c.Target, PerCPUSecond: float64(n)}
		if n == 1 {
			r.Lost = 7
		}
		return r, nil
	}}
	code, stdout, _ := runProgram(t, &f, "compare", "--json", "--rounds=2", "ours=lines://a:1", "theirs=lines://b:1")
	if code != exitFaults {
		t.Errorf("with faults in the warm-up round chatbench exits with %d, want %d", code, exitFaults)
	}
	var got report
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	ours, theirs := got.Targets[0], got.Targets[1]
	if f := ours.Figures["deliveries_per_cpu_second"]; f != (figure{4, 3, 5, 0.8, median([]float64{3.0 / 4, 5.0 / 6})}) {
		t.Errorf("the figures of the first target are %v", f)
	}
	if f := theirs.Figures["deliveries_per_cpu_second"]; f != (figure{Median: 5, Min: 4, Max: 6}) {
		t.Errorf("the figures of the second target are %v", f)
	}
	if len(ours.Figures) != 1 {
		t.Errorf("the report has figures that were not measured: %v", ours.Figures)
	}
	if ours.Faults != (faults{Lost: 7}) || theirs.Faults != (faults{}) || len(ours.Runs) != 2 {
		t.Errorf("the first target has the faults %v in %d runs, the second %v; want 7 lost in 2 runs, and none", ours.Faults, len(ours.Runs), theirs.Faults)
	}
}

func TestMedian(t *testing.T) {
	tests := []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{4, 1}, 2.5},
		{[]float64{9, 1, 5}, 5},
		{[]float64{8, 1, 3, 2}, 2.5},
	}
	for _, test := range tests {
		before := slices.Clone(test.values)
		if got := median(test.values); got != test.want {
			t.Errorf("the median of %v is %v, want %v", test.values, got, test.want)
		}
		if !slices.Equal(test.values, before) {
			t.Errorf("median sorted its argument %v", before)
		}
	}
}

// If the machine becomes twice as fast between rounds, the medians change but not the ratios
// within a round.
func TestPairedRatio(t *testing.T) {
	ours, floor := []float64{50, 100, 60}, []float64{100, 200, 120}
	if got := pairedRatio(ours, floor); got != 0.5 {
		t.Errorf("the paired ratio is %v, want 0.5", got)
	}
	if got := pairedRatio([]float64{1, 2}, []float64{0, 4}); got != 0.5 {
		t.Errorf("a round without a base counts: the paired ratio is %v, want 0.5", got)
	}
	if got := pairedRatio([]float64{1}, []float64{0}); got != 0 {
		t.Errorf("without any base the paired ratio is %v, want 0", got)
	}
}

func TestParseTarget(t *testing.T) {
	tests := []struct {
		in, name, url string
		command       string // its words in brackets
	}{
		{"a=lines://127.0.0.1:1", "a", "lines://127.0.0.1:1", ""},
		{"a=classic://127.0.0.1:1?x=y  ./teahouse --data '/tmp/a b'", "a", "classic://127.0.0.1:1?x=y", "[./teahouse][--data][/tmp/a b]"},
		{"a=lines://127.0.0.1:1\n  ./teahouse", "a", "lines://127.0.0.1:1", "[./teahouse]"},
		{"floor:tcp", "floor:tcp", "lines://", "[SELF][floor][tcp][--prefix=9][--redraw]"},
		{"floor:gliderlabs", "floor:gliderlabs", "ssh://", "[SELF][floor][gliderlabs][--prefix=9][--redraw]"},
	}
	for _, test := range tests {
		got, err := parseTarget(test.in, &baselineFlags{Prefix: 9, Redraw: true})
		if err != nil {
			t.Errorf("the target %q is refused: %v", test.in, err)
			continue
		}
		words := ""
		for i, word := range got.command {
			if got.baseline && i == 0 {
				word = "SELF"
			}
			words += "[" + word + "]"
		}
		if got.name != test.name || got.url != test.url || words != test.command || got.baseline != strings.HasPrefix(test.in, "floor:") {
			t.Errorf("the target %q is read as %+v", test.in, got)
		}
	}
}
