package gate

import (
	"net"
	"time"

	"teahouse/room"
)

// A limit is which of the [Limits] a newcomer is held against, as logs name it.
type limit string

const (
	byTotal      limit = "total"
	byAddress    limit = "address"
	byNetwork    limit = "network"
	byConnects   limit = "connects"
	byHandshakes limit = "handshakes"
)

// warnPause is the time between two warnings of one limit.
const warnPause = time.Minute

// A held says which limit holds a newcomer back, and how many there may be where that is
// one of connections at a time. The zero value is none.
type held struct {
	by   limit
	most int
}

// hold holds a newcomer against the limits of one of its sources, where so many places are
// taken.
func (l Limits) hold(a *address, taken int, now time.Time) held {
	switch most := l.connections(a.source, taken); {
	case most > 0 && a.conns >= most && a.times > 1:
		return held{byNetwork, most}
	case most > 0 && a.conns >= most:
		return held{byAddress, most}
	case a.bucket != nil && a.bucket.TokensAt(now) < 1:
		return held{by: byConnects}
	}
	return held{}
}

// refusal is what is said to who is held back.
func (h held) refusal() *room.Refusal {
	switch h.by {
	case byAddress:
		return &room.Refusal{Phrase: TooManyHere, Args: []any{h.most}}
	case byNetwork:
		return &room.Refusal{Phrase: TooManyNear, Args: []any{h.most}}
	case byConnects:
		return &room.Refusal{Phrase: TooFast}
	case byHandshakes:
		return &room.Refusal{Phrase: TooBusy}
	default:
		return &room.Refusal{Phrase: Full}
	}
}

// A tally counts what a limit refuses: between two warnings, and ever.
type tally struct {
	refused int
	warned  time.Time
	ever    uint64
}

// tallyLocked counts a refusal. It returns how many there were since the last
// warning when it is time for the next one, and else 0.
func (g *Gate) tallyLocked(by limit, now time.Time) int {
	t := g.tallies[by]
	if t == nil {
		if g.tallies == nil {
			g.tallies = map[limit]*tally{}
		}
		t = &tally{}
		g.tallies[by] = t
	}
	t.refused++
	t.ever++
	if !t.warned.IsZero() && now.Sub(t.warned) < warnPause {
		return 0
	}
	n := t.refused
	t.refused, t.warned = 0, now
	return n
}

// logRefused logs one refusal, and the warning if there were any since the
// last one. Bans are no cause for that: they were wanted.
func (g *Gate) logRefused(conn net.Conn, by limit, refusals int) {
	if g.Log == nil {
		return
	}
	g.Log.Debug("connection refused", "addr", conn.RemoteAddr(), "limit", by)
	if refusals > 0 {
		g.Log.Warn("connections are refused", "limit", by, "count", refusals)
	}
}

func (g *Gate) logDisplaced(c *Conn) {
	if g.Log != nil {
		g.Log.Debug("connection without a session displaced by a newcomer", "addr", c.RemoteAddr(), "after", time.Since(c.since))
	}
}
