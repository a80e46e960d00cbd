package store

import (
	"fmt"
	"sync"

	"github.com/charmbracelet/log"
)

// A serverLog writes the embedded server's log messages to ours, for those who look for a cause;
// our own errors already include the server's last complaint.
type serverLog struct {
	log *log.Logger

	mu        sync.Mutex
	lastError string // last error logged
	fatalErr  error  // why the server could not start
}

// fatal returns why the server could not start.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatalErr
}

// explain adds the server's last complaint to an error, which usually says only that no answer
// came.
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

func (l *serverLog) Debugf(string, ...any) {} // not wanted
func (l *serverLog) Tracef(string, ...any) {} // not wanted
