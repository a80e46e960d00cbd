package store

import (
	"fmt"
	"sync"

	"github.com/charmbracelet/log"
)

// A serverLog writes what the server in this process says to our log. It is of
// interest to those who look for the cause of something: our own errors have the
// last complaint in them.
type serverLog struct {
	log *log.Logger

	mu        sync.Mutex
	lastError string // the last one
	fatalErr  error  // why the server could not start
}

// fatal returns why the server could not start.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatalErr
}

// explain adds the server's last complaint to an error, which as a rule says no
// more than that no answer came.
func (l *serverLog) explain(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lastError == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, l.lastError)
}

func (l *serverLog) Fatalf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatalErr = fmt.Errorf(format, args...)
}

func (l *serverLog) Errorf(format string, args ...any) {
	complaint := fmt.Sprintf(format, args...)
	l.log.Debug("journal: " + complaint)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastError = complaint
}

func (l *serverLog) Warnf(format string, args ...any) {
	l.log.Debug("journal: " + fmt.Sprintf(format, args...))
}

func (l *serverLog) Noticef(format string, args ...any) {
	l.log.Debug("journal: " + fmt.Sprintf(format, args...))
}

func (l *serverLog) Debugf(string, ...any) {} // not asked for
func (l *serverLog) Tracef(string, ...any) {} // not asked for
