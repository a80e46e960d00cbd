package connlimit

import (
	"net"
	"time"

	"teahouse/internal/reply"
)

// A limitName is which of the [Limits] a newcomer is held against, as logs name it.
type limitName string

const (
	limitTotal      limitName = "total"
	limitAddress    limitName = "address"
	limitNetwork    limitName = "network"
	limitConnects   limitName = "connects"
	limitHandshakes limitName = "handshakes"
)

// warnInterval is the time between two warnings of one limit.
const warnInterval = time.Minute

// A violation says which limit holds a newcomer back, and how many there may be where that is
// one of connections at a time. The zero value is none.
type violation struct {
	limit limitName
	max   int
}

// check holds a newcomer against the limits of one of its sources, where so many places are
// taken.
func (l Limits) check(a *usage, taken int, now time.Time) violation {
	switch most := l.maxConnections(a.network, taken); {
	case most > 0 && a.conns >= most && a.multiple > 1:
		return violation{limitNetwork, most}
	case most > 0 && a.conns >= most:
		return violation{limitAddress, most}
	case a.connects != nil && a.connects.TokensAt(now) < 1:
		return violation{limit: limitConnects}
	}
	return violation{}
}

// refusal is what is said to who is held back.
func (v violation) refusal() *reply.Refusal {
	switch v.limit {
	case limitAddress:
		return &reply.Refusal{Code: TooManyFromAddress, Args: []any{v.max}}
	case limitNetwork:
		return &reply.Refusal{Code: TooManyFromNetwork, Args: []any{v.max}}
	case limitConnects:
		return &reply.Refusal{Code: TooManyConnects}
	case limitHandshakes:
		return &reply.Refusal{Code: TooManyHandshakes}
	default:
		return &reply.Refusal{Code: ServerFull}
	}
}

// A refusalCount counts what a limit refuses: between two warnings, and ever.
type refusalCount struct {
	sinceWarning int
	lastWarning  time.Time
	total        uint64
}

// countRefusalLocked counts a refusal. It returns how many there were since the last
// warning when it is time for the next one, and else 0.
func (lim *Limiter) countRefusalLocked(by limitName, now time.Time) int {
	t := lim.refusalCounts[by]
	if t == nil {
		if lim.refusalCounts == nil {
			lim.refusalCounts = map[limitName]*refusalCount{}
		}
		t = &refusalCount{}
		lim.refusalCounts[by] = t
	}
	t.sinceWarning++
	t.total++
	if !t.lastWarning.IsZero() && now.Sub(t.lastWarning) < warnInterval {
		return 0
	}
	n := t.sinceWarning
	t.sinceWarning, t.lastWarning = 0, now
	return n
}

// logRefused logs one refusal, and the warning if there were any since the
// last one. Bans are no cause for that: they were wanted.
func (lim *Limiter) logRefused(conn net.Conn, by limitName, refusals int) {
	if lim.Log == nil {
		return
	}
	lim.Log.Debug("connection refused", "addr", conn.RemoteAddr(), "limit", by)
	if refusals > 0 {
		lim.Log.Warn("connections are refused", "limit", by, "count", refusals)
	}
}

func (lim *Limiter) logDisplaced(c *Conn) {
	if lim.Log != nil {
		lim.Log.Debug("connection without a session displaced by a newcomer", "addr", c.RemoteAddr(), "after", time.Since(c.since))
	}
}
