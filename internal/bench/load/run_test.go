package load

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shortTimeouts returns the timeouts of tests.
func shortTimeouts() timeouts {
	return timeouts{join: 20 * time.Second, greeting: 20 * time.Second, silence: 5 * time.Second, end: 20 * time.Second}
}

// runTest runs c to its end.
func runTest(t *testing.T, c Config) *Result {
	t.Helper()
	res, err := runWithTimeouts(t.Context(), c, shortTimeouts())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *res)
	return res
}

// faultless reports whether every line was received by everybody, once and in order.
func faultless(r *Result) bool {
	return r.Lost == 0 && r.Duplicated == 0 && r.OutOfOrder == 0 && r.OrderMismatches == 0 && r.Disconnected == 0
}

func throughputConfig(target string) Config {
	return Config{
		Target: target, Mode: Throughput, Listeners: 5, Speakers: 1, Window: 8, Size: 80,
		Duration: 100 * time.Millisecond, Warmup: 20 * time.Millisecond,
	}
}

// A server without faults passes every kind of load, and everything is measured.
func TestGoodServer(t *testing.T) {
	f := newFakeServer(t, serveLines)
	for _, mode := range []Mode{Throughput, Latency, Join, Stall, Churn} {
		t.Run(string(mode), func(t *testing.T) {
			c := throughputConfig("lines://" + f.addr)
			c.Mode, c.Speakers, c.Rate = mode, 3, 200
			var samples atomic.Int64
			c.Sample = func() (time.Duration, uint64, error) {
				n := samples.Add(1)
				return time.Duration(n) * time.Second, uint64(n) << 20, nil
			}
			res := runTest(t, c)
			if !faultless(res) {
				t.Errorf("a server without faults is reported with some: %+v", res)
			}
			if mode == Join {
				if res.JoinCPU == 0 || res.MemoryPerClient == 0 || res.JoinSeconds == 0 {
					t.Errorf("the report has no figures of joining: %+v", res)
				}
				return
			}
			if res.Said == 0 || res.Heard < res.Said || res.Latency.P50 <= 0 || res.Latency.Max < res.Latency.P99 {
				t.Errorf("the report has no lines, or no latencies: %+v", res)
			}
			if res.ServerCPU == 0 || res.PerCPUSecond == 0 || res.Memory < 3 {
				t.Errorf("the report has no figures of the server's process: %+v", res)
			}
		})
	}
}

// Lines are sent at the requested rate.
func TestRate(t *testing.T) {
	f := newFakeServer(t, serveLines)
	c := throughputConfig("lines://" + f.addr)
	c.Mode, c.Speakers, c.Rate, c.Duration = Latency, 4, 500, 400*time.Millisecond
	if res := runTest(t, c); res.Said < 150 || res.Said > 250 {
		t.Errorf("at 500 lines a second, %d lines were said in 0.4 s, want about 200", res.Said)
	}
}

// Each kind of fault is found and counted as such.
func TestFaults(t *testing.T) {
	var said atomic.Int64
	tests := []struct {
		name    string
		deliver func(f *fakeServer, i, n int, line string) []string
		want    func(said int64) Result // the counts, for so many ordinary lines
	}{
		{"loses every 100th", func(_ *fakeServer, _, n int, line string) []string {
			if n%100 == 99 {
				return nil
			}
			return []string{line}
		}, func(said int64) Result { return Result{Lost: 6 * (said / 100)} }},
		{"repeats one", func(_ *fakeServer, i, n int, line string) []string {
			if i == 2 && n == 50 {
				return []string{line, line}
			}
			return []string{line}
		}, func(int64) Result { return Result{Duplicated: 1} }},
		{"swaps two for everybody", func(f *fakeServer, i, n int, line string) []string {
			switch n {
			case 40:
				f.held[i] = line
				return nil
			case 41:
				return []string{line, f.held[i]}
			}
			return []string{line}
		}, func(int64) Result { return Result{OutOfOrder: 6} }},
		{"swaps two for one", func(f *fakeServer, i, n int, line string) []string {
			switch {
			case i == 3 && n == 40:
				f.held[i] = line
				return nil
			case i == 3 && n == 41:
				return []string{line, f.held[i]}
			}
			return []string{line}
		}, func(int64) Result { return Result{OutOfOrder: 1, OrderMismatches: 1} }},
		{"throws one out", func(f *fakeServer, i, n int, line string) []string {
			if i == 5 && n == 60 {
				f.clients[i].conn.Close()
			}
			return []string{line}
		}, func(int64) Result { return Result{Disconnected: 1} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var res *Result
			const enough = 110 // lines, so that each mistake was made
			for duration := 200 * time.Millisecond; ; duration *= 2 {
				f := newFakeServer(t, serveLines)
				said.Store(0)
				f.linesFor = func(f *fakeServer, i, n int, line string) []string {
					said.Store(int64(n) + 1)
					return test.deliver(f, i, n, line)
				}
				c := throughputConfig("lines://" + f.addr)
				c.Duration = duration
				if res = runTest(t, c); said.Load() >= enough || duration > 5*time.Second {
					break
				}
			}
			want := test.want(said.Load())
			if res.Lost != want.Lost || res.Duplicated != want.Duplicated || res.OutOfOrder != want.OutOfOrder ||
				res.OrderMismatches != want.OrderMismatches || res.Disconnected != want.Disconnected {
				t.Errorf("of %d lines the report has the faults %+v, want those of %+v", said.Load(), res, want)
			}
			if faultless(res) {
				t.Error("a server with faults is reported as faultless")
			}
		})
	}
}

