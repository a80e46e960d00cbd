package journal

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

// fields are what the log says of them.
func (u *unreadable) fields() []any { return []any{"count", u.count, "first", u.first} }
