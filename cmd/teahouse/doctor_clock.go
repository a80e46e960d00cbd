package main

import (
	"context"
	"time"
)

// minYear is before any teahouse that has a doctor.
const minYear = 2026

// checkClock looks at the clock of the machine, by which people read when something
// was said, and by which bans end.
func checkClock(context.Context) []finding { return checkTime(time.Now(), clockUnsynced()) }

// checkTime looks at a time. Free says that nothing is known to keep the clock
// right.
func checkTime(now time.Time, free bool) []finding {
	shown := now.Format("2006-01-02 15:04 MST")
	switch {
	case now.Year() < minYear || now.Year() > minYear+100:
		return newFinding(severityError, "The clock says %s; set it.", shown)
	case free:
		return newFinding(severityWarning, "The clock says %s, and nothing keeps it right; synchronize it with a time server, for example by chrony or systemd-timesyncd.", shown)
	}
	return newFinding(severityOK, "The clock says %s.", shown)
}
