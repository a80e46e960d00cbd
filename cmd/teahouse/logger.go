package main

import (
	"io"

	"github.com/charmbracelet/log"
)

// logTimeFormat is how the log writes when something happened: as RFC 3339 has it, to the
// millisecond, since the order of what two nodes logged is told by that.
const logTimeFormat = "2006-01-02T15:04:05.000Z07:00"

// logger returns the logger that the flags ask for. All that is logged leaves by it. Text has
// no time where journald, which notes it to the microsecond, would show it a second time.
func (c config) logger(w io.Writer) *log.Logger {
	options := log.Options{Level: c.level(), ReportTimestamp: true, TimeFormat: logTimeFormat}
	if c.LogFormat == "json" {
		options.Formatter = log.JSONFormatter
	} else if _, ok := w.(journaldWriter); ok {
		options.ReportTimestamp = false
	}
	if c.LogMask {
		w = maskingWriter{w}
	}
	return log.NewWithOptions(w, options)
}

// level returns what is logged, and what is graver.
func (c config) level() log.Level {
	level, err := log.ParseLevel(c.LogLevel)
	if err != nil {
		return log.InfoLevel // kong let it pass, so it is one of ours
	}
	return level
}
