package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"teahouse/internal/bench/load"
)

func TestFormatNumber(t *testing.T) {
	tests := map[float64]string{
		0: "0", 8: "8", 999: "999", 1000: "1.00k", 0.0213: "0.021", 0.3: "0.30", 1.884: "1.88", 12.34: "12.3", 99.96: "100",
		123.4: "123", 999.6: "1.00k", 9999: "10.0k", 466_400: "466k", 999_600: "1.00M", 2_864_000: "2.86M", 5e9: "5.00G",
	}
	for v, want := range tests {
		if got := formatNumber(v); got != want {
			t.Errorf("%v is shown as %s, want %s", v, got, want)
		}
	}
}

func someResult() *load.Result {
	return &load.Result{
		Target: "classic://127.0.0.1:8888", Mode: load.Throughput, Listeners: 1000, Speakers: 8, Window: 8, Rate: 20, Size: 80,
		Seconds: 5, Said: 8400, Heard: 8_467_200, ServerCPU: 2.96, PerSecond: 1_693_440, PerCPUSecond: 2_860_541,
		JoinCPU: 0.0213, JoinSeconds: 0.42, MemoryPerClient: 10.04, Memory: 43.2,
		Latency: load.Percentiles{P50: 5, P90: 7.25, P99: 10.1, P999: 14, Max: 120},
	}
}

func TestResultTable(t *testing.T) {
	r := someResult()
	r.Lost, r.OrderMismatches, r.WindowTimeouts = 3, 1, 2
	checkText(t, func(w *bytes.Buffer) error { return writeResult(w, r) }, `
target                    classic://127.0.0.1:8888
load                      throughput, 1000 listeners, 8 speakers, window 8, 80 bytes
measured                  5 s
lines sent                8.40k
deliveries                8.47M
deliveries a second       1.69M
deliveries a CPU second   2.86M
CPU of the server, s      2.96
sent to received, ms      p50 5, p90 7.25, p99 10.1, p99.9 14, most 120
all in after, s           0.42
CPU a join, ms            0.021
memory a client, KB       10.0
memory at most, MB        43.2
faults                    3 lost, 1 clients with another order
silent for a second       2 times
`)
}

func TestResultTableWithoutProcess(t *testing.T) {
	var w bytes.Buffer
	if err := writeResult(&w, &load.Result{Mode: load.Latency, Rate: 20, PerSecond: 12}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"deliveries a CPU second   –\n", "memory a client, KB       –\n", ", 20 lines a second, "} {
		if !strings.Contains(w.String(), line) {
			t.Errorf("the report lacks the line %q:\n%s", line, &w)
		}
	}
}

func TestReportTable(t *testing.T) {
	ours, twice, floor := &summary{Name: "ours"}, &summary{Name: "its copy"}, &summary{Name: "floor:tcp"}
	for i := range 3 {
		r := *someResult()
		r.PerCPUSecond *= 1 + float64(i)/10
		half := r
		half.PerCPUSecond /= 2
		half.Latency.P99 *= 3
		half.JoinCPU, r.JoinCPU = 0, 0 // as if it had not been measured
		double := half
		half.MemoryPerClient, double.MemoryPerClient = 0, r.MemoryPerClient*2
		half.Duplicated = int64(i)
		ours.add(&half, true)
		twice.add(&double, true)
		floor.add(&r, true)
	}
	report := &report{
		Mode: load.Throughput, Listeners: 1000, Speakers: 8, Window: 8, Size: 80,
		Seconds: 5, Rounds: 3, Targets: []*summary{ours, twice, floor},
	}
	report.computeFigures()
	checkText(t, func(w *bytes.Buffer) error { return writeReport(w, report) }, `
throughput, 1000 listeners, 8 speakers, window 8, 80 bytes, 5 s, 3 rounds;
median (least–most); ratio of the medians, and median of the rounds' ratios (paired);
ratio to floor:tcp

                            ours                  its copy              floor:tcp
deliveries a CPU second     1.57M (1.43M–1.72M)   1.57M (1.43M–1.72M)   3.15M (2.86M–3.43M)
  ratio                     0.50, paired 0.50     0.50, paired 0.50     1
deliveries a second         1.69M (1.69M–1.69M)   1.69M (1.69M–1.69M)   1.69M (1.69M–1.69M)
  ratio                     1.00, paired 1.00     1.00, paired 1.00     1
sent to received, p50, ms   5 (5–5)               5 (5–5)               5 (5–5)
  ratio                     1.00, paired 1.00     1.00, paired 1.00     1
sent to received, p99, ms   30.3 (30.3–30.3)      30.3 (30.3–30.3)      10.1 (10.1–10.1)
  ratio                     3.00, paired 3.00     3.00, paired 3.00     1
memory a client, KB         –                     20.1 (20.1–20.1)      10.0 (10.0–10.0)
  ratio                     –                     2.00, paired 2.00     1
faults                      3 duplicated          none                  none
`)
}

