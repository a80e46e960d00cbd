package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/lipgloss"
)

// doctorTimeout is how long all checks together may take.
const doctorTimeout = time.Minute

// A severity says how good what was found is.
type severity int

const (
	severityOK      severity = iota
	severityWarning          // it works, and may not be what was meant
	severityError            // it does not work, or is dangerous
)

func (s severity) String() string { return [...]string{"ok", "look", "wrong"}[s] }

// A finding is a sentence about the house, and what to do where something is to be
// done.
type finding struct {
	severity severity
	text     string
}

// newFinding returns one finding. Errors in it are told in words.
func newFinding(m severity, format string, args ...any) []finding {
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			args[i] = userMessage(err)
		}
	}
	return []finding{{m, fmt.Sprintf(format, args...)}}
}

// A doctor looks at what a house needs, and changes nothing.
type doctor struct {
	config
	dirUnusable       bool // the data directory cannot be used, and that is all to be said of it
	dirInUse          bool // a house that runs has the data directory
	natsFilesUnusable bool // the files for the NATS servers cannot be used, so there is no use in asking those
}

// checks lists what is looked at, in this order: whether the data directory
// can be used is to be known before what is in it, and who has it before the doors.
func (d *doctor) checks() []func(context.Context) []finding {
	return []func(context.Context) []finding{
		d.checkConfig, d.checkEnvironment, d.checkDataDir, d.checkHostKey, d.checkDiskSpace, d.checkStore, d.checkNATSFiles, d.checkNATSServers, d.checkLocalStore,
		d.checkDoors, d.checkKeys, d.checkOpenFiles, checkClock,
	}
}

// runDoctor does all checks, writes what they found to w, and returns the exit code.
func runDoctor(c config, w io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), doctorTimeout)
	defer cancel()
	d := &doctor{config: c}
	code := exitOK
	for _, check := range d.checks() {
		code = max(code, printFindings(w, check(ctx)))
	}
	return code
}

// printFindings writes findings, one on each line, in colours where w is a terminal and
// NO_COLOR is not set. The exit code says whether something is wrong.
func printFindings(w io.Writer, findings []finding) (code int) {
	style := lipgloss.NewRenderer(w).NewStyle().Width(len("wrong") + 1)
	colours := map[severity]lipgloss.Color{severityOK: "2", severityWarning: "3", severityError: "1"}
	for _, f := range findings {
		fmt.Fprintf(w, "%s%s\n", style.Foreground(colours[f.severity]).Render(f.severity.String()), f.text)
		if f.severity == severityError {
			code = exitFailed
		}
	}
	return code
}

// checkConfig tells where the configuration is from. That it is valid is known
// by now.
func (d *doctor) checkConfig(context.Context) []finding {
	if d.Config == "" {
		return newFinding(severityOK, "The flags and the environment are valid; there is no configuration file.")
	}
	if f := checkFileMode("The configuration file", d.Config); f != nil {
		return f
	}
	return newFinding(severityOK, "The configuration file %s, the environment and the flags are valid.", d.Config)
}
