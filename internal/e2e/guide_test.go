package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guideCommandPattern matches a line of a page that runs teahouse as the server's user.
var guideCommandPattern = regexp.MustCompile(`(?m)^    runuser -u teahouse -- teahouse (.+)$`)

// guideCommands returns the arguments of the teahouse commands in a section of a page, with this
// test's paths in place of the page's.
func guideCommands(t *testing.T, page, section string, here *strings.Replacer) (commands [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "# "+section+"\n")
	if !ok {
		t.Fatalf("the page %s has no section %q", page, section)
	}
	rest, _, _ = strings.Cut(rest, "\n### ")
	rest, _, _ = strings.Cut(rest, "\n## ")
	for _, line := range guideCommandPattern.FindAllStringSubmatch(rest, -1) {
		commands = append(commands, strings.Fields(here.Replace(line[1])))
	}
	return commands
}
