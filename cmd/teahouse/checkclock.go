package main

import (
	"context"
	"time"
)

// leastYear is before any teahouse that has a doctor.
const leastYear = 2026

// checkClock looks at the clock of the machine, by which people read when something
// was said, and by which bans end.
func checkClock(context.Context) []finding { return saneClock(time.Now(), clockFree()) }

// saneClock looks at a time. Free says that nothing is known to keep the clock
// right.
func saneClock(now time.Time, free bool) []finding {
	shown := now.Format("2006-01-02 15:04 MST")
	switch {
	case now.Year() < leastYear || now.Year() > leastYear+100:
		return found(wrong, "The clock says %s; set it.", shown)
	case free:
		return found(look, "The clock says %s, and nothing keeps it right; have it follow a time server, as with chrony or systemd-timesyncd.", shown)
	}
	return found(fine, "The clock says %s.", shown)
}
