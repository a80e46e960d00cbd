package sshd

import (
	"slices"
	"strings"
	"testing"

	"teahouse/room"
)

// History is rendered in chunks of few lines and little text, whoever said what, because a chunk
// that is not read stays in memory.
func TestHistoryChunks(t *testing.T) {
	talk := func(texts ...int) (past []*room.Event) {
		for _, n := range texts {
			past = append(past, &room.Event{Kind: room.Said, Text: strings.Repeat("x", n)})
		}
		return past
	}
	for name, tc := range map[string]struct {
		past []*room.Event
		want []int // lines of each chunk
	}{
		"nothing":     {nil, nil},
		"short lines": {talk(slices.Repeat([]int{10}, 2*historyChunkLines+1)...), []int{historyChunkLines, historyChunkLines, 1}},
		"long lines":  {talk(slices.Repeat([]int{4096}, 9)...), []int{4, 4, 1}},
		"a huge line": {talk(1, 2*historyChunkText, 1, 1), []int{1, 1, 2}},
	} {
		var got []int
		for p := range historyChunks(tc.past) {
			got = append(got, len(p))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: the chunks have %d lines, want %d", name, got, tc.want)
		}
	}
}
