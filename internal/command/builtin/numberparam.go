package builtin

import (
	"strconv"

	"teahouse/internal/reply"
)

// parseNumber parses a number between least and most. For "" it returns otherwise.
func parseNumber(s string, otherwise, least, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, reply.Refuse(reply.InvalidNumber, least, most)
	}
	return n, nil
}
