package journal

import "github.com/charmbracelet/log"

// An unreadable counts what cannot be read, of which there may be any number, to tell of it
// once.
type unreadable struct {
	count int
	first error
}

func (u *unreadable) add(err error) {
	if u.count++; u.first == nil {
		u.first = err
	}
}

func (u *unreadable) tell(logger *log.Logger, what string) {
	if u.count > 0 {
		logger.Warn(what, "count", u.count, "first", u.first)
	}
}
