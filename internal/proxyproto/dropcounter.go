package proxyproto

import "sync/atomic"

// DropCounter counts the connections that listeners have dropped, since its zero value.
type DropCounter struct{ late, malformed, noClient, displaced atomic.Uint64 }

// Counts returns how many there were, by reason: all four are in it. Those that were
// closed before they sent anything are not counted, since that is how the plainest of
// health checks do it.
func (d *DropCounter) Counts() map[string]uint64 {
	return map[string]uint64{
		"late":       d.late.Load(),
		"malformed":  d.malformed.Load(),
		"clientless": d.noClient.Load(),
		"displaced":  d.displaced.Load(),
	}
}

// add counts a connection that was dropped for an error.
func (d *DropCounter) add(why error) {
	switch why {
	case errHeaderTimeout:
		d.late.Add(1)
	case errNoClient:
		d.noClient.Add(1)
	case errDisplaced:
		d.displaced.Add(1)
	default:
		d.malformed.Add(1)
	}
}
