package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/room"
)

const (
	// beatTime is how often a node says that it is there, and glanceTime how often
	// it looks who else is.
	beatTime   = 2 * time.Second
	glanceTime = 100 * time.Millisecond

	// takenAtOnce is how many events go into a packet at most, and sessionsAtOnce
	// how many sessions.
	takenAtOnce    = 256
	sessionsAtOnce = 100

	// answeredAtOnce is how many events are said again at once: half of what the smallest
	// ring holds.
	answeredAtOnce = 512

	// mostWaiting is how many messages of others may wait until this node looks at
	// them. What comes when there are so many is asked for again. mostNotices is how
	// many notices may wait to be sent; more get lost.
	mostWaiting = 8192
	mostNotices = 4096

	// mostNodes is how many other nodes there may be, and maxNode the most bytes of the name
	// of one, and maxIdentity of a process there. mostSessions is how many sessions one may tell of, and mostEarlier of how many
	// of its processes it is known that they are over.
	mostNodes    = 100
	maxNode      = 64
	maxIdentity  = 128
	mostSessions = 100_000
	mostEarlier  = 1000

	// flushTime is how long the system may take nothing of what is sent before the
	// connection counts as broken: it would keep everything else waiting.
	flushTime = 2 * time.Second

	// farewellTime is how long it may take to say that a node leaves.
	farewellTime = time.Second
)

const (
	subjects    = "teahouse."
	beatSubject = subjects + "beat"
	allFeeds    = subjects + "feed.*"
)

func feedSubject(node string) string  { return subjects + "feed." + node }
func againSubject(node string) string { return subjects + "again." + node }
func toSubject(node string) string    { return subjects + "to." + node }

// A Store is what the journals of all nodes have stored, as [teahouse/journal.Journal]
// has it.
type Store interface {
	// Identity returns what this process's events are known by in it.
	Identity() (node, identity string)
	// Heard returns which events the rooms had at the start, by identity and room.
	Heard() map[string]map[string]uint64
	// Stored returns up to which event of a room, by number, all of this process's are stored
	// that are to be.
	Stored(room string) uint64
	// Reached returns a message in the store that none of this process's is after.
	Reached() uint64
	// Behind returns how many of this process's events are not stored yet.
	Behind() uint64
	// Spare returns how many events may happen in any one room before one is lost that
	// is not stored yet.
	Spare() uint64
	// Tail calls f with the lines after a message, and with who was forgotten, and whose
	// they are. It returns up to where it has read, also with an error. It may wait.
	Tail(ctx context.Context, after uint64, f func(identity, room string, e *room.Event)) (read uint64, err error)
	// Save stores what happened in a room in a process of another node, which is gone, as that
	// would have, and returns a message in the store that none of that is after.
	Save(ctx context.Context, identity, room string, events []*room.Event) (last uint64, err error)
	// SaveAtClose has what happened in a process of another node stored, by room, while the
	// store closes, unless it is there by then, after a message.
	SaveAtClose(identity string, after uint64, rooms map[string][]*room.Event)
	// AskBy returns when something could be stored last, as is answered over a connection.
	AskBy(ctx context.Context, conn *nats.Conn) (able time.Time, err error)
}

// A Link is a node's connection to the others.
type Link struct {
	house    *room.House
	relay    *room.Relay
	store    Store
	log      *log.Logger
	conn     *nats.Conn
	node     string
	identity string
	began    uint64 // the last message in the store that the rooms had at the start

	incoming chan *nats.Msg // packets, beats and asks
	notices  chan outgoing
	readings chan *reading
	writers  chan *writers
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	closing  sync.Once

	connected     atomic.Bool // see sendOut
	alone         atomic.Bool // see Status
	answering     atomic.Int64
	differing     atomic.Int64             // see Status
	skew          atomic.Int64             // see Status
	like          atomic.Pointer[Likeness] // what this node is like
	unsent        atomic.Uint64            // notices, since that was logged
	asked, looked atomic.Uint64
	failed        atomic.Uint64

	// The rest is run's.
	outbox     outbox
	buf        []*room.Event
	neighbours map[string]*neighbour
	former     *neighbour // processes of which something was saved, and that are no neighbour's
	beaten     time.Time  // when the last beat was sent
	apart      time.Time  // when a beat could not be sent last
	cutOff     bool       // people were told that no other node answers, and not yet that one does
	refused    bool       // it is logged why there is no connection
	double     bool       // there is a second node of this name, which is logged
	lookOn     time.Time  // when it is to be looked who has stored something late; zero where that is done
}

