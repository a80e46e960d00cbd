package i18n

import (
	"fmt"
	"maps"
	"slices"
)

// English returns the sentence of a code, a format string, or "" where there is none. Any
// goroutine may call it.
func English(code string) string { return english[code] }

// Codes returns the codes of all sentences, in order.
func Codes() []string { return slices.Sorted(maps.Keys(english)) }

// Sprint returns the sentence of a code in English, filled in: for logs, and where the
// language isn't known. A code that the catalogue lacks is its own sentence.
func Sprint(code string, args ...any) string {
	format, ok := english[code]
	if !ok {
		format = code
	}
	return fmt.Sprintf(format, args...)
}
