//go:build !unix

package main

// inheritFileLimit does nothing: this system has no such limit.
func inheritFileLimit() {}
