package proxyproto

import "sync/atomic"

// DropCounter counts the connections that listeners have dropped. The zero value is ready to use.
type DropCounter struct{ late, malformed, noClient, displaced atomic.Uint64 }

// Counts returns the number of dropped connections by reason; all four reasons are present.
// Connections that were closed before they sent anything are not counted, because the simplest
// health checks look like that.
func (d *DropCounter) Counts() map[string]uint64 {
	return map[string]uint64{
		"timeout":   d.late.Load(),
		"malformed": d.malformed.Load(),
		"no_client": d.noClient.Load(),
		"displaced": d.displaced.Load(),
	}
}

// add counts a connection that was dropped because of err.
func (d *DropCounter) add(err error) {
	switch err {
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
