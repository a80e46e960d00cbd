package inbox

import (
	"errors"
	"sync/atomic"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
)

// takeBytes is about how many bytes of text Take returns at once. Rendered by a door they may be
// sixteen times as many, and the client may not be reading.
const takeBytes = 8 << 10

// Errors of [Inbox.Post].
var (
	ErrFull   = errors.New("inbox: full")
	ErrClosed = errors.New("inbox: closed")
)

// An Inbox is what one session reads: the log of the room that it looks at, and the items that are
// for it alone, each at its place in the conversation. The session's writer goroutine takes; any
// goroutine may post, unless a method says otherwise.
type Inbox struct {
	// The writer touches these fields each time it wakes up, so they come first and together.
	firstView        view
	readView         *view // the view that the writer reads; usually &firstView
	owner            Owner
	refreshRequested atomic.Bool
	refreshDue       bool // RequestRefresh was called; the writer's
	closed           atomic.Bool
	pendingItems     []mailboxItem // taken from the mailbox but not yet returned; the writer's
	watches          atomic.Pointer[[]*watch]
	mailbox          mailbox

	speakView atomic.Pointer[view] // the view that the session speaks in
	waker     eventlog.Waker       // of the writer
	done      chan struct{}        // closed after in
}

// An Owner is whom an [Inbox] belongs to.
type Owner interface {
	// Hides reports whether the user does not want to read an event. The writer calls it.
	Hides(*event.Event) bool
	// Kept returns the private message in an item that must be kept until it is seen, or nil.
	Kept(event.Item) *event.Event
}

// Init makes in read a log, from its first event, and wake its writer by waker when there may be
// something to take. Call it once, before anything else.
func (in *Inbox) Init(l *eventlog.Log, waker eventlog.Waker, owner Owner) {
	in.waker, in.owner, in.done = waker, owner, make(chan struct{})
	in.mailbox.emptied = make(chan struct{}, 1)
	in.firstView.Reader = eventlog.Reader{Log: l, Waker: waker}
	in.readView = &in.firstView
	in.speakView.Store(&in.firstView)
	l.AddReaders(1)
}

// StartAt makes the writer read from the event with the given sequence number. Call it before the
// writer starts.
func (in *Inbox) StartAt(seq uint64) { in.firstView.SetCursor(seq) }

// StartNow makes the writer read what happens from now on, and returns the sequence number of the
// last event before that. Call it before the writer starts.
func (in *Inbox) StartNow() (before uint64) {
	next := in.firstView.Log.Head()
	in.firstView.SetCursor(next)
	return next - 1
}

// Use makes in read another log than the one it was made with. Call it before the writer starts.
func (in *Inbox) Use(l *eventlog.Log) {
	in.firstView.Log.AddReaders(-1)
	l.AddReaders(1)
	in.firstView.Log = l
}

// Open makes in go on in another log, from now on, once everything in the current one is read. Shown
// gets the sequence number of the next event and returns the first thing that is read there. The
// caller wakes the writer by RequestRefresh when everything else that it shows has changed, too.
// Calls of Open and Close must not overlap.
func (in *Inbox) Open(l *eventlog.Log, shown func(next uint64) event.Item) {
	old := in.speakView.Load()
	v := &view{number: old.number + 1}
	v.Reader = eventlog.Reader{Log: l, Waker: in.waker}
	next := l.Head()
	v.SetCursor(next)
	l.AddReaders(1)
	old.Log.AtEnd(func(end uint64) {
		old.Log.AddReaders(-1)
		old.end.Store(end)
	})
	_ = in.mailbox.put(mailboxItem{viewNumber: v.number, head: next, item: shown(next)}) // if it is full, the prompt tells
	old.next.Store(v)
	in.speakView.Store(v)
}

// Close ends the inbox: nothing can be posted any more, and what happens from now on is not read.
// Last, which may be nil, is the last thing to read. Leaving is called between two events, before
// others can see that the inbox is closed. The second call does nothing and returns false.
func (in *Inbox) Close(last event.Item, leaving func()) (ok bool) {
	v := in.speakView.Load()
	v.Log.AtEnd(func(end uint64) {
		if in.closed.Load() {
			return
		}
		v.Log.AddReaders(-1)
		if last != nil {
			in.mailbox.close(&mailboxItem{viewNumber: v.number, head: end, item: last})
		} else {
			in.mailbox.close(nil)
		}
		leaving()
		v.end.Store(end)
		in.closed.Store(true)
		ok = true
	})
	if ok {
		close(in.done)
	}
	return ok
}

// IsClosed reports whether in is closed.
func (in *Inbox) IsClosed() bool { return in.closed.Load() }

// Lag returns how many events there are to read in the log that the session looks at.
func (in *Inbox) Lag() uint64 { return in.speakView.Load().Lag() }

// RequestRefresh wakes the writer even if nothing has happened, for a door that has something of
// its own to write.
func (in *Inbox) RequestRefresh() {
	in.refreshRequested.Store(true)
	in.Signal()
}

