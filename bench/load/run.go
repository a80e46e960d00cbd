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

// A run is all that a call of [Run] has.
type run struct {
	Config
	adapter       adapter
	addr          string // where speakers come in, and who is not of the crowd
	hearAddr      string // where listeners do
	tag           tag
	before, after string // around a line
	padding       []byte
	everyLine     bool // record every line's latency; and lines come at a rate
	began         time.Time
	patience      patience

	clients  []*client  // the speakers first; those who joined last, last
	speakers []*speaker // those among the clients
	stalled  *client    // or nil; not among the clients

	names     atomic.Int64 // given away
	greetless atomic.Bool  // the server says nothing to newcomers
	in        atomic.Int64 // clients that have heard a beacon
	from      atomic.Int64 // lines spoken since then have their latency recorded
	ended     atomic.Int64 // speakers that have said their last line
	refused   atomic.Int64 // visitors that could not come in, or not stay, and commands that were not done
	phase     atomic.Pointer[phase]

	wires   wires
	desks   desks
	near    desks // of the speakers, where they are at another node
	readers sync.WaitGroup
	voices  sync.WaitGroup // speakers, visitors and commands

	sampling sync.Mutex
	peak     uint64 // the most memory seen

	mu    sync.Mutex
	first *client // that was thrown out

	result Result
}

// patience is how long a run waits for a server.
type patience struct {
	join     time.Duration // until a client is in, or one more is
	greeting time.Duration // until a newcomer hears something
	silence  time.Duration // in the end, while nothing comes
	end      time.Duration // in the end, altogether
}

// Run joins the clients, lets them talk, and checks what each of them heard.
// The error says why a run could not be finished; what the server did wrong is
// in the Result.
func Run(ctx context.Context, c Config) (*Result, error) {
	return start(ctx, c, patience{
		join:     30 * time.Second,
		greeting: 2 * time.Second,
		silence:  10 * time.Second,
		end:      30 * time.Second,
	})
}

func start(ctx context.Context, c Config, p patience) (*Result, error) {
	r, err := newRun(ctx, c, p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(ctx, r.wires.close)
	var watcher sync.WaitGroup
	watcher.Go(func() { r.watch(ctx) })

	err = r.lead(ctx)

	release()
	r.wires.close()
	cancel()
	r.voices.Wait()
	r.readers.Wait()
	watcher.Wait()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.phase.Load().name, err)
	}
	r.tally(&r.result)
	r.result.Memory = float64(r.peak) / (1 << 20)
	r.result.Latency = r.desks.latency()
	if c.Hear != "" {
		near := r.near.latency()
		r.result.Near = &near
	}
	return &r.result, nil
}

// atRate reports whether lines come at a rate.
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
	case c.Hear != "" && c.Mode != Throughput && c.Mode != Latency:
		return fmt.Errorf("at two nodes there is no mode %q; use throughput or latency", c.Mode)
	case c.Hear != "" && c.Listeners == 0:
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

func newRun(ctx context.Context, c Config, p patience) (*run, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	a, addr, err := parseTarget(ctx, c.Target)
	if err != nil {
		return nil, err
	}
	hearAddr, err := c.hearAddr(ctx, a, addr)
	if err != nil {
		return nil, err
	}
	if _, ok := a.(secure); !ok && c.Mode == Commands {
		return nil, fmt.Errorf("target %q: commands are for ssh", c.Target)
	}
	if !a.echoes() && c.Listeners+c.Speakers < 2 {
		return nil, fmt.Errorf("target %q: there a speaker does not hear itself; have two clients or more", c.Target)
	}
	r := &run{
		Config:    c,
		adapter:   a,
		addr:      addr,
		hearAddr:  hearAddr,
		tag:       newTag(),
		padding:   bytes.Repeat([]byte("x"), max(0, c.Size)),
		everyLine: c.Mode.atRate(),
		began:     time.Now(),
		patience:  p,
		result: Result{
			Target: c.Target, Hear: c.Hear, Mode: c.Mode, Listeners: c.Listeners, Speakers: c.Speakers,
			Window: c.Window, Rate: c.Rate, Size: c.Size,
		},
	}
	r.before, r.after = a.wrap()
	r.from.Store(1<<63 - 1)
	r.enter("joining")
	r.populate()
	return r, nil
}

// hearAddr returns where the listeners come in; speakers do at addr, by a.
func (c *Config) hearAddr(ctx context.Context, a adapter, addr string) (string, error) {
	if c.Hear == "" {
		return addr, nil
	}
	there, hear, err := parseTarget(ctx, c.Hear)
	if err == nil && there != a {
		err = fmt.Errorf("target %q and %q: have both speak one protocol", c.Target, c.Hear)
	}
	return hear, err
}

