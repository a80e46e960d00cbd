// Package onetimecode makes secrets that somebody types once: to link a key, to enter by
// invitation, to become the first operator.
package onetimecode

import (
	"crypto/rand"
	"regexp"
	"strings"
)

// codeLength is how many characters of 5 bits each a code has: 80 bits are too many to guess.
const codeLength = 16

// New returns a secret for somebody to type once, in normalized form.
func New() string { return rand.Text()[:codeLength] }

// Format returns a code in groups of characters, as it is shown.
func Format(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// Pattern matches a code as it is shown.
var Pattern = regexp.MustCompile(`^(?i)([A-Z2-7]{4}-){3}[A-Z2-7]{4}$`)

// Normalize returns a typed code in the form in which codes are stored.
func Normalize(typed string) string {
	if len(typed) > 4*codeLength {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
}