// One listener receives two speakers' lines in the opposite order: each speaker's order is right,
// but the total order differs.
func TestOrderMismatches(t *testing.T) {
	f := newFakeServer(t, serveReordered)
	c := throughputConfig("lines://" + f.addr)
	c.Speakers = 2
	res := runTest(t, c)
	if res.OrderMismatches != 1 || res.Lost+res.Duplicated+res.OutOfOrder+res.Disconnected > 0 {
		t.Errorf("one listener received another order, but the report is %+v", res)
	}
}

// With two nodes, the listeners' deliveries are counted, and the speakers' only give a latency to
// compare with.
func TestTwoNodes(t *testing.T) {
	f := newFakeServer(t, serveLines)
	for _, mode := range []Mode{Throughput, Latency} {
		c := throughputConfig("lines://" + f.addr)
		c.Mode, c.ListenTarget, c.Speakers, c.Rate = mode, c.Target, 3, 200
		res := runTest(t, c)
		if !faultless(res) || res.Said == 0 {
			t.Errorf("two nodes without faults are reported with some, or without lines: %+v", res)
		}
		// Listeners may be behind when counting begins. With the three speakers it would be eight
		// for each line.
		if each := float64(res.Heard) / float64(res.Said); each > 6.5 {
			t.Errorf("of %d lines, %d deliveries to 5 listeners are counted, want 5 each", res.Said, res.Heard)
		}
		if res.SpeakerLatency == nil || res.SpeakerLatency.P50 <= 0 || res.Latency.P50 <= 0 {
			t.Errorf("the report lacks the latencies of the listeners or of the speakers: %+v", res)
		}
	}
}

// Lines of different speakers may arrive in a different order at each node, but only there.
func TestOrderAtTwoNodes(t *testing.T) {
	t.Parallel()
	who := func(near bool, order uint64) *client {
		return &client{atSpeakerNode: near, unheardSpeaker: -1, deliveryChecker: deliveryChecker{orderHash: order}}
	}
	r := &run{clients: []*client{who(true, 1), who(true, 1), who(false, 2), who(false, 2), who(false, 3)}}
	var res Result
	if r.countFaults(&res); res.OrderMismatches != 1 {
		t.Errorf("%d clients count as having another order, want 1", res.OrderMismatches)
	}
}

// A speaker does not wait for ever for lines that are lost.
func TestWindowTimeout(t *testing.T) {
	f := newFakeServer(t, serveLines)
	f.linesFor = func(_ *fakeServer, _, n int, line string) []string {
		if n == 20 {
			return nil // with a window of one, nothing else is sent
		}
		return []string{line}
	}
	c := throughputConfig("lines://" + f.addr)
	c.Window, c.Duration = 1, 1500*time.Millisecond
	if res := runTest(t, c); res.WindowTimeouts != 1 || res.Lost != 6 || res.Said < 30 {
		t.Errorf("a speaker whose line is lost should time out once and go on, but the report is %+v", res)
	}
}

// An IRC server can be measured.
func TestIRC(t *testing.T) {
	f := newFakeServer(t, serveIRC)
	for _, listeners := range []int{0, 4} {
		c := throughputConfig("irc://" + f.addr)
		c.Speakers, c.Listeners = 3, listeners
		res := runTest(t, c)
		if !faultless(res) || res.Said == 0 || res.WindowTimeouts > 0 {
			t.Errorf("an IRC server without faults is reported with some, or without lines: %+v", res)
		}
	}
}

// PING is answered however the network cuts it.
func TestIRCPingInPieces(t *testing.T) {
	t.Parallel()
	input := "PING 1\r\n:a PRIVMSG #b :PING no\r\nPING :two words\r\n:x\r\nPING 3\r\n"
	for a := range len(input) + 1 {
		for b := a; b <= len(input); b++ {
			ours, theirs := net.Pipe()
			var answers strings.Builder
			var reader sync.WaitGroup
			reader.Go(func() {
				buf := make([]byte, 512)
				for {
					n, err := theirs.Read(buf)
					answers.Write(buf[:n])
					if err != nil {
						return
					}
				}
			})
			p := pingResponder{Writer: ours}
			for _, piece := range []string{input[:a], input[a:b], input[b:]} {
				p.respond([]byte(piece))
			}
			ours.Close()
			reader.Wait()
			if got, want := answers.String(), "PONG 1\r\nPONG :two words\r\nPONG 3\r\n"; got != want {
				t.Fatalf("with the input cut at %d and %d the server is answered %q, want %q", a, b, got, want)
			}
		}
	}
}

