// Package stories plays what users do: real clients against the real binary.
//
// Each test is a story. It starts a teahouse of its own with start, lets people
// in with the clients that they have (ssh in a tmux window, ssh in a pipe, nc,
// the menu client), and looks at what they see. What a story protects stands
// above it. What no real client would do, such as not to read, a bare SSH
// client does inside the test.
//
// The stories never pause: they wait, with eventually, until something is to be
// seen. Where somebody must not have seen something, they have it wait for a
// later line first.
//
// Stories of a house that is several nodes start them with startNodes: three
// teahouses and three NATS servers, each a process and at an address of its own, with
// a cable between each two of them that can be pulled out.
//
// A story called TestSiege… attacks a house at its defaults for two seconds, and tells what that
// costs the house and somebody ordinary beside it. With TEAHOUSE_SIEGE=1h it goes on for an hour,
// and one follows the other, so that the figures are those of one.
//
// A client that is not installed skips its stories, unless CI=true.
package stories
