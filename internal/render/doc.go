// Package render shows events and replies to those who come by SSH.
//
// A [Format] is one way of showing them: rows at a terminal, lines for a pipe or a command; in a
// language, a style, a clock, a width. Sessions that look the same share one, from the [Cache], so
// that an event is rendered once for all of them. Programs get JSON instead, as docs/json.md has
// it: [Format.AsJSON].
//
// Texts were cleaned when they came in, so nothing here has control characters but what
// package style adds.
package render
