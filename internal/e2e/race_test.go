//go:build race

package stories

// buildFlags builds the programs as the test itself was built.
var buildFlags = []string{"-race"}
