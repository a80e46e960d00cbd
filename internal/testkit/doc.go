// Package testkit is what the tests of several packages share. Nothing else imports it.
//
// go test ./... runs every kind of test, in a form that takes seconds. What needs more, such as
// crashes by the dozen, floods and clusters whose servers die, is the soak: [Soak] skips it, and
// [Amount] makes less of it, unless TEAHOUSE_SOAK=1 is set, as it is in .ci/run.
package testkit
