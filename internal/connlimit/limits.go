package connlimit

import "golang.org/x/time/rate"

// Limits are how many may come in. A field of 0 lifts its limit.
//
// What holds for an address holds for the IPv6 networks around it, too, where a /56 may
// have twice as much and a /48 four times; but neither has more than a quarter of Total. Once
// half of Total is taken an address has no more than a quarter of this, or [crowded].
type Limits struct {
	Address    int // connections at a time from one address, as [room.AddressPrefix] has it
	Connects   int // new connections a minute from one address; half of them, but at least one, may come at once
	Handshakes int // connections at a time, of everybody, that have no session
	Total      int // connections at a time, of everybody; there are [ReservedPlaces] more for some
	Input      int // bytes a second from one connection; see burst, and shared
}

const (
	// inputBurstSeconds is for how many seconds of Input may come at once: a megabyte, as a rule, so
	// that a file that is piped in is there at once.
	inputBurstSeconds = 16

	// fullRateShare is how many of an address's connections, one in so many of those that it may
	// have, may send as fast as one alone, and minFullRate how many may in any case.
	fullRateShare = 32
	minFullRate   = 4

	// minWhenCrowded is how many connections an address may have in any case when half of all
	// places are taken: then a quarter of what it may have otherwise is enough. An office
	// gets in where there is room, and it takes many addresses to fill a house.
	minWhenCrowded = 32

	// minHandshakes is how many places without a session a source may have in any case.
	minHandshakes = 8

	// minInputBurst is at least what may come at once, or a read could not be paid for.
	minInputBurst = maxRead
)

// maxConnections returns how many connections a source may have at a time, where so many places
// are taken, or 0 for as many as it likes.
func (l Limits) maxConnections(s network, taken int) int {
	if s.isOverflow() {
		return 0
	}
	address := l.Address
	if l.Total > 0 && taken >= l.Total/2 {
		address = min(address, max(address/4, minWhenCrowded))
	}
	most := address * s.multiple
	if l.Total > 0 {
		most = min(most, max(address, l.Total/4))
	}
	return most
}

// connectLimiter returns what new connections of a source take tokens of, or nil.
func (l Limits) connectLimiter(s network) *rate.Limiter {
	if l.Connects <= 0 {
		return nil
	}
	a := l.Connects * s.multiple // a minute
	return rate.NewLimiter(rate.Limit(float64(a)/60), max(a/2, 1))
}

// maxHandshakes returns how many connections without a session a source may have, or 0
// where it may have all: where addresses do not count, one may be everybody's.
func (l Limits) maxHandshakes(s network) int {
	if l.Address <= 0 || l.Handshakes <= 0 || s.isOverflow() {
		return 0
	}
	return max(l.Handshakes/s.handshakeShare, minHandshakes)
}

// inputLimiter returns what the bytes of one connection take tokens of, or nil.
func (l Limits) inputLimiter() *rate.Limiter {
	if l.Input <= 0 {
		return nil
	}
	return byteLimiter(l.Input)
}

// sharedInputLimiter returns what the bytes of all connections of a source take tokens of, or nil.
func (l Limits) sharedInputLimiter(s network) *rate.Limiter {
	if l.Input <= 0 || l.Address <= 0 {
		return nil
	}
	return byteLimiter(l.Input * s.multiple * max(l.Address/fullRateShare, minFullRate))
}

func byteLimiter(second int) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(second), max(inputBurstSeconds*second, minInputBurst))
}
