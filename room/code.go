package room

import (
	"crypto/rand"
	"regexp"
	"strings"
)

// codeLength is how many characters of 5 bits each a code has: 80 bits are too many to guess.
const codeLength = 16

// NewCode returns a secret for somebody to type once, in normalized form.
func NewCode() string { return rand.Text()[:codeLength] }

// FormatCode returns a code in groups of characters, as it is shown.
func FormatCode(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// CodePattern matches a code as it is shown.
var CodePattern = regexp.MustCompile(`^(?i)([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`)

// NormalizeCode returns a typed code in the form in which codes are stored.
func NormalizeCode(typed string) string {
	if len(typed) > 4*codeLength {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
}
