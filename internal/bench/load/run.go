package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A run is the state of a call of [Run].
type run struct {
	Config
	adapter       adapter
	addr          string // for speakers, visitors and commands
	listenAddr    string // for listeners
	tag           tag
	before, after string // around a line
	padding       []byte
	atRate        bool // lines are sent at a fixed rate, and every latency is recorded
	startedAt     time.Time
	timeouts      timeouts

	clients  []*client  // speakers first
	speakers []*speaker // of those clients that speak
	stalled  *client    // or nil; not in clients

	nextName     atomic.Int64 // number of the next client's name
	neverGreets  atomic.Bool  // the server sends nothing to new clients
	joined       atomic.Int64 // clients that have received a beacon
	measureFrom  atomic.Int64 // latencies of lines sent since then are recorded
	speakersDone atomic.Int64 // speakers that have sent their last line
	refused      atomic.Int64 // visitors that were refused or disconnected, and commands that failed
	phase        atomic.Pointer[phase]

	conns          connSet
	scratch        scratchPool
	speakerScratch scratchPool // the speakers', if they are at another node
	readers        sync.WaitGroup
	senders        sync.WaitGroup // speakers, visitors and commands

	sampleMu   sync.Mutex
	peakMemory uint64 // the highest sample

	mu        sync.Mutex
	firstLost *client // the first that the server disconnected

	result Result
}

// timeouts are how long a run waits for a server.
type timeouts struct {
	join     time.Duration // until a client has joined, or one more has received the beacon
	greeting time.Duration // until a new client receives something
	silence  time.Duration // at the end, while nothing arrives
	end      time.Duration // at the end, in all
}

// Run connects the clients, lets them talk, and checks what each of them received. The error says
// why the run could not be finished; the server's faults are in the Result. Run returns when all
// its goroutines have ended, and may be called from any goroutine.
func Run(ctx context.Context, c Config) (*Result, error) {
	return runWithTimeouts(ctx, c, timeouts{
		join:     30 * time.Second,
		greeting: 2 * time.Second,
		silence:  10 * time.Second,
		end:      30 * time.Second,
	})
}

func runWithTimeouts(ctx context.Context, c Config, p timeouts) (*Result, error) {
	r, err := newRun(ctx, c, p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(ctx, r.conns.close)
	var watcher sync.WaitGroup
	watcher.Go(func() { r.watch(ctx) })

	err = r.runPhases(ctx)

	release()
	r.conns.close()
	cancel()
	r.senders.Wait()
	r.readers.Wait()
	watcher.Wait()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.phase.Load().name, err)
	}
	r.countFaults(&r.result)
	r.result.Memory = float64(r.peakMemory) / (1 << 20)
	r.result.Latency = r.scratch.latency()
	if c.ListenTarget != "" {
		near := r.speakerScratch.latency()
		r.result.SpeakerLatency = &near
	}
	return &r.result, nil
}

// atRate reports whether lines are sent at a fixed rate.
func (m Mode) atRate() bool { return m == Latency || m == Churn || m == Commands }

// check returns what is wrong with a Config.
func (c *Config) check() error {
	flatOut := c.Mode == Throughput || c.Mode == Stall
	atRate := c.Mode.atRate()
	switch {
	case !flatOut && !atRate && c.Mode != Join:
		return fmt.Errorf("there is no mode %q; use throughput, latency, join, stall, churn or commands", c.Mode)
	case c.Listeners < 0 || c.Speakers < 0 || c.Listeners+c.Speakers == 0:
		return fmt.Errorf("%d listeners and %d speakers are not a crowd; have one or more", c.Listeners, c.Speakers)
	case c.ListenTarget != "" && c.Mode != Throughput && c.Mode != Latency:
		return fmt.Errorf("at two nodes there is no mode %q; use throughput or latency", c.Mode)
	case c.ListenTarget != "" && c.Listeners == 0:
		return errors.New("nobody hears at the other node; have one listener or more")
	case c.Mode == Join:
		return nil
	case c.Speakers == 0:
		return errors.New("nobody speaks; have one speaker or more")
	case c.Duration <= 0 || c.Warmup < 0:
		return fmt.Errorf("measuring for %v after %v makes no sense; measure for a second or more", c.Duration, c.Warmup)
	case flatOut && c.Window <= 0:
		return fmt.Errorf("a window of %d lets nobody speak; use 1 or more", c.Window)
	case atRate && c.Rate <= 0:
		return fmt.Errorf("at %v lines a second nobody speaks; use a rate above 0", c.Rate)
	}
	return nil
}

