package journal

import (
	"fmt"
	"sync"

	"github.com/charmbracelet/log"
)

// A serverLog writes what the server in this process says to our log. Most of
// it is of no interest to anybody but its developers.
type serverLog struct {
	log *log.Logger

	mu    sync.Mutex
	cause error // of the server's end
}

// fatal returns why the server could not start.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

func (l *serverLog) Fatalf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cause = fmt.Errorf(format, args...)
}

func (l *serverLog) Errorf(format string, args ...any) {
	l.log.Warn("journal: " + fmt.Sprintf(format, args...))
}

func (l *serverLog) Warnf(format string, args ...any) {
	l.log.Debug("journal: " + fmt.Sprintf(format, args...))
}

func (l *serverLog) Noticef(format string, args ...any) {
	l.log.Debug("journal: " + fmt.Sprintf(format, args...))
}

func (l *serverLog) Debugf(string, ...any) {} // not asked for
func (l *serverLog) Tracef(string, ...any) {} // not asked for
