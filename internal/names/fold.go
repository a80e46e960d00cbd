package names

import (
	"teahouse/internal/ids"
	"teahouse/internal/text"
)

// A Folded is a name that [text.Folded.Mentions] looks for, with its [Key].
type Folded struct {
	text.Folded
	Key ids.NameKey
}

// Fold returns a name folded, once for all the lines that are searched for it.
func Fold(name string) *Folded { return &Folded{*text.Fold(name), Key(name)} }
