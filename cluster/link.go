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

	"teahouse/internal/ids"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// heartbeatInterval is how often a node sends a heartbeat, and tickInterval how often it
	// checks the other nodes.
	heartbeatInterval = 2 * time.Second
	tickInterval      = 100 * time.Millisecond

	// maxPacketEvents and maxPacketSessions are the most events and sessions in a packet.
	maxPacketEvents   = 256
	maxPacketSessions = 100

	// maxResendEvents is the most events that are repeated at once: half of what the smallest
	// ring holds.
	maxResendEvents = 512

	// incomingBuffer is how many messages of other nodes may wait; further ones are dropped and
	// requested again. noticeBuffer is how many notices may wait to be sent; further ones are
	// lost.
	incomingBuffer = 8192
	noticeBuffer   = 4096

	// maxPeers is the greatest number of other nodes. maxNodeLen and maxIdentityLen are the
	// greatest lengths in bytes of a node's name and a process's identity. maxSessions is the
	// greatest number of sessions of one node, and maxEarlier of its earlier processes that are
	// remembered.
	maxPeers       = 100
	maxNodeLen     = 64
	maxIdentityLen = 128
	maxSessions    = 100_000
	maxEarlier     = 1000

	// flusherTimeout is how long a write to the connection may block before the connection counts
	// as broken. Everything else would have to wait for it.
	flusherTimeout = 2 * time.Second

	// leaveTimeout is how long the announcement that a node leaves may take.
	leaveTimeout = time.Second
)

const (
	subjectPrefix    = "teahouse."
	heartbeatSubject = subjectPrefix + "heartbeat"
	packetPrefix     = subjectPrefix + "packets."
)

func packetSubject(node string) string  { return packetPrefix + node }
func resendSubject(node string) string  { return subjectPrefix + "resend." + node }
func resentSubject(node string) string  { return subjectPrefix + "resent." + node }
func requestSubject(node string) string { return subjectPrefix + "request." + node }

// A Store is the store that the journals of all nodes share, implemented by
// [teahouse/journal.Journal]. A stream sequence is the number of a message in it.
type Store interface {
	// Identity returns the node and the identity under which this process's events are stored.
	Identity() (node, identity string)
	// LastEventRead returns the last event that the rooms had at the start, by identity and room.
	LastEventRead() map[string]map[ids.Room]uint64
	// StoredUpTo returns the number of the event up to which all of this process's events in a
	// room are stored.
	StoredUpTo(room ids.Room) uint64
	// LastSeq returns a stream sequence after which there is nothing of this process.
	LastSeq() uint64
	// Pending returns how many of this process's events are not stored yet.
	Pending() uint64
	// EventsUntilLoss returns how many more events may happen in any one room before one is lost
	// that is not stored yet.
	EventsUntilLoss() uint64
	// ReadAfter calls f with the events after a stream sequence, and the identity of their
	// process. It returns how far it has read, even with an error. It may block until ctx ends.
	ReadAfter(ctx context.Context, after uint64, f func(identity string, room ids.Room, e *room.Event)) (read uint64, err error)
	// Backfill stores events of another node's process that is gone, as that process would have.
	// It returns a stream sequence after which there is nothing of them.
	Backfill(ctx context.Context, identity string, room ids.Room, events []*room.Event) (last uint64, err error)
	// BackfillAtClose leaves events of another node's process, by room, to be stored when the
	// store closes, except those found there by then after a stream sequence.
	BackfillAtClose(identity string, after uint64, rooms map[ids.Room][]*room.Event)
	// CheckWritableVia returns when the store could last be written, according to the servers
	// behind conn.
	CheckWritableVia(ctx context.Context, conn *nats.Conn) (able time.Time, err error)
}

