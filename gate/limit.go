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
	byConnects   limit = "connects"
	byHandshakes limit = "handshakes"
)

// warnPause is the time between two warnings of one limit.
const warnPause = time.Minute

// refusal is what is said to those for whom a limit is reached.
func (l Limits) refusal(by limit) *room.Refusal {
	switch by {
	case byAddress:
		return &room.Refusal{Phrase: TooManyHere, Args: []any{l.Address}}
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
		g.Log.Debug("handshake displaced by a newcomer", "addr", c.RemoteAddr(), "after", time.Since(c.began))
	}
}