// TakeRefresh reports, once, whether RequestRefresh was called or something other than the
// conversation has changed for the user: settings, the room, or what is unread elsewhere. So a door
// need not check those for each line. Only the writer goroutine may call it, after Arm.
func (in *Inbox) TakeRefresh() bool {
	due := in.refreshDue
	in.refreshDue = false
	return due
}

// Arm reports whether there is something to take, or the inbox is closed and everything is taken. If
// neither, the writer will be woken. Only the writer goroutine may call it.
func (in *Inbox) Arm() (news, over bool) {
	gone := in.closed.Load()
	nudged := in.refreshRequested.Load() && in.refreshRequested.Swap(false)
	nudged = in.pollWatches() || nudged
	in.refreshDue = in.refreshDue || nudged
	switch {
	case nudged, in.HasPending():
		return true, false
	case gone:
		return false, true
	}
	in.armWatches()
	if in.pollWatches() { // it came before the watches were armed
		in.refreshDue = true
		return true, false
	}
	return !in.readView.Sleep(in.readView.IsBehind), false
}

// HasPending reports whether there is something to take. Only the writer goroutine may call it.
func (in *Inbox) HasPending() bool {
	return len(in.pendingItems) > 0 || in.readView.hasPending() || in.mailbox.hasItems()
}

// Signal wakes the writer.
func (in *Inbox) Signal() { in.waker.Wake() }

// Post adds an item for the session alone. The error is [ErrFull] or [ErrClosed].
func (in *Inbox) Post(item event.Item) error {
	v := in.speakView.Load()
	err := in.mailbox.put(mailboxItem{viewNumber: v.number, head: v.Log.Head(), item: item, message: in.owner.Kept(item)})
	if err == nil {
		in.Signal()
	}
	return err
}

// Emptied returns a channel that receives when the items that were posted have been taken, or the
// inbox was closed.
func (in *Inbox) Emptied() <-chan struct{} { return in.mailbox.emptied }

// AdoptUnseen takes over private messages that another session may not have seen, as of now.
func (in *Inbox) AdoptUnseen(messages []*event.Event, now time.Time) {
	in.mailbox.adoptUnseen(messages, now)
}

// TakeUnseen returns, once, the private messages that the user may not have seen, oldest first. The
// user has seen what the writer took before the given moment. The caller is responsible for the
// messages from now on.
func (in *Inbox) TakeUnseen(seen time.Time) []*event.Event { return in.mailbox.takeUnseen(seen) }

// Take appends to buf what there is to read now, up to buf's capacity or about 8 KiB of text. It
// never blocks, and appends nothing if there is nothing left. Only the writer goroutine may call it.
func (in *Inbox) Take(buf []event.Item) []event.Item {
	for {
		// The order matters: what was said before head is loaded belongs before any item that
		// arrives after the mailbox was emptied.
		end, next := in.readView.limit(), in.readView.next.Load()
		in.pendingItems = append(in.pendingItems, in.mailbox.takeAll()...)
		buf = in.takeMail(buf)
		if len(in.pendingItems) > 0 && in.pendingItems[0].viewNumber <= in.readView.number {
			return buf // there is more to read before that mail
		}
		buf = in.read(buf, end)
		if next == nil || in.readView.Cursor() < in.readView.limit() || len(buf) == cap(buf) {
			return buf
		}
		in.readView = next
	}
}

// takeMail appends the items that arrived while the session was in its current view, or earlier,
// each after what was said before it.
func (in *Inbox) takeMail(buf []event.Item) []event.Item {
	for bytes := 0; len(in.pendingItems) > 0 && len(buf) < cap(buf) && bytes < takeBytes && in.pendingItems[0].viewNumber <= in.readView.number; {
		n := len(buf)
		if item := in.pendingItems[0]; item.viewNumber == in.readView.number {
			buf = in.read(buf, item.head)
			if in.readView.Cursor() < item.head || len(buf) == cap(buf) {
				return buf
			}
		}
		buf = append(buf, in.pendingItems[0].item)
		in.pendingItems = in.pendingItems[1:]
		for _, item := range buf[n:] {
			bytes += event.ShownSize(item)
		}
	}
	if len(in.pendingItems) == 0 {
		in.pendingItems = nil
	}
	return buf
}

// read appends the events before end, except those that the user does not want to read.
func (in *Inbox) read(buf []event.Item, end uint64) []event.Item {
	cursor := in.readView.Cursor()
	for bytes := 0; cursor < end && len(buf) < cap(buf) && bytes < takeBytes; {
		e, next := in.readView.Log.Read(cursor, end)
		switch {
		case e == nil:
			buf = append(buf, &event.LinesDropped{Time: time.Now(), Count: next - cursor})
		case !in.owner.Hides(e):
			buf = append(buf, e)
			bytes += e.TextSize()
		}
		cursor = next
	}
	in.readView.SetCursor(cursor)
	return buf
}
