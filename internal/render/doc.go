// Package render turns events and replies into what SSH clients see.
//
// A [Format] is one way of showing them: rows at a terminal, or lines for a pipe or a command,
// in a language, a style, a clock format and a width. Sessions with the same options share a
// Format from the [Cache], so that an event is rendered once for all of them. Programs can ask
// for JSON instead, as described in docs/json.md: [Format.AsJSON].
//
//	message.go, joinleave.go  messages, and joins and leaves
//	history.go, logline.go    the welcome, what was said before, and lines as a log shows them
//	format.go                 all other replies
//	formatcache.go            the Formats in use
//	json.go                   everything as JSON
//
// Texts were cleaned when they came in, so the output has no control characters except those
// that package style adds.
package render
