package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"teahouse/cluster"
)

// likeness returns what the flags, and the version, are in which the nodes of a house should
// be the same. What bounds connections may be different: so may machines.
func (c config) likeness() cluster.Likeness {
	flags := map[string]string{
		"history":       strconv.Itoa(c.History),
		"history-age":   inDays(c.HistoryAge),
		"history-bytes": strconv.Itoa(c.HistoryBytes),
		"invite-only":   strconv.FormatBool(c.InviteOnly),
		"name-age":      inDays(c.NameAge),
		"limits":        c.Limits,
	}
	if c.Limits == "on" {
		flags["limit-lines"] = fmt.Sprint(c.Limit.Lines)
		flags["limit-bot"] = fmt.Sprint(c.Limit.Bot)
		flags["limit-source"] = fmt.Sprint(c.Limit.Source)
		flags["limit-renames"] = strconv.Itoa(c.Limit.Renames)
	}
	return cluster.Likeness{Version: strings.TrimPrefix(version(), "teahouse "), Flags: flags}
}

// inDays returns a time as a flag may have it, such as 90d or 1h30m.
func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	for _, nothing := range []string{"0s", "0m"} {
		if before, ok := strings.CutSuffix(s, nothing); ok && before != "" && strings.ContainsAny(before[len(before)-1:], "hm") {
			s = before
		}
	}
	return s
}
