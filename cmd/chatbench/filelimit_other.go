//go:build !unix

package main

// inheritFileLimit has nothing to do where there is no such limit.
func inheritFileLimit() {}
