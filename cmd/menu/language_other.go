//go:build !windows

package main

// systemLanguage returns "": the language is in the environment.
func systemLanguage() string { return "" }
