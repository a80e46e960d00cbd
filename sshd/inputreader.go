package sshd

import (
	"bytes"
	"io"
	"time"

	"golang.org/x/time/rate"
)

const (
	// readSize is the most input taken at once. Typing comes byte by byte; a paste continues in
	// the next read.
	readSize = 512

	// pasteTimeout is the pause that ends a paste, and maxPasteBytes how much of one is kept:
	// more than the row holds.
	pasteTimeout  = 100 * time.Millisecond
	maxPasteBytes = 64 << 10

	// typeAheadWait is how long to wait to find out whether something was typed while a line was
	// being handled.
	typeAheadWait = 20 * time.Millisecond

	// maxTypeAhead is the most bytes that a user may type ahead, in two lines, while the network
	// stalls for a second or two. More that arrives at once was pasted.
	maxTypeAhead = 40

	// The CPU time charged for a completion, for reading input and drawing the row, for a key,
	// and for each unit of terminal.Terminal.Work.
	workPerTab  = 200 * time.Microsecond
	workPerRead = 50 * time.Microsecond
	workPerKey  = 300 * time.Nanosecond
	workPerUnit = 400 * time.Nanosecond
)

// An inputReader reads what is typed in a chat, no faster than the server allows. The session's
// reader uses it. A read that must not block for long has a goroutine of its own, which ends with
// the channel.
type inputReader struct {
	terminal    *terminalSession
	limiter     *rate.Limiter
	buf         [readSize]byte
	reads       chan readResult // capacity 1
	readPending bool            // a result is in reads, or will be
	completions int             // completions that are not paid for yet
}

// A readResult is what a read returned.
type readResult struct {
	n   int
	err error
}

// newInputReader returns the inputReader of a chat. Editing costs about a hundred times as much
// as sending, so input is limited in rate, and its cost is charged; see charge.
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

// next waits for input. Many terminals mark pastes, which the row handles. If the terminal does
// not, several lines that arrive at once are a paste, unless they come from a program: then its
// input ends with them.
func (r *inputReader) next(unmarked bool) (typed []byte, pasted bool, err error) {
	p, err := r.read()
	if err != nil || !unmarked || hasControlKeys(p) || len(p) < len(r.buf) && !isPaste(p) {
		return p, false, err
	}
	all := bytes.Clone(p)
	for r.terminal.runner.Reason() == "" && r.inputWithin(pasteTimeout) {
		if p, err = r.read(); err != nil {
			r.unread(readResult{err: err})
			return all, false, nil
		}
		if i := bytes.IndexByte(p, ctrlC); i >= 0 {
			return p[i:], false, nil // ^C is the way out of an endless paste
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

// isPaste reports whether input that arrived at once cannot have been typed: text of more lines
// than a user types ahead.
func isPaste(p []byte) bool {
	lines := 0
	for range bytes.FieldsFuncSeq(p, func(r rune) bool { return r == '\r' || r == '\n' }) {
		lines++
	}
	return !hasControlKeys(p) && (lines > 2 || lines == 2 && len(p) > maxTypeAhead)
}

// hasControlKeys reports whether the input contains keys that are never pasted.
func hasControlKeys(p []byte) bool {
	return bytes.ContainsFunc(p, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f
	})
}

// read waits for input, and then for as long as the client has been too fast. The result is valid
// until the next call.
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
	r.terminal.runner.Touch()
	r.sleep(r.limiter.ReserveN(time.Now(), came.n).Delay())
	return r.buf[:came.n], nil
}

// charge waits until n bytes of input are paid for. Some keys cost much more than others, and a
// user who types in several sessions has one budget. More may arrive meanwhile and is then read
// at once: the faster somebody types, the less often the row is drawn.
func (r *inputReader) charge(n int) {
	work := time.Duration(r.terminal.term.Work())*workPerUnit + time.Duration(r.completions)*workPerTab
	r.completions = 0
	_ = r.terminal.runner.Meter.Spend(workPerRead + time.Duration(n)*workPerKey + work) // if the user has left, next reports it
}

// sleep sleeps, unless the server stops or the channel is closed.
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

// inputWithin reports whether there is input within a time.
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

// startRead starts a read and returns the channel for its result. Whoever receives from it must
// clear readPending or return the result with unread.
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

// unread makes the next read return a result again.
func (r *inputReader) unread(came readResult) {
	r.reads <- came
	r.readPending = true
}
