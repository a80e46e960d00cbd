package main

import "context"

// checkFiles looks whether as many files may be open as the limits need: one for
// each connection, and some.
func (d *doctor) checkFiles(context.Context) []finding { return d.enoughFiles(openFiles()) }

func (d *doctor) enoughFiles(files int) []finding {
	if files == 0 {
		return nil // not known
	}
	if d.Limits != "on" || d.Limit.Connections == 0 {
		return found(fine, "%d files may be open here, enough for %d connections; no limit says how many there may be.", files, max(0, files-keptFiles))
	}
	if total := d.Limit.gate(files).Total; total < d.Limit.Connections {
		return found(look, "%d files may be open here, so that there can be %d connections and not %d; raise it with ulimit -n, or LimitNOFILE= of systemd.", files, total, d.Limit.Connections)
	}
	return found(fine, "%d files may be open here, enough for %d connections.", files, d.Limit.Connections)
}
