package connlimit

import "golang.org/x/time/rate"

// Limits are the limits of a [Limiter]. A limit of 0 means no limit.
//
// Address and Connects also hold for the IPv6 networks around an address: a /56 may have twice as
// much and a /48 four times, but neither may have more than a quarter of Total. When half of
// Total is taken, an address may have only a quarter of Address, but at least 32.
type Limits struct {
	Address    int // connections at a time from one address, as [netaddr.Address] defines it
	Connects   int // new connections a minute from one address; half of them, but at least one, may come at once
	Handshakes int // connections at a time without a session, in all
	Total      int // connections at a time, in all; there are reservedPlaces more for operators and this machine
	Input      int // bytes a second from one connection; 16 seconds' worth may come at once
}

const (
	// inputBurstSeconds is how many seconds' worth of Input may come at once: by default a
	// megabyte, so that a file that is piped in arrives without delay.
	inputBurstSeconds = 16

	// All connections of an address together may send as fast as one in every fullRateShare of
	// those it may have, but as fast as minFullRate in any case.
	fullRateShare = 32
	minFullRate   = 4

	// minWhenCrowded is how many connections an address may have in any case. When half of all
	// places are taken, the limit of an address drops to a quarter, but not below this: an office
	// still gets in, and it takes many addresses to fill the server.
	minWhenCrowded = 32

	// minHandshakes is how many connections without a session a network may have in any case.
	minHandshakes = 8

	// minInputBurst is the smallest burst: a bucket smaller than one read could never pay for it.
	minInputBurst = maxRead
)

// maxConnections returns how many connections a network may have at a time while so many are
// taken in all, or 0 for any number.
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

// connectLimiter returns the token bucket for new connections from a network, or nil without a
// limit.
func (l Limits) connectLimiter(s network) *rate.Limiter {
	if l.Connects <= 0 {
		return nil
	}
	a := l.Connects * s.multiple // a minute
	return rate.NewLimiter(rate.Limit(float64(a)/60), max(a/2, 1))
}

// maxHandshakes returns how many connections without a session a network may have, or 0 for all
// of them: if addresses are not limited, one address may stand for everybody.
func (l Limits) maxHandshakes(s network) int {
	if l.Address <= 0 || l.Handshakes <= 0 || s.isOverflow() {
		return 0
	}
	return max(l.Handshakes/s.handshakeShare, minHandshakes)
}

// inputLimiter returns the token bucket for one connection's input, or nil without a limit.
func (l Limits) inputLimiter() *rate.Limiter {
	if l.Input <= 0 {
		return nil
	}
	return byteLimiter(l.Input)
}

// sharedInputLimiter returns the token bucket for the input of all connections from a network, or
// nil without a limit.
func (l Limits) sharedInputLimiter(s network) *rate.Limiter {
	if l.Input <= 0 || l.Address <= 0 {
		return nil
	}
	return byteLimiter(l.Input * s.multiple * max(l.Address/fullRateShare, minFullRate))
}

func byteLimiter(bytesPerSecond int) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(bytesPerSecond), max(inputBurstSeconds*bytesPerSecond, minInputBurst))
}

// ReservedFiles is how many file descriptors are reserved for everything but connections.
const ReservedFiles = 128

// FitFiles returns a limit on connections lowered to what a process can have that may open so many
// files. 0 is no limit, or an unknown number of files.
func FitFiles(total, files int) int {
	if total <= 0 || files <= 0 {
		return total
	}
	return max(1, min(total, files-ReservedFiles-reservedPlaces))
}
