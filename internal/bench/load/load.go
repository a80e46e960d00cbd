package load

import "time"

// A Mode is what a run measures.
type Mode string

// The modes of a run.
const (
	// Throughput: speakers send as much as their window allows.
	Throughput Mode = "throughput"
	// Latency: speakers send at a fixed rate, and the time from sending to receiving is measured.
	Latency Mode = "latency"
	// Join: what it costs the server to admit the listeners.
	Join Mode = "join"
	// Stall: Throughput with one more listener, which stops reading.
	Stall Mode = "stall"
	// Churn: Latency while other clients join and leave.
	Churn Mode = "churn"
	// Commands: Latency while scripts send a thousand lines a minute, each with a connection and
	// a command of its own, as ssh HOST say does. Only for SSH.
	Commands Mode = "commands"
)

// A Config says which load to put on which server.
type Config struct {
	Target       string // a URL whose scheme is the protocol, see Schemes
	ListenTarget string // the URL of another node of the same server, for the listeners; or empty
	Mode         Mode
	Listeners    int           // clients that only listen
	Speakers     int           // clients that speak; they listen, too
	Window       int           // in Throughput and Stall: how many of a speaker's lines may be on their way; see the package comment
	Rate         float64       // in Latency, Churn and Commands: lines a second, of all speakers together
	Size         int           // bytes of text in a line
	Duration     time.Duration // of the measurement
	Warmup       time.Duration // before the measurement

	// Sample returns the CPU time that the server has used and the memory in bytes that it uses
	// now; of the listeners' node, if there are two. If it is nil, neither is measured. It is not
	// called concurrently.
	Sample func() (cpu time.Duration, memory uint64, err error)

	// Progress, if not nil, is called about twice a second, on one goroutine.
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Phase   string // "joining", "warming up", "measuring", "checking"
	Clients int    // that have joined
	Said    int64
	Heard   int64
	Elapsed time.Duration // in this phase
}

// A Result is the result of a run. Durations are in milliseconds unless the name says otherwise.
type Result struct {
	Target       string  `json:"target"`
	ListenTarget string  `json:"hear,omitempty"`
	Mode         Mode    `json:"mode"`
	Listeners    int     `json:"listeners"`
	Speakers     int     `json:"speakers"`
	Window       int     `json:"window,omitempty"`
	Rate         float64 `json:"rate,omitempty"`
	Size         int     `json:"size"`

	Seconds float64 `json:"seconds"` // length of the measurement
	Said    int64   `json:"said"`    // lines sent during it
	Heard   int64   `json:"heard"`   // deliveries during it

	ServerCPU       float64     `json:"server_cpu_seconds,omitempty"`
	PerSecond       float64     `json:"deliveries_per_second"`
	PerCPUSecond    float64     `json:"deliveries_per_cpu_second,omitempty"`
	JoinCPU         float64     `json:"join_cpu_ms,omitempty"`          // CPU time of the server for each client
	JoinSeconds     float64     `json:"join_seconds"`                   // until all clients had joined
	MemoryPerClient float64     `json:"memory_per_client_kb,omitempty"` // of the server, after all had joined
	Memory          float64     `json:"memory_mb,omitempty"`            // of the server, the highest sample
	Latency         Percentiles `json:"latency"`

	// With a ListenTarget, everything above is the listeners'. This is what the speakers received
	// from one another at their own node.
	SpeakerLatency *Percentiles `json:"latency_near,omitempty"`

	// The faults. Without any, they are all 0.
	Lost            int64 `json:"lost"`       // deliveries that never arrived
	Duplicated      int64 `json:"twice"`      // deliveries that arrived again
	OutOfOrder      int64 `json:"disordered"` // deliveries that were out of their speaker's order
	OrderMismatches int64 `json:"differing"`  // clients that received another order than the first
	Disconnected    int64 `json:"gone"`       // clients that the server disconnected, without the stalled one

	// WindowTimeouts is how often a speaker gave up a window because none of its lines arrived
	// for a second. In a Stall run it shows that the room fell silent. Late lines are not faults,
	// so a faultless run may have some.
	WindowTimeouts int64 `json:"stuck,omitempty"`
}

// Percentiles are times from sending to receiving, in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50_ms"`
	P90  float64 `json:"p90_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
	Max  float64 `json:"max_ms"`
}