func TestReportTableSingleRound(t *testing.T) {
	ours, floor := &summary{Name: "ours"}, &summary{Name: "floor:tcp"}
	ours.add(&load.Result{JoinCPU: 0.4}, true)
	floor.add(&load.Result{JoinCPU: 0.02}, true)
	report := &report{Mode: load.Join, Listeners: 9, Speakers: 1, Size: 80, Seconds: 5, Rounds: 1, Targets: []*summary{ours, floor}}
	report.computeFigures()
	checkText(t, func(w *bytes.Buffer) error { return writeReport(w, report) }, `
join, 9 listeners, 1 speakers, 80 bytes, 5 s;
ratio to floor:tcp

                 ours   floor:tcp
CPU a join, ms   0.40   0.020
  ratio          20.0   1
faults           none   none
`)
}

func TestResultJSON(t *testing.T) {
	var w bytes.Buffer
	if err := writeJSON(&w, someResult()); err != nil {
		t.Fatal(err)
	}
	var got load.Result
	if err := json.Unmarshal(w.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got != *someResult() {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(w.String(), "\"p99_ms\": 10.1,\n") {
		t.Errorf("got %s", &w)
	}
}

// checkText checks the output of write. Want begins with a newline.
func checkText(t *testing.T, write func(*bytes.Buffer) error, want string) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want[1:] {
		t.Errorf("got\n%s\nwant%s", &got, want)
	}
}

func TestProgress(t *testing.T) {
	var w bytes.Buffer
	p := &progress{w: &w}
	show := p.callback("round 1 of 2, ours")
	show(load.Progress{Phase: "warming up", Clients: 108, Said: 1200, Heard: 123_456, Elapsed: time.Second})
	long := "\rround 1 of 2, ours: warming up, 1 s, 108 clients, sent 1.20k, received 123k"
	if w.String() != long {
		t.Errorf("got %q", &w)
	}
	w.Reset()
	p.show("short")
	if w.String() != "\rshort"+strings.Repeat(" ", len(long)-1-len("short")) {
		t.Errorf("a shorter line of progress is written as %q", &w)
	}
	w.Reset()
	p.clear()
	p.clear() // there is nothing left to clear
	if w.String() != "\r"+strings.Repeat(" ", len(long)-1)+"\r" {
		t.Errorf("clear wrote %q", &w)
	}
	w.Reset()
	p.show(strings.Repeat("茶", 200))
	if got := strings.Count(w.String(), "茶"); got != progressWidth {
		t.Errorf("a long line of progress has %d characters, want %d at most", got, progressWidth)
	}
}

func TestNoProgressInAPipe(t *testing.T) {
	p := newProgress(&bytes.Buffer{})
	if p != nil || p.callback("x") != nil {
		t.Error("progress is shown although nobody looks at a terminal")
	}
	p.clear()
}
