package journal

// An unreadableCount counts unreadable messages, so that any number of them makes one log line.
type unreadableCount struct {
	count int
	first error
}

func (u *unreadableCount) add(err error) {
	if u.count++; u.first == nil {
		u.first = err
	}
}

// fields returns the counts as log fields.
func (u *unreadableCount) fields() []any { return []any{"count", u.count, "first", u.first} }
