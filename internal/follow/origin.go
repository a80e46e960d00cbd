package follow

import (
	"strconv"
	"time"

	"teahouse/internal/duration"
	"teahouse/internal/reply"
	"teahouse/room"
)

const (
	// lastRead asks for what came after the read marker.
	lastRead = "last"

	// minLineIDDigits is the length of the shortest number that counts as the time of a line, in
	// nanoseconds since 1970, as programs pass it back.
	minLineIDDigits = 16
)

// An origin is where somebody wants to begin.
type origin struct {
	now   bool      // nothing earlier is wanted
	after time.Time // otherwise, what was said after this is wanted
	exact bool      // and nothing of it may be missing without a warning
}

// parseOrigin parses what s gave as the moment after which it wants to read.
func parseOrigin(st *room.State, s *room.Session, since string) (origin, error) {
	switch since {
	case "":
		return origin{now: true}, nil
	case lastRead:
		if s.Person == "" {
			return origin{}, reply.Refuse(reply.NeedKey)
		}
		if m := st.ReadMarkers.Get(markerKey(s)); m != nil && !m.At.IsZero() {
			return origin{after: m.At, exact: true}, nil
		}
		return origin{now: true}, nil
	}
	if id, err := strconv.ParseInt(since, 10, 64); err == nil && len(since) >= minLineIDDigits {
		return origin{after: time.Unix(0, id), exact: true}, nil
	}
	at, err := duration.ParseSince(since, time.Now())
	if err != nil {
		return origin{}, reply.Refuse(reply.InvalidTime)
	}
	return origin{after: at.Add(-1)}, nil
}
