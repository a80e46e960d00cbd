package stories

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// teahouseLine is a line of the operator's guide that runs teahouse as the house's user.
var teahouseLine = regexp.MustCompile(`(?m)^    runuser -u teahouse -- teahouse (.+)$`)

// guideCommands returns the words after teahouse of what a section of the operator's guide has
// the operator run, with what this story has in place of what stands there.
func guideCommands(t *testing.T, section string, here *strings.Replacer) (commands [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n### "+section+"\n")
	if !ok {
		t.Fatalf("the guide has no section %q", section)
	}
	rest, _, _ = strings.Cut(rest, "\n### ")
	rest, _, _ = strings.Cut(rest, "\n## ")
	for _, line := range teahouseLine.FindAllStringSubmatch(rest, -1) {
		commands = append(commands, strings.Fields(here.Replace(line[1])))
	}
	return commands
}
