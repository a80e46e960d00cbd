package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/log"

	"teahouse/keys"
)

// A keyFile is the file of keys that a flag names. It is read again when it
// changes, and another may take its place. Any goroutine may ask for keys; the rest
// is for one at a time.
type keyFile struct {
	flag       string
	log        *log.Logger
	background *sync.WaitGroup
	onChange   func() // is called when there are other keys; may be nil

	keys atomic.Pointer[keys.List]
	path string // "" is none, with no keys
	stop func() // the watch over the file; nil where there is none
}

// newKeyFile returns a keyFile without a file. Its watches are among watching.
func newKeyFile(flag string, log *log.Logger, watching *sync.WaitGroup) *keyFile {
	f := &keyFile{flag: flag, log: log, background: watching}
	f.keys.Store(&keys.List{})
	return f
}

// has reports whether a key is in the file.
func (f *keyFile) has(fingerprint string) bool { return f.keys.Load().Has(fingerprint) }

// len returns how many keys are in the file.
func (f *keyFile) len() int { return f.keys.Load().Len() }

// prepare returns what puts the keys of a file in force, and watches over it until ctx
// is done. Where it is the file of before that has it read again. An error changes
// nothing.
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

// reload has the file read at once.
func (f *keyFile) reload() {
	if f.stop != nil {
		f.keys.Load().Reload()
	}
}

// set puts keys in force, and watches over the file that they are of.
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

// logReload logs what came of reading the file again.
func (f *keyFile) logReload(l *keys.List, err error) {
	if err != nil {
		f.log.Error("a file of keys cannot be read; the keys of before stay", "flag", f.flag, "err", userMessage(err))
		return
	}
	f.log.Info("a file of keys was read again", "flag", f.flag, "keys", l.Len())
	if f.onChange != nil {
		f.onChange()
	}
}
