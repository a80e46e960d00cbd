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

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

const (
	// heartbeatInterval is how often a node says that it is there, and tickInterval how often
	// it looks who else is.
	heartbeatInterval = 2 * time.Second
	tickInterval      = 100 * time.Millisecond

	// maxPacketEvents is how many events go into a packet at most, and maxPacketSessions
	// how many sessions.
	maxPacketEvents   = 256
	maxPacketSessions = 100

	// maxResendEvents is how many events are said again at once: half of what the smallest
	// ring holds.
	maxResendEvents = 512

	// incomingBuffer is how many messages of others may wait until this node looks at
	// them. What comes when there are so many is asked for again. noticeBuffer is how
	// many notices may wait to be sent; more get lost.
	incomingBuffer = 8192
	noticeBuffer   = 4096

	// maxPeers is how many other nodes there may be, and maxNodeLen the most bytes of the name
	// of one, and maxIdentityLen of a process there. maxSessions is how many sessions one may tell of, and maxEarlier of how many
	// of its processes it is known that they are over.
	maxPeers       = 100
	maxNodeLen     = 64
	maxIdentityLen = 128
	maxSessions    = 100_000
	maxEarlier     = 1000

	// flusherTimeout is how long the system may take nothing of what is sent before the
	// connection counts as broken: it would keep everything else waiting.
	flusherTimeout = 2 * time.Second

	// leaveTimeout is how long it may take to say that a node leaves.
	leaveTimeout = time.Second
)

const (
	subjectPrefix    = "teahouse."
	heartbeatSubject = subjectPrefix + "beat"
	feedSubjects     = subjectPrefix + "feed.*"
)

func feedSubject(node string) string    { return subjectPrefix + "feed." + node }
func resendSubject(node string) string  { return subjectPrefix + "again." + node }
func requestSubject(node string) string { return subjectPrefix + "to." + node }

// A Store is what the journals of all nodes have stored, as [teahouse/journal.Journal]
// has it.
type Store interface {
	// Identity returns what this process's events are known by in it.
	Identity() (node, identity string)
	// LastEventRead returns which events the rooms had at the start, by identity and room.
	LastEventRead() map[string]map[string]uint64
	// StoredUpTo returns up to which event of a room, by number, all of this process's are stored
	// that are to be.
	StoredUpTo(room string) uint64
	// LastSeq returns a message in the store that none of this process's is after.
	LastSeq() uint64
	// Pending returns how many of this process's events are not stored yet.
	Pending() uint64
	// EventsUntilLoss returns how many events may happen in any one room before one is lost that
	// is not stored yet.
	EventsUntilLoss() uint64
	// ReadAfter calls f with the lines after a message, and with who was forgotten, and whose
	// they are. It returns up to where it has read, also with an error. It may wait.
	ReadAfter(ctx context.Context, after uint64, f func(identity, room string, e *room.Event)) (read uint64, err error)
	// Backfill stores what happened in a room in a process of another node, which is gone, as that
	// would have, and returns a message in the store that none of that is after.
	Backfill(ctx context.Context, identity, room string, events []*room.Event) (last uint64, err error)
	// BackfillAtClose has what happened in a process of another node stored, by room, while the
	// store closes, unless it is there by then, after a message.
	BackfillAtClose(identity string, after uint64, rooms map[string][]*room.Event)
	// CheckWritableVia returns when something could be stored last, as is answered over a connection.
	CheckWritableVia(ctx context.Context, conn *nats.Conn) (able time.Time, err error)
}

// A Link is a node's connection to the others.
type Link struct {
	hub      *room.Hub
	feed     *room.PeerFeed
	store    Store
	log      *log.Logger
	conn     *nats.Conn
	node     string
	identity string
	startSeq uint64 // the last message in the store that the rooms had at the start

	incoming    chan *nats.Msg // packets, beats and asks
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
	info              atomic.Pointer[NodeInfo] // what this node is like
	unsentNotices     atomic.Uint64            // notices, since that was logged
	resends, catchUps atomic.Uint64
	panics            atomic.Uint64

	// The rest is run's.
	outbox          outbox
	buf             []*room.Event
	peers           map[string]*peer
	formerPeers     *peer     // processes of which something was saved, and that are no neighbour's
	lastHeartbeat   time.Time // when the last beat was sent
	lastSendFailure time.Time // when a beat could not be sent last
	cutOffAnnounced bool      // people were told that no other node answers, and not yet that one does
	refusalLogged   bool      // it is logged why there is no connection
	duplicateLogged bool      // there is a second node of this name, which is logged
	findLateAt      time.Time // when it is to be looked who has stored something late; zero where that is done
}

