package logging

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/coreos/go-systemd/v22/journal"
)

// Stderr returns the writer for the log and for errors of the command line: standard error, with
// priorities if systemd's journal reads it.
func Stderr() io.Writer {
	if direct, err := journal.StderrIsJournalStream(); err == nil && direct {
		return journaldWriter{os.Stderr}
	}
	return os.Stderr
}

// A journaldWriter writes to standard error when systemd's journal reads it. Each line begins
// with its priority, as described in sd-daemon(3), so that journalctl -p works. Each Write is one
// message.
type journaldWriter struct{ io.Writer }

// levelPattern matches the level of a message in either format of the log. A command's error
// begins with the program's name instead.
var levelPattern = regexp.MustCompile(`^(?:\{"time":"[^"]*","level":")?(DEBU|debug|INFO|info|WARN|warn|ERRO|error|teahouse:)[ "]`)

func priorityOf(message []byte) journal.Priority {
	found := levelPattern.FindSubmatch(message)
	if found == nil {
		return journal.PriInfo
	}
	switch string(found[1]) {
	case "DEBU", "debug":
		return journal.PriDebug
	case "WARN", "warn":
		return journal.PriWarning
	case "ERRO", "error", "teahouse:":
		return journal.PriErr
	}
	return journal.PriInfo
}

func (w journaldWriter) Write(message []byte) (int, error) {
	priority := priorityOf(message)
	var lines bytes.Buffer
	for line := range bytes.Lines(message) {
		fmt.Fprintf(&lines, "<%d>%s", priority, line)
	}
	if _, err := w.Writer.Write(lines.Bytes()); err != nil {
		return 0, err
	}
	return len(message), nil
}
