// Package text decides what may be said: it cleans the text that people send, holds it to its
// limits, and compares it. It consists of functions on strings alone and knows nothing of rooms or
// sessions.
//
// # Cleaning
//
// Whatever people send ends up in somebody else's terminal. [Clean] and its siblings return a
// string that is safe there: valid UTF-8 without escape sequences, control characters,
// bidirectional controls or characters that nobody can see, except where an emoji or a script
// needs them. They differ in what they keep:
//
//	Clean          neither tabs nor line breaks: names, log values
//	CleanLine      tabs: a message of one line
//	CleanLines     tabs and line breaks, but no blank lines at the ends: a message
//	CleanVerbatim  tabs and all line breaks
//	CleanName      like Clean, and no joiners or variants of letters either
//
// Cleaning twice changes nothing more, as the fuzz test shows. It also replaces the few
// characters that the server itself uses as marks, such as ✓ after a verified name, by ones that
// look alike.
//
// # Limits
//
// [MaxBytes] and [MaxLines] limit every message, whichever door it comes through; see
// messagelimits.go. [CheckLine], [CheckLines] and [CheckVerbatim] clean what somebody says and
// refuse it, with a [reply.Refusal], if it is too long, malformed or empty. Messages enter a room
// through one of them and no other way. [Limit] and [LimitLines] cut instead of refusing: they are
// for what the store or another node sends; package sanitize uses them. A [MessageBuilder] makes
// one message of a program's output.
//
// # Comparing
//
// [Fold] prepares a text once, so that [Folded.Mentions] can look for a name in it, and a search for
// words, without regard to case and width. [EditDistance] counts typing mistakes.
package text
