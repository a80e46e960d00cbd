package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/log"

	"teahouse/internal/cli"
	"teahouse/internal/ids"
	"teahouse/keys"
)

// A keyFile is the key file that a flag names. It is read again when it changes, and can be
// replaced by another. Any goroutine may ask for keys; the other methods must not be called
// concurrently.
type keyFile struct {
	flag       string
	log        *log.Logger
	background *sync.WaitGroup
	onChange   func() // called when the keys have changed; may be nil

	keys atomic.Pointer[keys.List]
	path string // "" if there is none
	stop func() // stops watching the file; nil without a file
}

// newKeyFile returns a keyFile without a file. The goroutines that watch it are counted in
// background.
func newKeyFile(flag string, log *log.Logger, background *sync.WaitGroup) *keyFile {
	f := &keyFile{flag: flag, log: log, background: background}
	f.keys.Store(&keys.List{})
	return f
}

// has reports whether a key is in the file.
func (f *keyFile) has(fingerprint ids.Fingerprint) bool { return f.keys.Load().Has(fingerprint) }

// len returns the number of keys in the file.
func (f *keyFile) len() int { return f.keys.Load().Len() }

// prepare reads a key file and returns a function that puts its keys in force and watches it
// until ctx is done. For the same file as before, that function reads it again. After an error
// nothing has changed.
func (f *keyFile) prepare(ctx context.Context, file string) (use func(), err error) {
	switch file {
	case f.path:
		return f.reload, nil
	case "":
		return func() { f.set(ctx, "", &keys.List{}) }, nil
	}
	l, err := keys.ReadList(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.flag, err)
	}
	return func() { f.set(ctx, file, l) }, nil
}

// reload reads the file at once.
func (f *keyFile) reload() {
	if f.stop != nil {
		f.keys.Load().Reload()
	}
}

// set puts keys in force, and watches their file.
func (f *keyFile) set(ctx context.Context, file string, l *keys.List) {
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
	f.path = file
	f.keys.Store(l)
	if f.onChange != nil {
		f.onChange()
	}
	if file == "" {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	f.stop = func() {
		cancel()
		<-ended
	}
	f.background.Go(func() {
		defer close(ended)
		l.Watch(ctx, func(err error) { f.logReload(l, err) })
	})
}

// logReload logs the result of reading the file again.
func (f *keyFile) logReload(l *keys.List, err error) {
	if err != nil {
		f.log.Error("a key file cannot be read; the previous keys stay in force", "flag", f.flag, "err", cli.UserMessage(err))
		return
	}
	f.log.Info("a key file was reloaded", "flag", f.flag, "keys", l.Len())
	if f.onChange != nil {
		f.onChange()
	}
}
