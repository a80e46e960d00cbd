package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/lipgloss"
)

// doctorTime is how long all checks together may take.
const doctorTime = time.Minute

// A mark says how good what was found is.
type mark int

const (
	fine  mark = iota
	look       // it works, and may not be what was meant
	wrong      // it does not work, or is dangerous
)

func (m mark) String() string { return [...]string{"ok", "look", "wrong"}[m] }

// A finding is a sentence about the house, and what to do where something is to be
// done.
type finding struct {
	mark mark
	says string
}

// found returns one finding. Errors in it are told in words.
func found(m mark, format string, args ...any) []finding {
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			args[i] = inWords(err)
		}
	}
	return []finding{{m, fmt.Sprintf(format, args...)}}
}

// A doctor looks at what a house needs, and changes nothing.
type doctor struct {
	config
	barred   bool // the data directory cannot be used, and that is all to be said of it
	held     bool // a house that runs has the data directory
	stranger bool // the files for the NATS servers cannot be used, so there is no use in asking those
}

// checks lists what is looked at, in this order: whether the data directory
// can be used is to be known before what is in it, and who has it before the doors.
func (d *doctor) checks() []func(context.Context) []finding {
	return []func(context.Context) []finding{
		d.checkConfig, d.checkEnvironment, d.checkData, d.checkHostKey, d.checkSpace, d.checkStore, d.checkNATSFiles, d.checkServers, d.checkOwn,
		d.checkDoors, d.checkKeys, d.checkFiles, checkClock,
	}
}

// examine does all checks, writes what they found to w, and returns the exit code.
func examine(c config, w io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), doctorTime)
	defer cancel()
	d := &doctor{config: c}
	code := exitOK
	for _, check := range d.checks() {
		code = max(code, report(w, check(ctx)))
	}
	return code
}

// report writes findings, one on each line, in colours where w is a terminal and
// NO_COLOR is not set. The exit code says whether something is wrong.
func report(w io.Writer, findings []finding) (code int) {
	style := lipgloss.NewRenderer(w).NewStyle().Width(len("wrong") + 1)
	colours := map[mark]lipgloss.Color{fine: "2", look: "3", wrong: "1"}
	for _, f := range findings {
		fmt.Fprintf(w, "%s%s\n", style.Foreground(colours[f.mark]).Render(f.mark.String()), f.says)
		if f.mark == wrong {
			code = exitFailed
		}
	}
	return code
}

// checkConfig tells where the configuration is from. That it is valid is known
// by now.
func (d *doctor) checkConfig(context.Context) []finding {
	if d.Config == "" {
		return found(fine, "The flags and the environment are valid; there is no configuration file.")
	}
	if f := writableByOthers("The configuration file", d.Config); f != nil {
		return f
	}
	return found(fine, "The configuration file %s, the environment and the flags are valid.", d.Config)
}