func newRun(ctx context.Context, c Config, p timeouts) (*run, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	a, addr, err := parseTarget(ctx, c.Target)
	if err != nil {
		return nil, err
	}
	hearAddr, err := c.resolveListenAddr(ctx, a, addr)
	if err != nil {
		return nil, err
	}
	if _, ok := a.(sshAdapter); !ok && c.Mode == Commands {
		return nil, fmt.Errorf("target %q: commands are for ssh", c.Target)
	}
	if !a.echoes() && c.Listeners+c.Speakers < 2 {
		return nil, fmt.Errorf("target %q: there a speaker does not hear itself; have two clients or more", c.Target)
	}
	r := &run{
		Config:     c,
		adapter:    a,
		addr:       addr,
		listenAddr: hearAddr,
		tag:        newTag(),
		padding:    bytes.Repeat([]byte("x"), max(0, c.Size)),
		atRate:     c.Mode.atRate(),
		startedAt:  time.Now(),
		timeouts:   p,
		result: Result{
			Target: c.Target, ListenTarget: c.ListenTarget, Mode: c.Mode, Listeners: c.Listeners, Speakers: c.Speakers,
			Window: c.Window, Rate: c.Rate, Size: c.Size,
		},
	}
	r.before, r.after = a.lineAffixes()
	r.measureFrom.Store(1<<63 - 1)
	r.setPhase("joining")
	r.createClients()
	return r, nil
}

// resolveListenAddr returns the listeners' address; the speakers connect to addr with adapter a.
func (c *Config) resolveListenAddr(ctx context.Context, a adapter, addr string) (string, error) {
	if c.ListenTarget == "" {
		return addr, nil
	}
	there, hear, err := parseTarget(ctx, c.ListenTarget)
	if err == nil && there != a {
		err = fmt.Errorf("target %q and %q: have both speak one protocol", c.Target, c.ListenTarget)
	}
	return hear, err
}

// createClients makes the clients.
func (r *run) createClients() {
	for i := range r.Speakers + r.Listeners {
		c := r.newClient()
		c.atSpeakerNode = i < r.Speakers && r.ListenTarget != ""
		if i < r.Speakers {
			c.speaker = &speaker{client: c, number: i, wake: make(chan struct{}, 1)}
			r.speakers = append(r.speakers, c.speaker)
		}
		if i < max(r.Speakers, 1) && !r.adapter.echoes() {
			c.unheardSpeaker = i
		}
		r.clients = append(r.clients, c)
	}
	if r.Mode == Stall {
		r.stalled = r.newClient()
	}
	r.chooseWitness()
}

func (r *run) newClient() *client {
	return &client{
		run:             r,
		name:            fmt.Sprint("bench", r.nextName.Add(1)-1),
		unheardSpeaker:  -1,
		greeted:         make(chan struct{}),
		receivedNothing: true,
		deliveryChecker: deliveryChecker{
			next:   make([]uint64, r.Speakers),
			sentBy: func(speaker uint64) uint64 { return r.speakers[speaker].generated.Load() },
		},
	}
}

// chooseWitness makes the last connected client the witness, and the one before it as well if
// that one cannot recognize its own lines.
func (r *run) chooseWitness() {
	for i := len(r.clients) - 1; i >= 0; i-- {
		if c := r.clients[i]; !c.disconnected.Load() {
			c.witness.Store(true)
			if c.unheardSpeaker < 0 {
				return
			}
		}
	}
}

// clientLost is called when the server has disconnected c.
func (r *run) clientLost(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.firstLost == nil {
		r.firstLost = c
	}
	if c.witness.Load() {
		r.chooseWitness()
	}
}

