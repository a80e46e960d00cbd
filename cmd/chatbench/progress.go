package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"teahouse/internal/bench/load"
)

// progressWidth is the longest progress line: one that wraps could not be overwritten.
const progressWidth = 79

// A progress is a line on a terminal that is overwritten again and again. A nil one writes
// nothing.
type progress struct {
	w     io.Writer
	shown int // runes
}

// newProgress returns nil if w is not a terminal.
func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return &progress{w: w}
	}
	return nil
}

// callback returns the function to call with the progress of a run, or nil.
func (p *progress) callback(run string) func(load.Progress) {
	if p == nil {
		return nil
	}
	if run != "" {
		run += ": "
	}
	return func(now load.Progress) {
		p.show(fmt.Sprintf("%s%s, %.0f s, %d clients, sent %s, received %s", run, now.Phase,
			now.Elapsed.Seconds(), now.Clients, formatNumber(float64(now.Said)), formatNumber(float64(now.Heard))))
	}
}

// show overwrites the previous line. It does without escape sequences, which not every terminal
// has.
func (p *progress) show(line string) {
	runes := []rune(line)
	runes = runes[:min(len(runes), progressWidth)]
	rest := max(0, p.shown-len(runes))
	fmt.Fprintf(p.w, "\r%s%s", string(runes), strings.Repeat(" ", rest))
	p.shown = len(runes) + rest
}

// clear wipes the line.
func (p *progress) clear() {
	if p == nil || p.shown == 0 {
		return
	}
	fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.shown))
	p.shown = 0
}
