package peers

// What the tests of this package see besides what it exports.

func (set *Set) Peers() []*Peer { return set.peers }

func (f *Feed) CountSessions() int { return len(f.sessions) }
