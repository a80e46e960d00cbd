package connlimit

import (
	"net"
	"time"

	"teahouse/internal/reply"
)

// A limitName names one of the [Limits] in logs and metrics.
type limitName string

const (
	limitTotal      limitName = "total"
	limitAddress    limitName = "address"
	limitNetwork    limitName = "network"
	limitConnects   limitName = "connects"
	limitHandshakes limitName = "handshakes"
)

// warnInterval is the least time between two warnings of one limit.
const warnInterval = time.Minute

// A violation says which limit a new connection exceeds, and its value if it is a number of
// connections at a time. The zero value means none.
type violation struct {
	limit limitName
	max   int
}

// check checks a new connection against the limits of one of its networks, while so many
// connections are taken in all.
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

// refusal returns what the client is told.
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

// A refusalCount counts the refusals of one limit.
type refusalCount struct {
	sinceWarning int
	lastWarning  time.Time
	total        uint64
}

// countRefusalLocked counts a refusal. If a warning is due, it returns the number of refusals
// since the last one, and otherwise 0.
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

// logRefused logs one refusal, and a warning if refusals is not 0.
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
