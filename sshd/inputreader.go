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

	// pasteTimeout is how long nothing comes once a paste is over, and maxPasteBytes how
	// much of one is kept: more than a row holds.
	pasteTimeout  = 100 * time.Millisecond
	maxPasteBytes = 64 << 10

	// typeAheadWait is how long it takes to find out whether something was typed
	// while a line was being looked at.
	typeAheadWait = 20 * time.Millisecond

	// maxTypeAhead is what somebody may type ahead, over a network that stands still for a
	// second or two: two lines, of so many bytes. What comes at once and is more was pasted.
	maxTypeAhead = 40

	// What it takes to find what might stand somewhere, to read what is typed and draw
	// the row for it, to take a key, and for each unit of the row's own count.
	workPerTab  = 200 * time.Microsecond
	workPerRead = 50 * time.Microsecond
	workPerKey  = 300 * time.Nanosecond
	workPerUnit = 400 * time.Nanosecond
)

// An inputReader is where a chat reads what is typed, at the pace that the server allows.
// It is the reader's. A read has a goroutine of its own where it is not to wait for
// long; that ends with the channel.
type inputReader struct {
	terminal    *terminalSession
	roomSession *room.Session // from when it has come in
	limiter     *rate.Limiter
	buf         [readSize]byte
	reads       chan readResult // capacity 1
	readPending bool            // something is in came, or will be
	completions int             // how often the house was asked what might stand there, and that is not paid for
}

// readResult are what a read returned.
type readResult struct {
	n   int
	err error
}

// newInputReader returns the keyboard of a chat. To edit costs some hundred times as much as to
// send, so what is typed has a pace; and what it costs is paid for, see pay.
func (t *terminalSession) newInputReader() *inputReader {
	k := &inputReader{terminal: t, reads: make(chan readResult, 1), limiter: rate.NewLimiter(rate.Inf, 0)}
	if t.server.InputRate == nil {
		return k
	}
	if most := t.server.InputRate(); most > 0 {
		k.limiter = rate.NewLimiter(rate.Limit(most), max(readSize, 4*most))
	}
	return k
}

// next waits for what is typed. Many terminals mark what is pasted, and the row then
// knows. Of one that does not, several lines that come at once are a paste, unless they are
// a program's: then its input ends with them.
func (r *inputReader) next(unmarked bool) (typed []byte, pasted bool, err error) {
	p, err := r.read()
	if err != nil || !unmarked || hasControlKeys(p) || len(p) < len(r.buf) && !isPaste(p) {
		return p, false, err
	}
	all := bytes.Clone(p)
	for r.roomSession.Reason() == "" && r.inputWithin(pasteTimeout) {
		if p, err = r.read(); err != nil {
			r.unread(readResult{err: err})
			return all, false, nil
		}
		if i := bytes.IndexByte(p, ctrlC); i >= 0 {
			return p[i:], false, nil // the way out of what does not end
		}
		all = append(all, p[:min(len(p), maxPasteBytes-len(all))]...)
		if hasControlKeys(p) {
			return all, false, nil
		}
	}
	return all, isPaste(all), nil
}

// ctrlC is ^C.
const ctrlC = 'C' & 0x1f

// isPaste reports whether what has come at once cannot have been typed: text of more
// lines than somebody types ahead.
func isPaste(p []byte) bool {
	lines := 0
	for range bytes.FieldsFuncSeq(p, func(r rune) bool { return r == '\r' || r == '\n' }) {
		lines++
	}
	return !hasControlKeys(p) && (lines > 2 || lines == 2 && len(p) > maxTypeAhead)
}

// hasControlKeys reports whether there are keys in what has come that nobody pastes.
func hasControlKeys(p []byte) bool {
	return bytes.ContainsFunc(p, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f
	})
}

// read waits for input, and then for as long as its sender has been too fast. What it
// returns is good until the next call.
func (r *inputReader) read() ([]byte, error) {
	var came readResult
	if r.readPending {
		came = <-r.reads
		r.readPending = false
	} else {
		came.n, came.err = r.terminal.Read(r.buf[:])
	}
	if came.err != nil {
		return nil, came.err
	}
	r.roomSession.Touch()
	r.sleep(r.limiter.ReserveN(time.Now(), came.n).Delay())
	return r.buf[:came.n], nil
}

// charge waits until what was typed, so many bytes, is paid for. Some keys cost much more than
// others, and who types in many sessions has one budget. While it waits more may come, and
// is read at once: the faster somebody types, the less often the row is drawn.
func (r *inputReader) charge(n int) {
	work := time.Duration(r.terminal.term.Work())*workPerUnit + time.Duration(r.completions)*workPerTab
	r.completions = 0
	_ = r.roomSession.Spend(workPerRead + time.Duration(n)*workPerKey + work) // who has left is told by next
}

// sleep sleeps, as long as there is a reason to go on.
func (r *inputReader) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-r.terminal.stop:
	case <-r.terminal.channel.done:
	}
}

// inputWithin reports whether there is input, or is within a time.
func (r *inputReader) inputWithin(within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case came := <-r.startRead():
		r.unread(came)
		return true
	case <-timer.C:
		return false
	}
}

// startRead has input read, and returns where it comes. Who takes it from there clears
// ahead, or gives it back by unread.
func (r *inputReader) startRead() <-chan readResult {
	if !r.readPending {
		r.readPending = true
		go func() {
			came := readResult{err: io.ErrUnexpectedEOF} // unless Read returns
			defer func() { r.reads <- came }()
			defer r.terminal.server.recoverAndClose(r.terminal)
			came.n, came.err = r.terminal.Read(r.buf[:])
		}()
	}
	return r.reads
}

// unread has the next read return what was read already.
func (r *inputReader) unread(came readResult) {
	r.reads <- came
	r.readPending = true
}
