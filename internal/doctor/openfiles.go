package doctor

import (
	"context"

	"teahouse/internal/connlimit"
)

// checkOpenFiles checks whether the process may open as many files as the limits need: one for
// each connection, and some more.
func (d *doctor) checkOpenFiles(context.Context) []finding {
	return d.checkOpenFileLimit(connlimit.OpenFileLimit())
}

func (d *doctor) checkOpenFileLimit(files int) []finding {
	if files == 0 {
		return nil // not known
	}
	if d.Connections == 0 {
		return newFinding(severityOK, "%d files can be open here, enough for %d connections; no limit is set.", files, max(0, files-connlimit.ReservedFiles))
	}
	if total := connlimit.FitFiles(d.Connections, files); total < d.Connections {
		return newFinding(severityWarning, "%d files can be open here, enough for %d connections instead of %d; raise the limit with ulimit -n, or LimitNOFILE= of systemd.", files, total, d.Connections)
	}
	return newFinding(severityOK, "%d files can be open here, enough for %d connections.", files, d.Connections)
}