// A Link connects a node to the others.
type Link struct {
	hub      *room.Hub
	feed     *peers.Feed
	store    Store
	log      *log.Logger
	conn     *nats.Conn
	node     string
	identity string
	startSeq uint64 // up to this stream sequence the rooms had everything at the start

	// silence returns for how long a node has been silent that was last heard at a time. Tests
	// let it pass faster.
	silence func(node string, heard time.Time) time.Duration

	incoming    chan *nats.Msg // packets, heartbeats and resend requests
	notices     chan notice
	storeReads  chan *storeRead
	lateWriters chan *lateWriters
	ctx         context.Context
	cancel      context.CancelFunc
	wg          sync.WaitGroup
	closeOnce   sync.Once

	connected         atomic.Bool // see send
	isolated          atomic.Bool // see Status
	livePeers         atomic.Int64
	mismatched        atomic.Int64             // see Status
	maxSkew           atomic.Int64             // see Status
	info              atomic.Pointer[NodeInfo] // of this node
	unsentNotices     atomic.Uint64            // since it was last logged
	resends, catchUps atomic.Uint64
	panics            atomic.Uint64

	// Only run uses the rest.
	outbox          outbox
	buf             []*room.Event
	peers           map[string]*peer
	hubPeers        *peers.Set
	formerPeers     *peer     // stands for processes of unknown nodes whose events were stored
	lastHeartbeat   time.Time // when the last heartbeat was sent
	lastSendFailure time.Time // when a heartbeat last could not be sent
	cutOffAnnounced bool      // users were told that no other node answers, and not yet that one does
	refusalLogged   bool      // the reason for having no connection has been logged
	duplicateLogged bool      // another node of the same name has been logged
	findLateAt      time.Time // when to look for late writers; zero if that is done
}

// Config says which hub a [Link] links to others, and how.
type Config struct {
	URL   string      // of the NATS servers that the nodes share
	Hub   *room.Hub   // has loaded what Store has; nobody has entered yet
	Feed  *peers.Feed // of Hub; the Link's from now on
	Store Store       // of the messages and records of all nodes
	Info  NodeInfo    // what the other nodes are told about this one
	Log   *log.Logger // nil logs nothing

	NATSOptions []nats.Option // client options, besides the Link's own
}

// Open links a hub to those at the same NATS servers. If none of the servers answers, the Link goes
// on trying to connect. Open gives up when ctx ends; once it has returned, ctx has no effect.
func Open(ctx context.Context, c Config) (*Link, error) {
	l := prepareLink(c)
	if err := l.start(ctx, c); err != nil {
		return nil, err
	}
	return l, nil
}

