package builtin_test

import (
	"os"
	"strings"
	"testing"

	"teahouse/internal/command"
)

// The documents for users, scripts and operators mention every command.
func TestDocumentsMentionCommands(t *testing.T) {
	var text strings.Builder
	for _, page := range []string{"using.md", "scripting.md", "operating.md"} {
		content, err := os.ReadFile("../../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(content)
	}
	for _, c := range command.All() {
		name := c.Names[0]
		told := false
		for _, before := range []string{"`/", "`", "`ssh host ", "$TEAHOUSE "} {
			for _, after := range []string{"`", " "} {
				told = told || strings.Contains(text.String(), before+name+after)
			}
		}
		if !told {
			t.Errorf("no document mentions %s", name)
		}
	}
}
