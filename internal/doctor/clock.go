package doctor

import (
	"context"
	"time"
)

// minYear is before any teahouse with a doctor.
const minYear = 2026

// checkClock checks the machine's clock, which dates messages and ends bans.
func checkClock(context.Context) []finding { return checkTime(time.Now(), clockUnsynced()) }

// checkTime checks a time. Unsynced says that nothing is known to synchronize the clock.
func checkTime(now time.Time, unsynced bool) []finding {
	shown := now.Format("2006-01-02 15:04 MST")
	switch {
	case now.Year() < minYear || now.Year() > minYear+100:
		return newFinding(severityError, "The clock says %s; set it.", shown)
	case unsynced:
		return newFinding(severityWarning, "The clock says %s, and nothing keeps it right; synchronize it with a time server, for example by chrony or systemd-timesyncd.", shown)
	}
	return newFinding(severityOK, "The clock says %s.", shown)
}
