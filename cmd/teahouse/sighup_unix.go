//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifySIGHUP returns where a signal comes in for each time that the house is asked to
// read its files again.
func notifySIGHUP() (asked <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}
