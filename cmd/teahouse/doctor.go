package main

import (
	"io"
	"os"

	"github.com/charmbracelet/log"

	"teahouse/internal/doctor"
)

// runDoctor checks what a server with this configuration needs, and returns the exit code.
func runDoctor(c config, w io.Writer) int {
	if !doctor.Run(c.doctorConfig(), w) {
		return exitFailed
	}
	return exitOK
}

// doctorConfig returns what the doctor is to check.
func (c config) doctorConfig() doctor.Config {
	d := doctor.Config{
		File:        c.Config,
		UnknownVars: c.unknownVars(os.Environ()),
		Journal:     c.journalConfig(log.New(io.Discard)),
		KeyFiles:    []doctor.File{{Flag: "--operators", Path: c.Operators}, {Flag: "--allow", Path: c.Allow}},
	}
	for _, file := range c.NatsCredentials.list() {
		d.NATSFiles = append(d.NATSFiles, doctor.File{Flag: file.flag, Path: file.path})
	}
	addresses, _ := c.listenURLs() // which check has parsed before
	for _, a := range addresses {
		d.Addresses = append(d.Addresses, doctor.Address{What: "the " + a.scheme + " door", Flag: "--listen", HostPort: a.hostPort})
	}
	if c.Metrics != "" {
		d.Addresses = append(d.Addresses, doctor.Address{What: "the metrics", Flag: "--metrics", HostPort: c.Metrics})
	}
	if c.Pprof != "" {
		d.Addresses = append(d.Addresses, doctor.Address{What: "the profiles", Flag: "--pprof", HostPort: c.Pprof})
	}
	if c.Limits == "on" {
		d.Connections = c.Limit.Connections
	}
	return d
}
