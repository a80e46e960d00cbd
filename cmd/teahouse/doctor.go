package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"teahouse/internal/cli"

	"github.com/charmbracelet/lipgloss"
)

// doctorTimeout is how long all checks together may take.
const doctorTimeout = time.Minute

// A severity says how bad a finding is.
type severity int

const (
	severityOK      severity = iota
	severityWarning          // it works, but may not be what was intended
	severityError            // it does not work, or is dangerous
)

func (s severity) String() string { return [...]string{"ok", "look", "wrong"}[s] }

// A finding is a sentence about the server, with what to do if something is wrong.
type finding struct {
	severity severity
	text     string
}

// newFinding returns one finding. Errors among the arguments are formatted for users.
func newFinding(m severity, format string, args ...any) []finding {
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			args[i] = cli.UserMessage(err)
		}
	}
	return []finding{{m, fmt.Sprintf(format, args...)}}
}

// A doctor checks what a server needs, and changes nothing.
type doctor struct {
	config
	dirUnusable       bool // the data directory cannot be used, which has been reported
	dirInUse          bool // a running server uses the data directory
	natsFilesUnusable bool // the files for the NATS servers cannot be used, so asking the servers is pointless
}

// checks returns the checks in order. Whether the data directory can be used must be known before
// its contents are checked, and who uses it before the listeners are.
func (d *doctor) checks() []func(context.Context) []finding {
	return []func(context.Context) []finding{
		d.checkConfig, d.checkEnvironment, d.checkDataDir, d.checkHostKey, d.checkDiskSpace, d.checkStore, d.checkNATSFiles, d.checkNATSServers, d.checkLocalStore,
		d.checkDoors, d.checkKeys, d.checkOpenFiles, checkClock,
	}
}

// runDoctor runs all checks, writes their findings to w, and returns the exit code.
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

// printFindings writes findings, one on each line, in colour if w is a terminal and NO_COLOR is
// not set. It returns exitFailed if something is wrong.
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

// checkConfig says where the configuration comes from. It has been validated by now.
func (d *doctor) checkConfig(context.Context) []finding {
	if d.Config == "" {
		return newFinding(severityOK, "The flags and the environment are valid; there is no configuration file.")
	}
	if f := checkFileMode("The configuration file", d.Config); f != nil {
		return f
	}
	return newFinding(severityOK, "The configuration file %s, the environment and the flags are valid.", d.Config)
}
