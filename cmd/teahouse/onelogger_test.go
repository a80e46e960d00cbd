package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Only the one logger, which masks, and commands, which somebody runs by hand, write to standard
// error.
func TestLogHasOneWriter(t *testing.T) {
	ways := regexp.MustCompile(`os\.Stderr|\blog\.New(WithOptions)?\((?:w|[^i)]).*|slog\.|fmt\.Print`)
	allowed := map[string]string{"journald.go": "os.Stderr", "logger.go": "log.NewWithOptions(w, options)"}
	for _, name := range sources(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range ways.FindAllString(string(text), -1) {
			if allowed[filepath.Base(name)] != way {
				t.Errorf("%s writes past the logger, which masks addresses: %s", name, way)
			}
		}
	}
}
