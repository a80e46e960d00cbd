package journal

// An unreadableCount counts what cannot be read, of which there may be any number, to tell of it
// once.
type unreadableCount struct {
	count int
	first error
}

func (u *unreadableCount) add(err error) {
	if u.count++; u.first == nil {
		u.first = err
	}
}

// fields are what the log says of them.
func (u *unreadableCount) fields() []any { return []any{"count", u.count, "first", u.first} }
