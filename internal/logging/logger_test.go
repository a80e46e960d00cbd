package logging

import (
	"bytes"
	"regexp"
	"testing"
)

// The log has milliseconds in both formats, to order events at two nodes.
func TestLogHasMilliseconds(t *testing.T) {
	for format, want := range map[string]string{
		"text": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d) INFO listening\n$`,
		"json": `"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)"`,
	} {
		var logged bytes.Buffer
		New(&logged, Options{JSON: format == "json"}).Info("listening")
		if !regexp.MustCompile(want).MatchString(logged.String()) {
			t.Errorf("a line of the log in the %s format is %s, want milliseconds in it", format, logged.String())
		}
	}
}
