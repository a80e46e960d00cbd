package render

import (
	"slices"
	"strings"

	"teahouse/internal/reply"
	"teahouse/room"
)

const (
	// maxSeparateJoins is how many comings and goings are told one by one, when there
	// was nothing else between them.
	maxSeparateJoins = 5

	// maxSummaryNames is how many of those who came or left in a crowd are named.
	maxSummaryNames = 2
)

// AppendItems appends items to lines as self reads them. A
// crowd that comes or goes at one time is told in one line; the user itself is
// never one of a crowd, so that a program finds its own coming in a line alone.
func (f *Format) AppendItems(lines []byte, items []room.Item, self *room.UserInfo) []byte {
	for len(items) > 0 {
		n := joinLeaveRun(items, self.SessionID)
		if n > maxSeparateJoins {
			lines = f.appendJoinLeaveSummary(lines, items[:n], room.Joined, manyJoinedLine)
			lines = f.appendJoinLeaveSummary(lines, items[:n], room.Left, manyLeftLine)
		} else {
			n = max(n, 1)
			for _, item := range items[:n] {
				lines = f.AppendItem(lines, item, self)
			}
		}
		items = items[n:]
	}
	return lines
}

// joinLeaveRun returns how many comings and goings of others than self items begins
// with.
func joinLeaveRun(items []room.Item, self uint64) int {
	n := slices.IndexFunc(items, func(item room.Item) bool {
		e, ok := item.(*room.Event)
		return !ok || e.Kind != room.Joined && e.Kind != room.Left || e.User.SessionID == self
	})
	if n < 0 {
		return len(items)
	}
	return n
}

// appendJoinLeaveSummary appends one line for all items that are events of a kind.
func (f *Format) appendJoinLeaveSummary(lines []byte, items []room.Item, kind room.EventKind, line reply.Code) []byte {
	var first []*room.Event
	count := 0
	for _, item := range items {
		e, ok := item.(*room.Event)
		if !ok || e.Kind != kind {
			continue
		}
		if count++; count <= maxSummaryNames {
			first = append(first, e)
		}
	}
	if count <= maxSummaryNames {
		for _, e := range first {
			lines = append(lines, e.RenderAs(f)...)
		}
		return lines
	}
	names := make([]string, len(first))
	for i, e := range first {
		names[i] = f.styledName(e.User)
	}
	return f.appendFaint(lines, f.Translate(line, strings.Join(names, f.Translate(listSeparator)), count-maxSummaryNames))
}
