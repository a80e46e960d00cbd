package tcpd

import (
	"os"
	"strings"
	"testing"
)

// docs/protocol.md lists every phrase of every dialect, to the letter.
func TestDocumentHasThePhrases(t *testing.T) {
	document, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	written := strings.NewReplacer("${N}", "N", "$A", "A", "$N", "N", "$T", "T", "$OLD", "OLD", "|", `\|`)
	for _, d := range Dialects() {
		told := strings.NewReplacer("${N}", "FROM", "$N", "FROM").Replace(d.Told)
		for _, phrase := range []string{d.Welcome, d.Joined, d.Left, d.Said, d.Online, d.Renamed, d.NameTaken, told, d.TellFormat, d.NoSuchUser, d.TellNoText, d.TimedOut} {
			if want := "`" + written.Replace(phrase) + "`"; phrase != "" && !strings.Contains(string(document), want) {
				t.Errorf("docs/protocol.md does not list the phrase %[2]s of %[1]s", d.Name, want)
			}
		}
	}
}
