//go:build !race

package e2e

// buildFlags builds the programs as the test itself was built.
var buildFlags []string
