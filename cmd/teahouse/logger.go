package main

import (
	"io"

	"github.com/charmbracelet/log"
)

// logTimeFormat is RFC 3339 with milliseconds, which show the order of events at two nodes.
const logTimeFormat = "2006-01-02T15:04:05.000Z07:00"

// logger returns the logger that the flags ask for. Everything is logged through it. For
// journald, which records the time itself, the text format has none.
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

// level returns the lowest level that is logged.
func (c config) level() log.Level {
	level, err := log.ParseLevel(c.LogLevel)
	if err != nil {
		return log.InfoLevel // kong has validated it
	}
	return level
}
