package room

import (
	"crypto/rand"
	"regexp"
	"strings"
)

// codeLength is how many characters a code has, of 5 bits each: nobody guesses
// 80 bits, however often.
const codeLength = 16

// newCode returns a secret that somebody is to type once, in the form in which
// it is kept.
func newCode() string { return rand.Text()[:codeLength] }

// formatCode returns a code as it is shown, in groups.
func formatCode(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// codePattern is what a code looks like as it is shown.
var codePattern = regexp.MustCompile(`^(?i)([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`)

// normalizeCode returns what somebody typed in the form in which codes are kept.
func normalizeCode(typed string) string {
	if len(typed) > 4*codeLength {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
}
