package e2e

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

const lineCount = 600 // with filler, more than the 2 MiB of a window

var fillerText = strings.Repeat("x", 3900)

// checkFollow reads a terminal until it has shown all lines of the speaker and that the stuck user
// left. It fails if a line is missing, repeated or changed.
func checkFollow(stdout io.Reader) error {
	next, left, said := 0, false, ""
	r := bufio.NewReader(stdout)
	for next < lineCount || !left {
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("after %d lines: %w", next, err)
		}
		left = left || strings.Contains(line, "left (too slow)")
		line = strings.TrimSpace(line)
		_, row, more := strings.Cut(line, "╎\x1b[22m ") // a long line takes many rows
		if _, begun, ok := strings.Cut(line, "speaker\x1b[39m: "); ok {
			said, row, more = "", begun, true
		}
		if more {
			said += strings.ReplaceAll(row, " ", "")
		}
		if want := fmt.Sprintf("%04d%s", next, fillerText); said == want {
			next, said = next+1, ""
		} else if !strings.HasPrefix(want, said) {
			return fmt.Errorf("after %d lines it reads %.20q", next, said)
		}
	}
	return nil
}
