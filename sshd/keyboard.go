package sshd

import (
	"bytes"
	"io"
	"time"

	"golang.org/x/time/rate"

	"teahouse/room"
)

const (
	// readSize is how much input is taken at once. Typing comes byte by byte; a
	// paste goes on in the next read.
	readSize = 512

	// pasteTime is how long nothing comes once a paste is over, and mostPasted how
	// much of one is kept: more than a row holds.
	pasteTime  = 100 * time.Millisecond
	mostPasted = 64 << 10

	// typedMeanwhile is how long it takes to find out whether something was typed
	// while a line was being looked at.
	typedMeanwhile = 20 * time.Millisecond

	// mostAhead is what somebody may type ahead, over a network that stands still for a
	// second or two: two lines, of so many bytes. What comes at once and is more was pasted.
	mostAhead = 40

	// What it takes to find what might stand somewhere, to read what is typed and draw
	// the row for it, to take a key, and for each unit of the row's own count.
	workPerTab  = 200 * time.Microsecond
	workPerRead = 50 * time.Microsecond
	workPerKey  = 300 * time.Nanosecond
	workPerUnit = 400 * time.Nanosecond
)

// A keyboard is where a chat reads what is typed, at the pace that the server allows.
// It is the reader's. A read has a goroutine of its own where it is not to wait for
// long; that ends with the channel.
type keyboard struct {
	chat  *chat
	user  *room.User // from when it has come in
	pace  *rate.Limiter
	buf   [readSize]byte
	came  chan keystrokes // capacity 1
	ahead bool            // something is in came, or will be
	tabs  int             // how often the house was asked what might stand there, and that is not paid for
}

// keystrokes are what a read returned.
type keystrokes struct {
	n   int
	err error
}

// newKeyboard returns the keyboard of a chat. To edit costs some hundred times as much as to
// send, so what is typed has a pace; and what it costs is paid for, see pay.
func (c *chat) newKeyboard() *keyboard {
	k := &keyboard{chat: c, came: make(chan keystrokes, 1), pace: rate.NewLimiter(rate.Inf, 0)}
	if c.server.Typed == nil {
		return k
	}
	if most := c.server.Typed(); most > 0 {
		k.pace = rate.NewLimiter(rate.Limit(most), max(readSize, 4*most))
	}
	return k
}

// next waits for what is typed. Many terminals mark what is pasted, and the row then
// knows. Of one that does not, several lines that come at once are a paste, unless they are
// a program's: then its input ends with them.
func (k *keyboard) next(unmarked bool) (typed []byte, pasted bool, err error) {
	p, err := k.read()
	if err != nil || !unmarked || hasKeys(p) || len(p) < len(k.buf) && !isPaste(p) {
		return p, false, err
	}
	all := bytes.Clone(p)
	for k.user.Reason() == "" && k.pending(pasteTime) {
		if p, err = k.read(); err != nil {
			k.unread(keystrokes{err: err})
			return all, false, nil
		}
		if i := bytes.IndexByte(p, interrupt); i >= 0 {
			return p[i:], false, nil // the way out of what does not end
		}
		all = append(all, p[:min(len(p), mostPasted-len(all))]...)
		if hasKeys(p) {
			return all, false, nil
		}
	}
	return all, isPaste(all), nil
}

// interrupt is ^C.
const interrupt = 'C' & 0x1f

// isPaste reports whether what has come at once cannot have been typed: text of more
// lines than somebody types ahead.
func isPaste(p []byte) bool {
	lines := 0
	for range bytes.FieldsFuncSeq(p, func(r rune) bool { return r == '\r' || r == '\n' }) {
		lines++
	}
	return !hasKeys(p) && (lines > 2 || lines == 2 && len(p) > mostAhead)
}

// hasKeys reports whether there are keys in what has come that nobody pastes.
func hasKeys(p []byte) bool {
	return bytes.ContainsFunc(p, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f
	})
}

// read waits for input, and then for as long as its sender has been too fast. What it
// returns is good until the next call.
func (k *keyboard) read() ([]byte, error) {
	var came keystrokes
	if k.ahead {
		came = <-k.came
		k.ahead = false
	} else {
		came.n, came.err = k.chat.Read(k.buf[:])
	}
	if came.err != nil {
		return nil, came.err
	}
	k.user.Touch()
	k.rest(k.pace.ReserveN(time.Now(), came.n).Delay())
	return k.buf[:came.n], nil
}

// pay waits until what was typed, so many bytes, is paid for. Some keys cost much more than
// others, and who types in many sessions has one budget. While it waits more may come, and
// is read at once: the faster somebody types, the less often the row is drawn.
func (k *keyboard) pay(n int) {
	work := time.Duration(k.chat.term.Work())*workPerUnit + time.Duration(k.tabs)*workPerTab
	k.tabs = 0
	_ = k.user.Spend(workPerRead + time.Duration(n)*workPerKey + work) // who has left is told by next
}

// rest sleeps, as long as there is a reason to go on.
func (k *keyboard) rest(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-k.chat.stop:
	case <-k.chat.channel.gone:
	}
}

// pending reports whether there is input, or is within a time.
func (k *keyboard) pending(within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case came := <-k.readAhead():
		k.unread(came)
		return true
	case <-timer.C:
		return false
	}
}

// readAhead has input read, and returns where it comes. Who takes it from there clears
// ahead, or gives it back by unread.
func (k *keyboard) readAhead() <-chan keystrokes {
	if !k.ahead {
		k.ahead = true
		go func() {
			came := keystrokes{err: io.ErrUnexpectedEOF} // unless Read returns
			defer func() { k.came <- came }()
			defer k.chat.server.contain(k.chat)
			came.n, came.err = k.chat.Read(k.buf[:])
		}()
	}
	return k.came
}

// unread has the next read return what was read already.
func (k *keyboard) unread(came keystrokes) {
	k.came <- came
	k.ahead = true
}