// A run that cannot work says why.
func TestRefusals(t *testing.T) {
	t.Parallel()
	good := throughputConfig("lines://127.0.0.1:1")
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Target = "lines://192.0.2.1:8888" }, "loopback"},
		{func(c *Config) { c.Target = "lines://0.0.0.0:8888" }, "loopback"},
		{func(c *Config) { c.Target = "telnet://127.0.0.1:8888" }, "classic"},
		{func(c *Config) { c.Target = "lines://127.0.0.1" }, "port"},
		{func(c *Config) { c.Target = "://" }, "target"},
		{func(c *Config) { c.Mode = "noise" }, "noise"},
		{func(c *Config) { c.Window = 0 }, "window"},
		{func(c *Config) { c.Speakers = 0 }, "speaker"},
		{func(c *Config) { c.Listeners = -1 }, "crowd"},
		{func(c *Config) { c.Mode = Latency }, "rate"},
		{func(c *Config) { c.Duration = 0 }, "second"},
		{func(c *Config) { c.Target, c.Listeners = "irc://127.0.0.1:1", 0 }, "two clients"},
		{func(*Config) {}, "bench0 cannot join"},
	} {
		c := good
		test.change(&c)
		_, err := Run(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("a run that cannot work ends with %v, want %q in it", err, test.want)
		}
	}
}

// A run ends at once when its context does, in any phase.
func TestCancel(t *testing.T) {
	t.Parallel()
	good := newFakeServer(t, serveLines).addr
	mute := newFakeServer(t, serveSilence).addr
	for target, phase := range map[string]string{
		"lines://" + good:   "measuring",
		"lines://" + mute:   "joining",
		"classic://" + mute: "joining",
		"irc://" + mute:     "joining",
		"ssh://" + mute:     "joining",
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := throughputConfig(target)
			c.Duration = time.Hour
			c.Progress = func(p Progress) {
				if p.Phase == phase {
					cancel()
				}
			}
			if _, err := runWithTimeouts(ctx, c, shortTimeouts()); !errors.Is(err, context.Canceled) {
				t.Errorf("a cancelled run ends with %v, want %v", err, context.Canceled)
			}
		})
	}
}

// A server that ends while it is sampled, or admits nobody, causes an error.
func TestServerFails(t *testing.T) {
	f := newFakeServer(t, serveLines)
	c := throughputConfig("lines://" + f.addr)
	broken := errors.New("no such process")
	c.Sample = func() (time.Duration, uint64, error) { return 0, 0, broken }
	if _, err := runWithTimeouts(t.Context(), c, shortTimeouts()); !errors.Is(err, broken) {
		t.Errorf("a run whose server has ended ends with %v, want %v", err, broken)
	}
	closing := newFakeServer(t, func(*fakeServer, *fakeClient) {})
	if _, err := runWithTimeouts(t.Context(), throughputConfig("lines://"+closing.addr), shortTimeouts()); err == nil {
		t.Error("a server that closes every connection was measured")
	}
	mute := newFakeServer(t, serveSilence)
	p := shortTimeouts()
	p.join = 300 * time.Millisecond
	_, err := runWithTimeouts(t.Context(), throughputConfig("lines://"+mute.addr), p)
	if err == nil || !strings.Contains(err.Error(), "0 of 6") {
		t.Errorf("a run on a silent server ends with %v, want that 0 of 6 clients joined", err)
	}
}

// BenchmarkHandleRead measures what a delivery costs a client, apart from the read.
func BenchmarkHandleRead(b *testing.B) {
	for name, batch := range map[string]int{"1 a read": 1, "8 a read": 8, "64 a read": 64} {
		b.Run(name, func(b *testing.B) {
			r, err := newRun(b.Context(), Config{
				Target: "lines://127.0.0.1:1", Mode: Throughput, Listeners: 1, Speakers: 8, Window: 8, Size: 80, Duration: 1,
			}, shortTimeouts())
			if err != nil {
				b.Fatal(err)
			}
			r.measureFrom.Store(0)
			c, d := r.clients[8], r.scratch.get()
			reads := make([][]byte, 512)
			for i := range reads {
				reads[i] = make([]byte, headroom)
				for k := range batch {
					n := uint64(i*batch + k)
					r.speakers[n%8].generated.Store(n/8 + 1)
					reads[i] = append(reads[i], "[127.0.0.1:53122]127.0.0.1:53122:"...)
					reads[i] = r.appendLine(reads[i], mark{n % 8, n / 8, r.elapsed()})
				}
			}
			b.ReportAllocs()
			read := 0
			for b.Loop() {
				if read == len(reads) {
					read = 0
					clear(c.next)
				}
				c.handleRead(d, reads[read], len(reads[read])-headroom)
				read++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/delivery")
			if heard, want := c.heard.Load(), int64(b.N*batch); heard != want {
				b.Errorf("it heard %d of %d", heard, want)
			}
		})
	}
}
