package gate

import "golang.org/x/time/rate"

// Limits are how many may come in. A field of 0 lifts its limit.
//
// What holds for an address holds for the IPv6 networks around it, too, where a /56 may
// have 4 times as much and a /48 16 times; but neither has more than a quarter of Total.
type Limits struct {
	Address    int // connections at a time from one address, as [room.Source] has it
	Connects   int // new connections a minute from one address; half of them, but at least one, may come at once
	Handshakes int // connections at a time, of everybody, that have no session
	Total      int // connections at a time, of everybody; there are [Kept] more for some
	Input      int // bytes a second from one connection; see burst, and shared
}

const (
	// burst is for how many seconds of Input may come at once: a megabyte, as a rule, so
	// that a file that is piped in is there at once.
	burst = 16

	// fast is how many of an address's connections, one in so many of those that it may
	// have, may send as fast as one alone.
	fast = 8

	// fewest is how many places without a session a source may have in any case.
	fewest = 8

	// leastBurst is at least what may come at once, or a read could not be paid for.
	leastBurst = maxRead
)

// connections returns how many connections a source may have at a time, or 0 for as many
// as it likes.
func (l Limits) connections(s source) int {
	if s.isOthers() {
		return 0
	}
	most := l.Address * s.times
	if l.Total > 0 {
		most = min(most, max(l.Address, l.Total/4))
	}
	return most
}

// connects returns what new connections of a source take tokens of, or nil.
func (l Limits) connects(s source) *rate.Limiter {
	if l.Connects <= 0 {
		return nil
	}
	a := l.Connects * s.times // a minute
	return rate.NewLimiter(rate.Limit(float64(a)/60), max(a/2, 1))
}

// handshakes returns how many connections without a session a source may have, or 0
// where it may have all: where addresses do not count, one may be everybody's.
func (l Limits) handshakes(s source) int {
	if l.Address <= 0 || l.Handshakes <= 0 || s.isOthers() {
		return 0
	}
	return max(l.Handshakes/s.share, fewest)
}

// input returns what the bytes of one connection take tokens of, or nil.
func (l Limits) input() *rate.Limiter {
	if l.Input <= 0 {
		return nil
	}
	return bytesOf(l.Input)
}

// shared returns what the bytes of all connections of a source take tokens of, or nil.
func (l Limits) shared(s source) *rate.Limiter {
	if l.Input <= 0 || l.Address <= 0 {
		return nil
	}
	return bytesOf(l.Input * s.times * max(l.Address/fast, 1))
}

func bytesOf(second int) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(second), max(burst*second, leastBurst))
}
