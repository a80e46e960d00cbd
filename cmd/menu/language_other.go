//go:build !windows

package main

// systemLanguage returns "": the environment tells.
func systemLanguage() string { return "" }
