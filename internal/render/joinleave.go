package render

import (
	"slices"
	"strings"

	"teahouse/internal/reply"
	"teahouse/room"
)

const (
	// maxSeparateJoins is how many joins or leaves in a row are shown one by one.
	maxSeparateJoins = 5

	// maxSummaryNames is how many users a summary line names.
	maxSummaryNames = 2
)

// AppendItems appends items to lines as self reads them. Many joins or leaves in a row become
// one summary line. The reader's own are never part of a summary, so that a program finds its
// own join on a line of its own.
func (f *Format) AppendItems(lines []byte, items []room.Item, self *room.UserInfo) []byte {
	for len(items) > 0 {
		n := joinLeaveRun(items, self.SessionID)
		if n > maxSeparateJoins {
			lines = f.appendJoinLeaveSummary(lines, items[:n], room.Joined, manyJoinedLine)
			lines = f.appendJoinLeaveSummary(lines, items[:n], room.Left, manyLeftLine)
		} else {
			n = max(n, 1)
			for _, item := range items[:n] {
				lines = f.appendItem(lines, item, self)
			}
		}
		items = items[n:]
	}
	return lines
}

// joinLeaveRun returns how many items at the beginning of items are joins or leaves of users
// other than self.
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
