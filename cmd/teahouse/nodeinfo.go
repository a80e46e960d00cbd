package main

import (
	"fmt"
	"strconv"

	"teahouse/cluster"
	"teahouse/internal/duration"
)

// nodeInfo returns the version and the flags that should be the same at all nodes. Limits on
// connections may differ, because machines do.
func (c config) nodeInfo() cluster.NodeInfo {
	flags := map[string]string{
		"history":       strconv.Itoa(c.History),
		"history-age":   duration.Format(c.HistoryAge),
		"history-bytes": strconv.Itoa(c.HistoryBytes),
		"invite-only":   strconv.FormatBool(c.InviteOnly),
		"name-age":      duration.Format(c.NameAge),
		"limits":        c.Limits,
	}
	if c.Limits == "on" {
		flags["limit-lines"] = fmt.Sprint(c.Limit.Lines)
		flags["limit-bot"] = fmt.Sprint(c.Limit.Bot)
		flags["limit-source"] = fmt.Sprint(c.Limit.Source)
		flags["limit-renames"] = strconv.Itoa(c.Limit.Renames)
	}
	return cluster.NodeInfo{Version: release(), Flags: flags}
}
