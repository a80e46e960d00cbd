package cli

import (
	"testing"

	"github.com/alecthomas/kong"
)

// Whatever a file contains, the result is settings or an error, and settings can be checked
// against the flags.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{"listen: [a]\ncount: 5", "a: &a [*a]", "? [x]\n: y", "---\n---\n", "<<: {a: b}", "level: !!bool on", "history: !!binary aaa"} {
		f.Add([]byte(seed))
	}
	flags := kong.Must(new(commandLine), Mappers()...).Model.Flags
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := parseConfigFile("f", content)
		if err != nil {
			return
		}
		for _, s := range file.settings {
			if s.line < 1 || s.value == nil {
				t.Fatalf("the file %q is read as the setting %+v", content, s)
			}
		}
		_ = file.Check(flags)
	})
}
