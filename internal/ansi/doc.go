// Package ansi takes escape sequences out of texts, whole: what is left of one
// without its first byte, such as [31m, is nothing that anybody meant to say.
//
// It is the shape of sequences that counts, by ECMA-48, and not what they mean. Where
// one has no end, little is taken: text must not vanish because of two bytes before
// it. What is left may have control characters still, which are for the caller to
// drop.
package ansi
