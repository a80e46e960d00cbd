package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A server that hangs stops sending heartbeats, so that the service manager restarts it.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hangs := make(chan struct{})
		var tries, beats int
		go heartbeat(ctx, time.Second, func() {
			if tries++; tries > 10 {
				<-hangs
			}
		}, func() { beats++ })
		time.Sleep(time.Minute)
		synctest.Wait()
		if tries != 11 || beats != 10 {
			t.Errorf("%d beats after %d tries; want one for each but the last, in which the server hangs", beats, tries)
		}
		close(hangs)
		cancel()
		synctest.Wait()
	})
}
