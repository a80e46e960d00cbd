//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifySIGHUP returns a channel that receives a signal for each SIGHUP.
func notifySIGHUP() (asked <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}
