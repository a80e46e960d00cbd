package load

import "time"

// A Mode is what a run measures.
type Mode string

// The modes of a run.
const (
	// Throughput has the speakers say as much as their window lets them.
	Throughput Mode = "throughput"
	// Latency has them speak at a rate, and measures from spoken to heard.
	Latency Mode = "latency"
	// Join measures what it costs the server to let the listeners in.
	Join Mode = "join"
	// Stall is Throughput with one more listener, which stops reading.
	Stall Mode = "stall"
	// Churn is Latency while others come and go.
	Churn Mode = "churn"
	// Commands is Latency while scripts say a thousand lines a minute, each by a
	// connection and a command of its own, as ssh host say does. It is for SSH.
	Commands Mode = "commands"
)

// A Config says what to run against which server.
type Config struct {
	Target       string // a URL; the scheme is the protocol, see Schemes
	ListenTarget string // a URL of another node of the same house, where the listeners come in; or empty
	Mode         Mode
	Listeners    int           // clients that listen, the speakers among them not counted
	Speakers     int           // clients that speak; they listen, too
	Window       int           // in Throughput and Stall: how many of a speaker's lines may be unheard; see the package comment
	Rate         float64       // in Latency, Churn and Commands: lines a second, of all speakers together
	Size         int           // bytes of text in a line
	Duration     time.Duration // of the part that is measured
	Warmup       time.Duration // before it

	// Sample returns the server's CPU time so far and its memory in use now: that of
	// the node where the listeners are, if there is more than one. It
	// may be nil: then nothing of the kind is measured. It is not called twice
	// at the same time.
	Sample func() (cpu time.Duration, memory uint64, err error)

	// Progress, if not nil, is called about twice a second, on one goroutine.
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Phase   string // "joining", "warming up", "measuring", "checking"
	Clients int    // that are in
	Said    int64
	Heard   int64
	Elapsed time.Duration // in this phase
}

// A Result is what a run found out. Durations are in JSON as milliseconds.
type Result struct {
	Target       string  `json:"target"`
	ListenTarget string  `json:"hear,omitempty"`
	Mode         Mode    `json:"mode"`
	Listeners    int     `json:"listeners"`
	Speakers     int     `json:"speakers"`
	Window       int     `json:"window,omitempty"`
	Rate         float64 `json:"rate,omitempty"`
	Size         int     `json:"size"`

	Seconds float64 `json:"seconds"` // how long was measured
	Said    int64   `json:"said"`    // lines, in that time
	Heard   int64   `json:"heard"`   // deliveries of them, in that time

	ServerCPU       float64     `json:"server_cpu_seconds,omitempty"`
	PerSecond       float64     `json:"deliveries_per_second"`
	PerCPUSecond    float64     `json:"deliveries_per_cpu_second,omitempty"`
	JoinCPU         float64     `json:"join_cpu_ms,omitempty"`          // of the server, for each client
	JoinSeconds     float64     `json:"join_seconds"`                   // until all were in
	MemoryPerClient float64     `json:"memory_per_client_kb,omitempty"` // of the server, after all had joined
	Memory          float64     `json:"memory_mb,omitempty"`            // of the server, the most seen
	Latency         Percentiles `json:"latency"`

	// With Hear all of the above is of the listeners, and this is what the speakers
	// heard, of one another, at their own node.
	SpeakerLatency *Percentiles `json:"latency_near,omitempty"`

	// What went wrong. A run is sound when all of them are 0.
	Lost            int64 `json:"lost"`       // deliveries that never came
	Duplicated      int64 `json:"twice"`      // that came again
	OutOfOrder      int64 `json:"disordered"` // that came out of their speaker's order
	OrderMismatches int64 `json:"differing"`  // listeners that heard another order than the first
	Disconnected    int64 `json:"gone"`       // clients that the server threw out, the stalled one not counted

	// WindowTimeouts is how often a speaker gave up on its window: a second passed in
	// which nothing of it was heard. In a Stall run it tells that the room fell
	// silent. What was only late is no fault, so a sound run may have some.
	WindowTimeouts int64 `json:"stuck,omitempty"`
}

// Percentiles are the times from spoken to heard, in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50_ms"`
	P90  float64 `json:"p90_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
	Max  float64 `json:"max_ms"`
}

// Faultless reports whether everything that was said was heard, once, in order.
func (r *Result) Faultless() bool {
	return r.Lost == 0 && r.Duplicated == 0 && r.OutOfOrder == 0 && r.OrderMismatches == 0 && r.Disconnected == 0
}