// Open links a house to those at the same NATS servers, which url names. It must be
// called before anybody is here, once the house has what the store had; relay is the
// house's, and is the Link's from now on. The others are told what this node is like. Log
// may be nil. Options are for the NATS client, beside the Link's own.
func Open(url string, h *room.House, relay *room.Relay, store Store, like Likeness, logger *log.Logger, options ...nats.Option) (*Link, error) {
	if logger == nil {
		logger = log.New(io.Discard)
	}
	l := &Link{
		house: h, relay: relay, store: store, log: logger, began: store.Reached(),
		incoming:   make(chan *nats.Msg, mostWaiting),
		notices:    make(chan outgoing, mostNotices),
		readings:   make(chan *reading, 1),
		writers:    make(chan *writers, 1),
		lookOn:     time.Now().Add(closeTime),
		buf:        make([]*room.Event, 0, takenAtOnce),
		neighbours: map[string]*neighbour{},
	}
	l.former = unheard(l, formerName)
	l.node, l.identity = store.Identity()
	l.Resemble(like)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if err := l.connect(url, options); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	l.running.Go(l.run)
	return l, nil
}

func (l *Link) connect(url string, options []nats.Option) (err error) {
	l.conn, err = nats.Connect(url, append([]nats.Option{
		nats.Name("teahouse " + l.node),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.FlusherTimeout(flushTime),
		nats.IgnoreAuthErrorAbort(), // a password may be put right again
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(50*time.Millisecond, 50*time.Millisecond),
		nats.NoEcho(),
		nats.ReconnectBufSize(-1), // what could not be sent is asked for again
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(func(*nats.Conn) { l.connected.Store(true) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			l.connected.Store(false)
			if err != nil { // else it is this node that closes
				l.log.Warn("cluster: the connection broke", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) {
			l.connected.Store(true)
			l.log.Info("cluster: connected again", "server", c.ConnectedUrlRedacted())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if l.connected.Load() { // else it comes with each try, and tellRefusal tells of it
				l.log.Warn("cluster: connection", "err", err)
			}
		}),
	}, options...)...)
	if err != nil {
		return err
	}
	if l.conn.IsConnected() {
		l.connected.Store(true) // the handler may be late
	}
	for _, subject := range []string{allFeeds, beatSubject, againSubject(l.node), l.replySubject()} {
		if _, err := l.conn.ChanSubscribe(subject, l.incoming); err != nil {
			return err
		}
	}
	_, err = l.conn.Subscribe(toSubject(l.node), l.do)
	return err
}

// replySubject is where this node reads what others say again.
func (l *Link) replySubject() string { return subjects + "said." + l.node }

// Status says how a Link does.
type Status struct {
	Nodes  int           // that answer, beside this one
	Differ int           // of those, that have another version or other flags than this one
	Skew   time.Duration // by which the clock of one of those differs most from this one's
	Alone  bool          // there are others, or were a few minutes ago, none of which answers
	Behind uint64        // events that the others have yet to be told of
	Asked  uint64        // how often something had to be asked for again
	Caught uint64        // how often it was looked for in the store
	Failed uint64        // messages that made this node fail, and were left out
}

// Status returns how the Link does. Any goroutine may call it.
func (l *Link) Status() Status {
	return Status{
		Nodes: int(l.answering.Load()), Differ: int(l.differing.Load()), Skew: time.Duration(l.skew.Load()), Alone: l.alone.Load(), Behind: l.relay.Behind(),
		Asked: l.asked.Load(), Caught: l.looked.Load(), Failed: l.failed.Load(),
	}
}

// Ask returns when the server by which this node hears the others could have something
// stored last. While it can, that server is not cut off: where none of the others answers,
// it is they who are away.
func (l *Link) Ask(ctx context.Context) (able time.Time, err error) {
	return l.store.AskBy(ctx, l.conn)
}

// Close tells the other nodes that this one leaves, after the last of what happened,
// and ends the connection. It is for when the house is closed.
func (l *Link) Close() {
	l.closing.Do(func() {
		l.cancel()
		l.running.Wait()
		l.conn.Close()
	})
}

func (l *Link) run() {
	ticker := time.NewTicker(glanceTime)
	defer ticker.Stop()
	l.beat(false)
	busy := make(chan struct{})
	close(busy)
	for resting := false; ; {
		more := busy
		if resting = resting || !l.relay.Rest(); resting {
			more = nil
		}
		select {
		case <-more: // in turn with what others send
			l.guard("this node", l.publish)
		case <-l.relay.Woken():
			l.guard("this node", l.publish)
			resting = false
		case m := <-l.incoming:
			l.receive(m)
		case o := <-l.notices:
			l.post(o)
		case r := <-l.readings:
			l.guard("the store", func() { r.of.hearStored(r) })
		case w := <-l.writers:
			l.oweLate(w)
		case <-ticker.C:
			for range len(l.incoming) { // first, in case that this process did not run for a while
				l.receive(<-l.incoming)
			}
			l.guard("a look at the others", l.glance)
		case <-l.ctx.Done():
			l.guard("the end", l.leave)
			return
		}
	}
}

// isOther reports whether a message is another node's.
func (l *Link) isOther(node, identity string) bool {
	if node == l.node && identity != l.identity && !l.double {
		l.double = true
		l.log.Error("cluster: another node has this one's name, and the two do not hear each other: its data directory is a copy", "node", node)
	}
	return node != l.node && node != ""
}

// leave says what is left to say, and that this node leaves.
func (l *Link) leave() {
	for range len(l.notices) {
		l.post(<-l.notices)
	}
	l.tellUnsent()
	l.publish()
	l.saveAtClose()
	l.beat(true)
	if err := l.conn.FlushTimeout(farewellTime); err != nil {
		l.log.Debug("cluster: the others may not know yet that this node leaves", "err", err)
	}
}

// beat says that this node is there, or that it leaves.
func (l *Link) beat(leaving bool) {
	stored, behind, kept := l.store.Reached(), l.store.Behind(), l.outbox.keep(l.store.Stored) // first: what is stored by now is in packets up to the last
	l.publish()
	l.beaten = time.Now()
	if !l.sendOut(beatSubject, encode(beat{
		Node: l.node, Identity: l.identity, N: l.outbox.last(), Stored: stored, Behind: behind, Kept: kept, Leaving: leaving, Likeness: *l.like.Load(), Time: time.Now(),
	})) {
		l.apart = l.beaten
	}
}

// guard does something that follows from what came from somewhere. Where that fails for a
// fault of ours it is left out, and the link goes on.
func (l *Link) guard(origin string, do func()) {
	defer func() {
		if failure := recover(); failure != nil {
			l.failed.Add(1)
			l.log.Error("cluster: what another node sent made this one fail, and is left out; this is a fault in teahouse",
				"from", room.Clean(origin), "failure", failure, "stack", string(debug.Stack()))
		}
	}()
	do()
}

// receive does what follows from a message of another node.
func (l *Link) receive(m *nats.Msg) {
	l.guard(m.Subject, func() { l.hear(m) })
}

func (l *Link) hear(m *nats.Msg) {
	if len(m.Data) == 0 {
		return // the one who was asked is not connected
	}
	var err error
	switch m.Subject {
	case beatSubject:
		var b beat
		if err = json.Unmarshal(m.Data, &b); err == nil && l.isOther(b.Node, b.Identity) {
			b.accept()
			if n := l.neighbour(b.Node); n != nil {
				n.beaten(&b)
			}
		}
	case againSubject(l.node):
		a := ask{reply: m.Reply}
		if err = json.Unmarshal(m.Data, &a); err == nil && a.reply != "" {
			l.answer(&a)
		}
	default:
		var p packet
		if err = json.Unmarshal(m.Data, &p); err == nil && l.isOther(p.Node, p.Identity) {
			err = p.accept()
			if n := l.neighbour(p.Node); n != nil {
				n.receive(&p)
			}
		}
	}
	if err != nil {
		l.log.Warn("cluster: a message cannot be read", "subject", m.Subject, "err", err)
	}
}

// neighbour returns what is known of another node, or nil where that is none.
func (l *Link) neighbour(node string) *neighbour {
	n := l.neighbours[node]
	if n == nil {
		if len(l.neighbours) >= mostNodes || len(node) > maxNode || room.Clean(node) != node {
			l.log.Debug("cluster: no node", "node", room.Clean(node[:min(len(node), maxNode)]))
			return nil
		}
		n = newNeighbour(l, node)
		l.neighbours[node] = n
	}
	return n
}

// glance looks who is there.
func (l *Link) glance() {
	if time.Since(l.beaten) >= beatTime {
		l.beat(false)
	}
	l.tellUnsent()
	l.tellRefusal()
	l.count()
	l.lookForLate()
}

// count looks at each of the others, and tells people when none answers any more, and
// when one does again.
func (l *Link) count() {
	answering, differing, silent, skew := 0, 0, 0, time.Duration(0)
	var ahead []time.Duration
	for node, n := range l.neighbours {
		switch n.glance() {
		case answers:
			answering++
			skew = max(skew, n.skew.size())
			if n.skew.known {
				ahead = append(ahead, n.skew.ahead)
			}
			if n.unlike != "" {
				differing++
			}
		case lost:
			silent++
		}
		if n.isOver() {
			n.room.Forget()
			delete(l.neighbours, node)
		}
	}
	l.former.pay()
	l.answering.Store(int64(answering))
	l.differing.Store(int64(differing))
	l.skew.Store(int64(skew))
	l.adjust(ahead)
	alone := silent > 0 && answering == 0
	if l.alone.Swap(alone) != alone {
		l.log.Warn("cluster: whether other nodes answer has changed", "alone", alone)
	}
	switch {
	case alone && !l.cutOff:
		l.cutOff = true
		l.relay.Announce(room.CutOff)
	case answering > 0 && l.cutOff:
		l.cutOff = false
		l.relay.Announce(room.ReachedAgain)
	}
}
