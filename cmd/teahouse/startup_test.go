package main

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
)

// Stopping a server that is still starting is not a failure, which a service manager would
// report.
func TestStoppedWhileStarting(t *testing.T) {
	signaller := &textWaiter{text: "connecting to the NATS servers", found: func() {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}}
	code := run([]string{"--data", t.TempDir(), "--listen", "ssh://127.0.0.1:0", "--nats", "nats://127.0.0.1:1"}, signaller, signaller)
	if out := signaller.String(); code != exitOK || strings.Contains(out, "ERRO") || !strings.Contains(out, "stopped while it was starting") {
		t.Errorf("a server that is stopped while it starts exits with %d and logs %s", code, out)
	}
}

// A textWaiter calls a function once a text has been written to it.
type textWaiter struct {
	bytes.Buffer
	text  string
	found func()
}

func (w *textWaiter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.found != nil && strings.Contains(w.String(), w.text) {
		found := w.found
		w.found = nil
		found()
	}
	return n, err
}
