package baseline

import (
	"bufio"
	"bytes"
	"io"
)

// forEachLine calls say with every line of r that is not empty, until r ends, fails or sends a
// line that is too long. A line ends in \n, in \r, as the Enter key of a terminal sends it, or in
// both. Say must not keep the line.
func forEachLine(r io.Reader, say func(line []byte)) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, initialLineBuffer), maxLine)
	lines.Split(splitLine)
	for lines.Scan() {
		if line := lines.Bytes(); len(line) > 0 {
			say(line)
		}
	}
}

// splitLine is a bufio.SplitFunc. The second half of \r\n becomes an empty line, which does no
// harm.
func splitLine(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