// populate makes the clients.
func (r *run) populate() {
	for i := range r.Speakers + r.Listeners {
		c := r.newClient()
		c.near = i < r.Speakers && r.Hear != ""
		if i < r.Speakers {
			c.voice = &speaker{client: c, number: i, wake: make(chan struct{}, 1)}
			r.speakers = append(r.speakers, c.voice)
		}
		if i < max(r.Speakers, 1) && !r.adapter.echoes() {
			c.deaf = i
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
		run:     r,
		name:    fmt.Sprint("bench", r.names.Add(1)-1),
		deaf:    -1,
		greeted: make(chan struct{}),
		silent:  true,
		ledger: ledger{
			next:  make([]uint64, r.Speakers),
			given: func(speaker uint64) uint64 { return r.speakers[speaker].given.Load() },
		},
	}
}

// chooseWitness makes the last client that is there the witness, and where
// that one does not hear itself, the one before it too.
func (r *run) chooseWitness() {
	for i := len(r.clients) - 1; i >= 0; i-- {
		if c := r.clients[i]; !c.gone.Load() {
			c.witness.Store(true)
			if c.deaf < 0 {
				return
			}
		}
	}
}

// lose is called when the server has thrown c out.
func (r *run) lose(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = c
	}
	if c.witness.Load() {
		r.chooseWitness()
	}
}

// gone returns the first client that was thrown out, or nil.
func (r *run) gone() *client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first
}

// now returns how old the run is, in nanoseconds.
func (r *run) now() int64 { return int64(time.Since(r.began)) }

// lead leads through the phases of the run.
func (r *run) lead(ctx context.Context) error {
	empty, err := r.read()
	if err != nil {
		return err
	}
	if err := r.join(ctx); err != nil {
		return err
	}
	full, err := r.read()
	if err != nil {
		return err
	}
	clients := float64(len(r.everybody()))
	if r.Hear != "" {
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

// talk lets the speakers speak, measures, and waits for the last lines.
func (r *run) talk(ctx context.Context) error {
	r.enter("warming up")
	stop := make(chan struct{})
	stopOnce := sync.OnceFunc(func() { close(stop) })
	defer stopOnce()
	if r.stalled != nil {
		r.stalled.stalled.Store(true)
		r.stalled.wire.stall()
	}
	for _, s := range r.speakers {
		r.voices.Go(func() { s.speak(ctx, stop) })
	}
	if r.Mode == Churn {
		for range (r.Listeners + 9) / 10 {
			r.voices.Go(func() { r.visit(ctx, stop) })
		}
	}
	if r.Mode == Commands {
		if err := r.command(ctx, stop); err != nil {
			return err
		}
	}
	if err := pause(ctx, r.Warmup); err != nil {
		return err
	}
	if err := r.measure(ctx); err != nil {
		return err
	}
	stopOnce()
	return r.hearLast(ctx)
}

// measure is the part that counts.
func (r *run) measure(ctx context.Context) error {
	r.enter("measuring")
	r.from.Store(r.now())
	before, err := r.read()
	if err != nil {
		return err
	}
	if err := pause(ctx, r.Duration); err != nil {
		return err
	}
	after, err := r.read()
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
		res.Stuck += s.stuck.Load()
	}
	return nil
}

// hearLast waits until everybody has heard everybody's last line, or until it
// is clear that somebody never will.
func (r *run) hearLast(ctx context.Context) error {
	r.enter("checking")
	bytes, since := r.bytes(), time.Now()
	err := await(ctx, r.patience.end, func() bool {
		if now := r.bytes(); now != bytes {
			bytes, since = now, time.Now()
		}
		return r.complete() || time.Since(since) > r.patience.silence
	})
	if errors.Is(err, errPatience) {
		return nil
	}
	return err
}

// complete reports whether everybody who is still there has heard the last
// line of everybody who is.
func (r *run) complete() bool {
	speaking := int64(0)
	for _, s := range r.speakers {
		if !s.client.gone.Load() {
			speaking++
		}
	}
	if r.ended.Load() < speaking {
		return false
	}
	for _, c := range r.clients {
		want := r.ended.Load()
		if c.voice != nil && c.deaf >= 0 {
			want--
		}
		if !c.gone.Load() && c.ends.Load() < want {
			return false
		}
	}
	return true
}
