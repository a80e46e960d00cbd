package sshd

import (
	"slices"
	"strings"

	"teahouse/room"
)

const (
	// handful is how many comings and goings are told one by one, when there
	// was nothing else between them.
	handful = 5

	// named is how many of those who came or left in a crowd are named.
	named = 2
)

// showAll appends events to lines as self reads them. A
// crowd that comes or goes at one time is told in one line; the user itself is
// never one of a crowd, so that a program finds its own coming in a line alone.
func (v *voice) showAll(lines []byte, events []*room.Event, self *room.Who) []byte {
	for len(events) > 0 {
		n := moves(events, self.ID)
		if n > handful {
			lines = v.crowd(lines, events[:n], room.Joined, crowdJoinedLine)
			lines = v.crowd(lines, events[:n], room.Left, crowdLeftLine)
		} else {
			n = max(n, 1)
			for _, e := range events[:n] {
				lines = v.show(lines, e, self)
			}
		}
		events = events[n:]
	}
	return lines
}

// moves returns how many comings and goings of others than self events begins
// with.
func moves(events []*room.Event, self uint64) int {
	n := slices.IndexFunc(events, func(e *room.Event) bool {
		return e.Kind != room.Joined && e.Kind != room.Left || e.Who.ID == self
	})
	if n < 0 {
		return len(events)
	}
	return n
}

// crowd appends one line for all events of a kind.
func (v *voice) crowd(lines []byte, events []*room.Event, kind room.Kind, line room.Phrase) []byte {
	var first []*room.Event
	count := 0
	for _, e := range events {
		if e.Kind != kind {
			continue
		}
		if count++; count <= named {
			first = append(first, e)
		}
	}
	if count <= named {
		for _, e := range first {
			lines = append(lines, e.As(v)...)
		}
		return lines
	}
	names := make([]string, len(first))
	for i, e := range first {
		names[i] = v.name(e.Who)
	}
	return v.quiet(lines, v.say(line, strings.Join(names, v.say(listComma)), count-named))
}