// Open links a house to those at the same NATS servers, which url names. It must be
// called before anybody is here, once the house has what the store had; relay is the
// house's, and is the Link's from now on. The others are told what this node is like. Log
// may be nil. Options are for the NATS client, beside the Link's own.
func Open(url string, h *room.Hub, relay *room.PeerFeed, store Store, like NodeInfo, logger *log.Logger, options ...nats.Option) (*Link, error) {
	if logger == nil {
		logger = log.New(io.Discard)
	}
	l := &Link{
		hub: h, feed: relay, store: store, log: logger, startSeq: store.LastSeq(),
		incoming:    make(chan *nats.Msg, incomingBuffer),
		notices:     make(chan notice, noticeBuffer),
		storeReads:  make(chan *storeRead, 1),
		lateWriters: make(chan *lateWriters, 1),
		findLateAt:  time.Now().Add(journalCloseTimeout),
		buf:         make([]*room.Event, 0, maxPacketEvents),
		peers:       map[string]*peer{},
	}
	l.formerPeers = newPeer(l, formerPeersName)
	l.node, l.identity = store.Identity()
	l.SetInfo(like)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	if err := l.connect(url, options); err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	l.wg.Go(l.run)
	return l, nil
}

func (l *Link) connect(url string, options []nats.Option) (err error) {
	l.conn, err = nats.Connect(url, append([]nats.Option{
		nats.Name("teahouse " + l.node),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.FlusherTimeout(flusherTimeout),
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
			if l.connected.Load() { // else it comes with each try, and logRefusal tells of it
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
	for _, subject := range []string{feedSubjects, heartbeatSubject, resendSubject(l.node), l.resentSubject()} {
		if _, err := l.conn.ChanSubscribe(subject, l.incoming); err != nil {
			return err
		}
	}
	_, err = l.conn.Subscribe(requestSubject(l.node), l.handleRequest)
	return err
}

// resentSubject is where this node reads what others say again.
func (l *Link) resentSubject() string { return subjectPrefix + "said." + l.node }

// Status says how a Link does.
type Status struct {
	Peers      int           // that answer, beside this one
	Mismatched int           // of those, that have another version or other flags than this one
	Skew       time.Duration // by which the clock of one of those differs most from this one's
	Isolated   bool          // there are others, or were a few minutes ago, none of which answers
	Lag        uint64        // events that the others have yet to be told of
	Resends    uint64        // how often something had to be asked for again
	CatchUps   uint64        // how often it was looked for in the store
	Panics     uint64        // messages that made this node fail, and were left out
}

// Status returns how the Link does. Any goroutine may call it.
func (l *Link) Status() Status {
	return Status{
		Peers: int(l.livePeers.Load()), Mismatched: int(l.mismatched.Load()), Skew: time.Duration(l.maxSkew.Load()), Isolated: l.isolated.Load(), Lag: l.feed.Lag(),
		Resends: l.resends.Load(), CatchUps: l.catchUps.Load(), Panics: l.panics.Load(),
	}
}

// CheckWritable returns when the server by which this node hears the others could have something
// stored last. While it can, that server is not cut off: where none of the others answers,
// it is they who are away.
func (l *Link) CheckWritable(ctx context.Context) (able time.Time, err error) {
	return l.store.CheckWritableVia(ctx, l.conn)
}

// Close tells the other nodes that this one leaves, after the last of what happened,
// and ends the connection. It is for when the house is closed.
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
		case <-more: // in turn with what others send
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
			for range len(l.incoming) { // first, in case that this process did not run for a while
				l.handle(<-l.incoming)
			}
			l.withRecover("a look at the others", l.tick)
		case <-l.ctx.Done():
			l.withRecover("the end", l.leave)
			return
		}
	}
}

// isFromPeer reports whether a message is another node's.
func (l *Link) isFromPeer(node, identity string) bool {
	if node == l.node && identity != l.identity && !l.duplicateLogged {
		l.duplicateLogged = true
		l.log.Error("cluster: another node has this one's name, and the two do not hear each other: its data directory is a copy", "node", node)
	}
	return node != l.node && node != ""
}

// leave says what is left to say, and that this node leaves.
func (l *Link) leave() {
	for range len(l.notices) {
		l.sendNotice(<-l.notices)
	}
	l.logUnsentNotices()
	l.publish()
	l.backfillAtClose()
	l.sendHeartbeat(true)
	if err := l.conn.FlushTimeout(leaveTimeout); err != nil {
		l.log.Debug("cluster: the others may not know yet that this node leaves", "err", err)
	}
}

// sendHeartbeat says that this node is there, or that it leaves.
func (l *Link) sendHeartbeat(leaving bool) {
	stored, behind, kept := l.store.LastSeq(), l.store.Pending(), l.outbox.advanceStored(l.store.StoredUpTo) // first: what is stored by now is in packets up to the last
	l.publish()
	l.lastHeartbeat = time.Now()
	if !l.send(heartbeatSubject, encode(heartbeat{
		Node: l.node, Identity: l.identity, LastSeq: l.outbox.last(), StoreSeq: stored, Pending: behind, StoredUpTo: kept, Leaving: leaving, NodeInfo: *l.info.Load(), Time: time.Now(),
	})) {
		l.lastSendFailure = l.lastHeartbeat
	}
}

// withRecover does something that follows from what came from somewhere. Where that fails for a
// fault of ours it is left out, and the link goes on.
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

// handle does what follows from a message of another node.
func (l *Link) handle(m *nats.Msg) {
	l.withRecover(m.Subject, func() { l.dispatch(m) })
}

func (l *Link) dispatch(m *nats.Msg) {
	if len(m.Data) == 0 {
		return // the one who was asked is not connected
	}
	var err error
	switch m.Subject {
	case heartbeatSubject:
		var b heartbeat
		if err = json.Unmarshal(m.Data, &b); err == nil && l.isFromPeer(b.Node, b.Identity) {
			b.sanitize()
			if n := l.peer(b.Node); n != nil {
				n.handleHeartbeat(&b)
			}
		}
	case resendSubject(l.node):
		a := resendRequest{replyTo: m.Reply}
		if err = json.Unmarshal(m.Data, &a); err == nil && a.replyTo != "" {
			l.resend(&a)
		}
	default:
		var p packet
		if err = json.Unmarshal(m.Data, &p); err == nil && l.isFromPeer(p.Node, p.Identity) {
			err = p.sanitize()
			if n := l.peer(p.Node); n != nil {
				n.handlePacket(&p)
			}
		}
	}
	if err != nil {
		l.log.Warn("cluster: a message cannot be read", "subject", m.Subject, "err", err)
	}
}

// peer returns what is known of another node, or nil where that is none.
func (l *Link) peer(node string) *peer {
	n := l.peers[node]
	if n == nil {
		if len(l.peers) >= maxPeers || len(node) > maxNodeLen || text.Clean(node) != node {
			l.log.Debug("cluster: no node", "node", text.Clean(node[:min(len(node), maxNodeLen)]))
			return nil
		}
		n = discoverPeer(l, node)
		l.peers[node] = n
	}
	return n
}

// tick looks who is there.
func (l *Link) tick() {
	if time.Since(l.lastHeartbeat) >= heartbeatInterval {
		l.sendHeartbeat(false)
	}
	l.logUnsentNotices()
	l.logRefusal()
	l.checkPeers()
	l.findLateWriters()
}

// checkPeers looks at each of the others, and tells people when none answers any more, and
// when one does again.
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
	alone := silent > 0 && answering == 0
	if l.isolated.Swap(alone) != alone {
		l.log.Warn("cluster: whether other nodes answer has changed", "alone", alone)
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