// firstDisconnected returns the first client that the server disconnected, or nil.
func (r *run) firstDisconnected() *client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.firstLost
}

// elapsed returns the nanoseconds since the run began.
func (r *run) elapsed() int64 { return int64(time.Since(r.startedAt)) }

// runPhases runs the phases in order.
func (r *run) runPhases(ctx context.Context) error {
	empty, err := r.takeReading()
	if err != nil {
		return err
	}
	if err := r.join(ctx); err != nil {
		return err
	}
	full, err := r.takeReading()
	if err != nil {
		return err
	}
	clients := float64(len(r.allClients()))
	if r.ListenTarget != "" {
		clients = float64(r.Listeners)
	}
	r.result.JoinCPU = (full.cpu - empty.cpu).Seconds() * 1000 / clients
	r.result.MemoryPerClient = max(0, float64(full.memory)-float64(empty.memory)) / 1024 / clients
	if r.Mode != Join {
		if err := r.talk(ctx); err != nil {
			return err
		}
	}
	return nil
}

// talk lets the speakers talk, measures, and waits for the last lines.
func (r *run) talk(ctx context.Context) error {
	r.setPhase("warming up")
	stop := make(chan struct{})
	stopOnce := sync.OnceFunc(func() { close(stop) })
	defer stopOnce()
	if r.stalled != nil {
		r.stalled.stalled.Store(true)
		r.stalled.conn.stall()
	}
	for _, s := range r.speakers {
		r.senders.Go(func() { s.speak(ctx, stop) })
	}
	if r.Mode == Churn {
		for range (r.Listeners + 9) / 10 {
			r.senders.Go(func() { r.visit(ctx, stop) })
		}
	}
	if r.Mode == Commands {
		if err := r.startCommands(ctx, stop); err != nil {
			return err
		}
	}
	if err := sleepContext(ctx, r.Warmup); err != nil {
		return err
	}
	if err := r.measure(ctx); err != nil {
		return err
	}
	stopOnce()
	return r.awaitLastLines(ctx)
}

// measure is the phase that counts.
func (r *run) measure(ctx context.Context) error {
	r.setPhase("measuring")
	r.measureFrom.Store(r.elapsed())
	before, err := r.takeReading()
	if err != nil {
		return err
	}
	if err := sleepContext(ctx, r.Duration); err != nil {
		return err
	}
	after, err := r.takeReading()
	if err != nil {
		return err
	}
	res := &r.result
	res.Seconds = after.at.Sub(before.at).Seconds()
	res.Said = after.said - before.said
	res.Heard = after.heard - before.heard
	res.PerSecond = float64(res.Heard) / res.Seconds
	if cpu := (after.cpu - before.cpu).Seconds(); cpu > 0 {
		res.ServerCPU = cpu
		res.PerCPUSecond = float64(res.Heard) / cpu
	}
	for _, s := range r.speakers {
		res.WindowTimeouts += s.windowTimeouts.Load()
	}
	return nil
}

// awaitLastLines waits until everybody has received everybody's last line, or clearly never will.
func (r *run) awaitLastLines(ctx context.Context) error {
	r.setPhase("checking")
	bytes, since := r.bytesRead(), time.Now()
	err := pollUntil(ctx, r.timeouts.end, func() bool {
		if now := r.bytesRead(); now != bytes {
			bytes, since = now, time.Now()
		}
		return r.complete() || time.Since(since) > r.timeouts.silence
	})
	if errors.Is(err, errTimeout) {
		return nil
	}
	return err
}

// complete reports whether every connected client has received the last line of every connected
// speaker.
func (r *run) complete() bool {
	speaking := int64(0)
	for _, s := range r.speakers {
		if !s.client.disconnected.Load() {
			speaking++
		}
	}
	if r.speakersDone.Load() < speaking {
		return false
	}
	for _, c := range r.clients {
		want := r.speakersDone.Load()
		if c.speaker != nil && c.unheardSpeaker >= 0 {
			want--
		}
		if !c.disconnected.Load() && c.finalLines.Load() < want {
			return false
		}
	}
	return true
}
