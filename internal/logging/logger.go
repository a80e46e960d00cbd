package logging

import (
	"io"

	"github.com/charmbracelet/log"
)

// timeFormat is RFC 3339 with milliseconds, which show the order of events at two nodes.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// Options say what is logged, and how.
type Options struct {
	Level         log.Level // and above
	JSON          bool
	MaskAddresses bool // shorten addresses to their networks
}

// New returns a logger. For journald, which records the time itself, the text format has none.
func New(w io.Writer, o Options) *log.Logger {
	options := log.Options{Level: o.Level, ReportTimestamp: true, TimeFormat: timeFormat}
	if o.JSON {
		options.Formatter = log.JSONFormatter
	} else if _, ok := w.(journaldWriter); ok {
		options.ReportTimestamp = false
	}
	if o.MaskAddresses {
		w = maskingWriter{w}
	}
	return log.NewWithOptions(w, options)
}