func prepareLink(c Config) *Link {
	if c.Log == nil {
		c.Log = log.New(io.Discard)
	}
	l := &Link{
		hub: c.Hub, feed: c.Feed, store: c.Store, log: c.Log, startSeq: c.Store.LastSeq(), silence: silenceSince,
		incoming:    make(chan *nats.Msg, incomingBuffer),
		notices:     make(chan notice, noticeBuffer),
		storeReads:  make(chan *storeRead, 1),
		lateWriters: make(chan *lateWriters, 1),
		findLateAt:  time.Now().Add(journalCloseTimeout),
		buf:         make([]*room.Event, 0, maxPacketEvents),
		peers:       map[string]*peer{},
		hubPeers:    peers.NewSet(c.Hub),
	}
	l.formerPeers = newPeer(l, formerPeersName)
	l.node, l.identity = c.Store.Identity()
	l.SetInfo(c.Info)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// silenceSince is how long a node has been silent outside of tests.
func silenceSince(_ string, heard time.Time) time.Duration { return time.Since(heard) }

func (l *Link) start(ctx context.Context, c Config) error {
	if err := l.connect(ctx, c); err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	l.wg.Go(l.run)
	return nil
}

func (l *Link) connect(ctx context.Context, c Config) (err error) {
	if l.conn, err = dial(ctx, c.URL, append(l.clientOptions(), c.NATSOptions...)); err != nil {
		return err
	}
	if l.conn.IsConnected() {
		l.connected.Store(true) // the handler may be late
	}
	return l.subscribe()
}

// dial is [nats.Connect], which tries each server for some seconds, until ctx ends.
func dial(ctx context.Context, url string, options []nats.Option) (*nats.Conn, error) {
	type result struct {
		conn *nats.Conn
		err  error
	}
	dialed := make(chan result)
	go func() {
		conn, err := nats.Connect(url, options...)
		select {
		case dialed <- result{conn, err}:
		case <-ctx.Done():
			if err == nil {
				conn.Close()
			}
		}
	}()
	select {
	case r := <-dialed:
		return r.conn, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *Link) clientOptions() []nats.Option {
	return []nats.Option{
		nats.Name("teahouse " + l.node),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.FlusherTimeout(flusherTimeout),
		nats.IgnoreAuthErrorAbort(), // the password may be corrected
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(50*time.Millisecond, 50*time.Millisecond),
		nats.NoEcho(),
		nats.ReconnectBufSize(-1), // what could not be sent will be requested again
		nats.PingInterval(2 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(func(*nats.Conn) { l.connected.Store(true) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			l.connected.Store(false)
			if err != nil { // otherwise this node closes it
				l.log.Warn("cluster: connection lost", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) {
			l.connected.Store(true)
			l.log.Info("cluster: reconnected", "server", c.ConnectedUrlRedacted())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if l.connected.Load() { // otherwise it comes with each attempt, and logRefusal reports it
				l.log.Warn("cluster: connection error", "err", err)
			}
		}),
	}
}

func (l *Link) subscribe() error {
	for _, subject := range []string{packetPrefix + "*", heartbeatSubject, resendSubject(l.node), resentSubject(l.node)} {
		if _, err := l.conn.ChanSubscribe(subject, l.incoming); err != nil {
			return err
		}
	}
	_, err := l.conn.Subscribe(requestSubject(l.node), l.handleRequest)
	return err
}

// Status says how a Link is doing.
type Status struct {
	Peers      int           // other nodes that answer
	Mismatched int           // those of them with another version or other flags
	Skew       time.Duration // the largest difference between the clock of one of them and this node's
	Isolated   bool          // there are other nodes, or were a few minutes ago, and none answers
	Lag        uint64        // events that the others have not been sent yet
	Resends    uint64        // requests to repeat something
	CatchUps   uint64        // reads of the store
	Panics     uint64        // messages that caused a panic and were skipped
}

// Status returns how the Link is doing. It may be called from any goroutine.
func (l *Link) Status() Status {
	return Status{
		Peers: int(l.livePeers.Load()), Mismatched: int(l.mismatched.Load()), Skew: time.Duration(l.maxSkew.Load()), Isolated: l.isolated.Load(), Lag: l.feed.Lag(),
		Resends: l.resends.Load(), CatchUps: l.catchUps.Load(), Panics: l.panics.Load(),
	}
}

// CheckWritable returns when the server that connects this node to the others could last store
// something. While it can, that server is not cut off: if no other node answers, it is they who
// are away.
func (l *Link) CheckWritable(ctx context.Context) (able time.Time, err error) {
	return l.store.CheckWritableVia(ctx, l.conn)
}

// Close publishes the last events, tells the other nodes that this one leaves, and closes the
// connection. Call it when the hub is closed. It may be called more than once.
func (l *Link) Close() {
	l.closeOnce.Do(func() {
		l.cancel()
		l.wg.Wait()
		l.conn.Close()
	})
}

func (l *Link) run() {
	ticker := time.NewTicker(tickInterval)
	defer ticker.Stop()
	l.sendHeartbeat(false)
	busy := make(chan struct{})
	close(busy)
	for resting := false; ; {
		more := busy
		if resting = resting || !l.feed.Arm(); resting {
			more = nil
		}
		select {
		case <-more: // takes turns with what others send
			l.withRecover("this node", l.publish)
		case <-l.feed.Ready():
			l.withRecover("this node", l.publish)
			resting = false
		case m := <-l.incoming:
			l.handle(m)
		case o := <-l.notices:
			l.sendNotice(o)
		case r := <-l.storeReads:
			l.withRecover("the store", func() { r.peer.applyStoreRead(r) })
		case w := <-l.lateWriters:
			l.catchUpLateWriters(w)
		case <-ticker.C:
			for range len(l.incoming) { // first, in case this process was suspended
				l.handle(<-l.incoming)
			}
			l.withRecover("a look at the others", l.tick)
		case <-l.ctx.Done():
			l.withRecover("the end", l.leave)
			return
		}
	}
}

// isFromPeer reports whether a message comes from another node.
func (l *Link) isFromPeer(node, identity string) bool {
	if node == l.node && identity != l.identity && !l.duplicateLogged {
		l.duplicateLogged = true
		l.log.Error("cluster: another node has the same name, so the two ignore each other; its data directory is a copy", "node", node)
	}
	return node != l.node && node != ""
}

// leave publishes what is left, and announces that this node leaves.
func (l *Link) leave() {
	for range len(l.notices) {
		l.sendNotice(<-l.notices)
	}
	l.logUnsentNotices()
	l.publish()
	l.backfillAtClose()
	l.sendHeartbeat(true)
	if err := l.conn.FlushTimeout(leaveTimeout); err != nil {
		l.log.Debug("cluster: the other nodes may not know yet that this one leaves", "err", err)
	}
}

// sendHeartbeat sends a heartbeat, or the announcement that this node leaves.
func (l *Link) sendHeartbeat(leaving bool) {
	// First, so that everything stored by now is in packets up to the last one.
	stored, behind, kept := l.store.LastSeq(), l.store.Pending(), l.outbox.advanceStored(l.store.StoredUpTo)
	l.publish()
	l.lastHeartbeat = time.Now()
	b := &heartbeat{
		Node: l.node, Identity: l.identity, LastSeq: l.outbox.last(), StoreSeq: stored, Pending: behind, StoredUpTo: kept, Leaving: leaving, NodeInfo: *l.info.Load(), Time: time.Now(),
	}
	if !l.send(heartbeatSubject, encode(b)) {
		l.lastSendFailure = l.lastHeartbeat
	}
}

// withRecover calls do, which handles something from origin. If do panics, that is logged and
// counted, and the Link goes on.
func (l *Link) withRecover(origin string, do func()) {
	defer func() {
		if failure := recover(); failure != nil {
			l.panics.Add(1)
			l.log.Error("cluster: a message from another node caused a panic and was skipped; this is a bug in teahouse",
				"from", text.Clean(origin), "failure", failure, "stack", string(debug.Stack()))
		}
	}()
	do()
}

// handle handles a message of another node.
func (l *Link) handle(m *nats.Msg) {
	l.withRecover(m.Subject, func() { l.dispatch(m) })
}

func (l *Link) dispatch(m *nats.Msg) {
	if len(m.Data) == 0 {
		return // the node that was asked is not connected
	}
	var err error
	switch m.Subject {
	case resendSubject(l.node):
		a := resendRequest{replyTo: m.Reply}
		if err = json.Unmarshal(m.Data, &a); err == nil && a.replyTo != "" {
			l.resend(&a)
		}
	case heartbeatSubject:
		var b heartbeat
		if err = json.Unmarshal(m.Data, &b); err == nil {
			if n := l.sender(b.Node, b.Identity); n != nil {
				b.sanitize()
				n.handleHeartbeat(&b)
			}
		}
	default:
		var p packet
		if err = json.Unmarshal(m.Data, &p); err == nil {
			if n := l.sender(p.Node, p.Identity); n != nil {
				err = p.sanitize()
				n.handlePacket(&p)
			}
		}
	}
	if err != nil {
		l.log.Warn("cluster: a message cannot be read", "subject", m.Subject, "err", err)
	}
}

// sender returns the state of the node that published a message, or nil if the message is to be
// ignored.
func (l *Link) sender(node, identity string) *peer {
	if !l.isFromPeer(node, identity) {
		return nil
	}
	return l.peer(node)
}

// peer returns the state of another node, or nil if there cannot be such a node.
func (l *Link) peer(node string) *peer {
	n := l.peers[node]
	if n == nil {
		if len(l.peers) >= maxPeers || len(node) > maxNodeLen || text.Clean(node) != node {
			l.log.Debug("cluster: ignored an invalid node name", "node", text.Clean(node[:min(len(node), maxNodeLen)]))
			return nil
		}
		n = discoverPeer(l, node)
		l.peers[node] = n
	}
	return n
}

// tick does what is to be done regularly.
func (l *Link) tick() {
	if time.Since(l.lastHeartbeat) >= heartbeatInterval {
		l.sendHeartbeat(false)
	}
	l.logUnsentNotices()
	l.logRefusal()
	l.checkPeers()
	l.findLateWriters()
}

// checkPeers checks each of the other nodes, and adds up what it finds.
func (l *Link) checkPeers() {
	answering, differing, silent, skew := 0, 0, 0, time.Duration(0)
	var ahead []time.Duration
	for node, n := range l.peers {
		switch n.check() {
		case peerAlive:
			answering++
			skew = max(skew, n.skew.abs())
			if n.skew.known {
				ahead = append(ahead, n.skew.ahead)
			}
			if n.mismatch != "" {
				differing++
			}
		case peerLost:
			silent++
		}
		if n.isDisposable() {
			n.hubPeer.Remove()
			delete(l.peers, node)
		}
	}
	l.formerPeers.runCatchUp()
	l.livePeers.Store(int64(answering))
	l.mismatched.Store(int64(differing))
	l.maxSkew.Store(int64(skew))
	l.adjustClock(ahead)
	l.reportIsolation(answering, silent)
}

// reportIsolation logs, and tells users, when no other node answers any more and when one does
// again.
func (l *Link) reportIsolation(answering, silent int) {
	alone := silent > 0 && answering == 0
	switch was := l.isolated.Swap(alone); {
	case alone && !was:
		l.log.Warn("cluster: isolated; no other node answers")
	case was && !alone:
		l.log.Warn("cluster: no longer isolated")
	}
	switch {
	case alone && !l.cutOffAnnounced:
		l.cutOffAnnounced = true
		l.feed.Announce(reply.PeersUnreachable)
	case answering > 0 && l.cutOffAnnounced:
		l.cutOffAnnounced = false
		l.feed.Announce(reply.PeersBack)
	}
}
