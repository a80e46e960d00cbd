package e2e

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A docPage is a page of docs whose code blocks are commands typed on machines, with their output:
//
//	server# systemctl start teahouse
//	laptop$ ssh -p 2222 chat.example.org who
//	alice
//
// An … stands for any text or, as a line of its own, for any lines. Blocks that begin otherwise are
// ignored.
type docPage struct {
	t             *testing.T
	sections      map[string][][]string // its code blocks, by heading
	machines      map[string]*netnsMachine
	substitutions map[string]string // actual values, by those on the page: fingerprints, codes, days
}

// codeBlock matches a code block.
var codeBlock = regexp.MustCompile(`(?m)(?:^    .*\n)+`)

func newDocPage(t *testing.T, file string, machines map[string]*netnsMachine) *docPage {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &docPage{t: t, sections: map[string][][]string{}, machines: machines, substitutions: map[string]string{}}
	for _, section := range regexp.MustCompile(`\n##+ `).Split(string(text), -1)[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		for _, code := range codeBlock.FindAllString(body, -1) {
			lines := strings.Split(strings.TrimSuffix(code, "\n"), "\n")
			for i, line := range lines {
				lines[i] = strings.TrimPrefix(line, "    ")
			}
			if promptPattern.MatchString(lines[0]) {
				p.sections[heading] = append(p.sections[heading], lines)
			}
		}
	}
	return p
}

// promptPattern matches a command with its prompt, which names the machine and the user.
var promptPattern = regexp.MustCompile(`^([a-z0-9]+)[#$] (.+)$`)

// run runs the commands of a section, and compares their output. After each block it calls the
// function in after, if any.
func (p *docPage) run(heading string, after ...func()) {
	p.t.Helper()
	blocks := p.sections[heading]
	if blocks == nil {
		p.t.Fatalf("the page has no commands under the heading %q", heading)
	}
	for i, lines := range blocks {
		for len(lines) > 0 {
			typed := promptPattern.FindStringSubmatch(lines[0])
			if typed == nil || p.machines[typed[1]] == nil {
				p.t.Fatalf("%s: no machine of the page runs %q", heading, lines[0])
			}
			n := 1
			for n < len(lines) && !promptPattern.MatchString(lines[n]) {
				n++
			}
			p.runCommand(p.machines[typed[1]], typed[2], strings.Join(lines[1:n], "\n"))
			lines = lines[n:]
		}
		if i < len(after) && after[i] != nil {
			after[i]()
		}
	}
}

// retriedCommands matches commands that are repeated until the output is as expected.
var retriedCommands = regexp.MustCompile(`^(journalctl|curl|teahouse doctor) `)

// runCommand runs a command of the page, and compares its output with the page's.
func (p *docPage) runCommand(m *netnsMachine, command, reads string) {
	p.t.Helper()
	for there, here := range p.substitutions {
		command = strings.ReplaceAll(command, there, here)
	}
	var out, problem string
	var code int
	for began := time.Now(); ; {
		out, code = m.run(command)
		out = strings.TrimRight(strings.ReplaceAll(out, "\r", ""), "\n ")
		problem = p.compare(reads, out)
		if problem == "" || !retriedCommands.MatchString(command) || time.Since(began) > waitTimeout {
			break
		}
	}
	if testing.Verbose() {
		p.t.Logf("%s# %s\n%s\n", m.name, command, out)
	}
	if problem != "" {
		p.t.Errorf("%s: %s: exit code %d, %s\n--- here:\n%s\n--- the page:\n%s", m.name, command, code, problem, out, reads)
	}
}

// variableKinds match what differs from server to server and from day to day. The first three name
// something.
var variableKinds = []string{
	`SHA256:[A-Za-z0-9+/]{43}`,
	`[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}`, // a code
	`\d{4}-\d\d-\d\d`,
	`\d\d:\d\d(?::\d\d)?`,
	`\d+ bytes`,
}

var variablePattern = regexp.MustCompile(`…|` + strings.Join(variableKinds, "|"))

// compare says how the output differs from the page's, or "". What has one name on the page must
// have one name here.
func (p *docPage) compare(there, here string) (problem string) {
	var names []string
	var lines []string
	for line := range strings.SplitSeq(there, "\n") {
		if line == "…" {
			lines = append(lines, `(?s:.*)`)
			continue
		}
		pattern := ""
		for at := variablePattern.FindStringIndex(line); at != nil; at = variablePattern.FindStringIndex(line) {
			name := line[at[0]:at[1]]
			pattern += regexp.QuoteMeta(line[:at[0]]) + patternOf(name)
			if name != "…" {
				names = append(names, name)
			}
			line = line[at[1]:]
		}
		lines = append(lines, pattern+regexp.QuoteMeta(line))
	}
	found := regexp.MustCompile(`^` + strings.Join(lines, `\n`) + `$`).FindStringSubmatch(here)
	if found == nil {
		return "it is not what the page says"
	}
	for i, name := range names {
		if was := p.substitutions[name]; was != "" && was != found[i+1] {
			return fmt.Sprintf("%s is %s, and was %s before", name, found[i+1], was)
		}
		if slices.ContainsFunc(variableKinds[:3], func(kind string) bool { return "("+kind+")" == patternOf(name) }) {
			p.substitutions[name] = found[i+1]
		}
	}
	return ""
}

// patternOf returns the pattern for a value that varies.
func patternOf(name string) string {
	for _, kind := range variableKinds {
		if regexp.MustCompile(`^` + kind + `$`).MatchString(name) {
			return "(" + kind + ")"
		}
	}
	return `.*`
}
