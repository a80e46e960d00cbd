// Package ansi removes whole escape sequences from text. Removing only the escape character would
// leave debris such as [31m, which nobody meant to say.
//
// The package goes by the shape of sequences, as ECMA-48 defines it, and not by their meaning. Of
// a sequence without an end it removes little, so that two stray bytes cannot make the text after
// them vanish. The result may still contain other control characters; the caller drops those.
package ansi
