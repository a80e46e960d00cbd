package i18n

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The operator's guide quotes what people read when they hit a limit. Each quotation is one of the
// server's sentences, with numbers filled in.
func TestGuideQuotesSentences(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "\n| they read | limit |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	verb := regexp.MustCompile(`%[ds]`)
	var sentences []string
	for _, sentence := range english {
		sentences = append(sentences, verb.ReplaceAllString(regexp.QuoteMeta(sentence), `\S+`))
	}
	known := regexp.MustCompile(`^(?:` + strings.Join(sentences, "|") + `)$`)
	rows := strings.Split(table, "\n")
	if len(rows) < 10 {
		t.Fatalf("the table of limits in the guide has only the rows %q", rows)
	}
	for _, row := range rows {
		if quoted, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | "); !known.MatchString(quoted) {
			t.Errorf("the guide says that people read %q; the server never says that", quoted)
		}
	}
}
