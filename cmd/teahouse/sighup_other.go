//go:build !unix

package main

import "os"

// notifySIGHUP returns nil: this system has no such signal. Key files are still read when they
// change.
func notifySIGHUP() (asked <-chan os.Signal, stop func()) { return nil, func() {} }
