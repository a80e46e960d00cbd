package doctor

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/lipgloss"

	"teahouse/internal/cli"
	"teahouse/journal"
)

// timeout is how long all checks together may take.
const timeout = time.Minute

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

// A Config is what a server would be started with.
type Config struct {
	File        string         // the configuration file; "" if there is none
	UnknownVars []string       // variables in the environment that look like a flag's, and are not
	Journal     journal.Config // where the data is
	KeyFiles    []File         // the lists of keys
	NATSFiles   []File         // the files that Journal.NATSOptions make the client use
	Addresses   []Address      // where the server listens
	Connections int            // how many connections it is to take at a time; 0 means no limit
}

// A File is the value of a flag that names a file; Path is "" if the flag is not set.
type File struct{ Flag, Path string }

// An Address is one at which a server listens.
type Address struct {
	What     string // what for, as in "the metrics"
	Flag     string // the flag that sets it
	HostPort string
}

// A doctor makes the checks, and remembers what later ones need to know of earlier ones.
type doctor struct {
	Config
	dirUnusable       bool // the data directory cannot be used, which has been reported
	dirInUse          bool // a running server uses the data directory
	natsFilesUnusable bool // the files for the NATS servers cannot be used, so asking the servers is pointless
}

// checks returns the checks in order. Whether the data directory can be used must be known before
// its contents are checked, and who uses it before the listeners are.
func (d *doctor) checks() []func(context.Context) []finding {
	return []func(context.Context) []finding{
		d.checkConfig, d.checkEnvironment, d.checkDataDir, d.checkHostKey, d.checkDiskSpace, d.checkStore, d.checkNATSFiles, d.checkNATSServers, d.checkLocalStore,
		d.checkAddresses, d.checkKeys, d.checkOpenFiles, checkClock,
	}
}

// Run makes all checks, which takes a minute at most, and writes what it finds to w, a line each. It
// reports whether nothing is wrong.
func Run(c Config, w io.Writer) (ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	d := &doctor{Config: c}
	ok = true
	for _, check := range d.checks() {
		ok = printFindings(w, check(ctx)) && ok
	}
	return ok
}

// printFindings writes findings, one on each line, in colour if w is a terminal and NO_COLOR is
// not set. It reports whether nothing is wrong.
func printFindings(w io.Writer, findings []finding) (ok bool) {
	style := lipgloss.NewRenderer(w).NewStyle().Width(len("wrong") + 1)
	colours := map[severity]lipgloss.Color{severityOK: "2", severityWarning: "3", severityError: "1"}
	ok = true
	for _, f := range findings {
		fmt.Fprintf(w, "%s%s\n", style.Foreground(colours[f.severity]).Render(f.severity.String()), f.text)
		ok = ok && f.severity != severityError
	}
	return ok
}

// checkConfig says where the configuration comes from. It has been validated by now.
func (d *doctor) checkConfig(context.Context) []finding {
	if d.File == "" {
		return newFinding(severityOK, "The flags and the environment are valid; there is no configuration file.")
	}
	if f := checkFileMode("The configuration file", d.File); f != nil {
		return f
	}
	return newFinding(severityOK, "The configuration file %s, the environment and the flags are valid.", d.File)
}

// checkEnvironment reports variables without effect.
func (d *doctor) checkEnvironment(context.Context) (findings []finding) {
	for _, name := range d.UnknownVars {
		findings = append(findings, newFinding(severityWarning, "%s is in the environment, but teahouse reads no such variable; correct or remove it: teahouse man lists all.", name)...)
	}
	return findings
}
