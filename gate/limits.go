package gate

import "golang.org/x/time/rate"

// Limits are how many may come in. A field of 0 lifts its limit.
//
// What holds for an address holds for the IPv6 networks around it, too, where a /56 may
// have twice as much and a /48 four times; but neither has more than a quarter of Total. Once
// half of Total is taken an address has no more than a quarter of this, or [crowded].
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
	// have, may send as fast as one alone, and fewestFast how many may in any case.
	fast       = 32
	fewestFast = 4

	// crowded is how many connections an address may have in any case when half of all
	// places are taken: then a quarter of what it may have otherwise is enough. An office
	// gets in where there is room, and it takes many addresses to fill a house.
	crowded = 32

	// fewest is how many places without a session a source may have in any case.
	fewest = 8

	// leastBurst is at least what may come at once, or a read could not be paid for.
	leastBurst = maxRead
)

// connections returns how many connections a source may have at a time, where so many places
// are taken, or 0 for as many as it likes.
func (l Limits) connections(s source, taken int) int {
	if s.isOthers() {
		return 0
	}
	address := l.Address
	if l.Total > 0 && taken >= l.Total/2 {
		address = min(address, max(address/4, crowded))
	}
	most := address * s.times
	if l.Total > 0 {
		most = min(most, max(address, l.Total/4))
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
	return bytesOf(l.Input * s.times * max(l.Address/fast, fewestFast))
}

func bytesOf(second int) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(second), max(burst*second, leastBurst))
}
