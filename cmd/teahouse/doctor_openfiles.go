package main

import "context"

// checkOpenFiles checks whether the process may open as many files as the limits need: one for
// each connection, and some more.
func (d *doctor) checkOpenFiles(context.Context) []finding {
	return d.checkOpenFileLimit(openFileLimit())
}

func (d *doctor) checkOpenFileLimit(files int) []finding {
	if files == 0 {
		return nil // not known
	}
	if d.Limits != "on" || d.Limit.Connections == 0 {
		return newFinding(severityOK, "%d files can be open here, enough for %d connections; no limit is set.", files, max(0, files-reservedFiles))
	}
	if total := d.Limit.connLimits(files).Total; total < d.Limit.Connections {
		return newFinding(severityWarning, "%d files can be open here, enough for %d connections instead of %d; raise the limit with ulimit -n, or LimitNOFILE= of systemd.", files, total, d.Limit.Connections)
	}
	return newFinding(severityOK, "%d files can be open here, enough for %d connections.", files, d.Limit.Connections)
}
