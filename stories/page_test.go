package stories

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A page is a page of docs whose blocks of code are what is typed at machines, and what is
// read there:
//
//	house# systemctl start teahouse
//	laptop$ ssh -p 2222 chat.example.org who
//	alice
//
// Where it says … there may be anything, in a line or, as a line of its own, for lines. Blocks that
// begin otherwise are left alone.
type page struct {
	t        *testing.T
	sections map[string][][]string // its blocks of code, by heading
	machines map[string]*machine
	here     map[string]string // what is here, by what it is on the page: fingerprints, codes, days
}

// codeBlock is a block of code.
var codeBlock = regexp.MustCompile(`(?m)(?:^    .*\n)+`)

func openPage(t *testing.T, file string, machines map[string]*machine) *page {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, sections: map[string][][]string{}, machines: machines, here: map[string]string{}}
	for _, section := range regexp.MustCompile(`\n##+ `).Split(string(text), -1)[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		for _, code := range codeBlock.FindAllString(body, -1) {
			lines := strings.Split(strings.TrimSuffix(code, "\n"), "\n")
			for i, line := range lines {
				lines[i] = strings.TrimPrefix(line, "    ")
			}
			if prompt.MatchString(lines[0]) {
				p.sections[heading] = append(p.sections[heading], lines)
			}
		}
	}
	return p
}

// prompt is what stands before what is typed: the machine, and who types it.
var prompt = regexp.MustCompile(`^([a-z0-9]+)[#$] (.+)$`)

// plays does what a section says, and compares what is read. After each block happens what the
// story says, if anything.
func (p *page) plays(heading string, after ...func()) {
	p.t.Helper()
	blocks := p.sections[heading]
	if blocks == nil {
		p.t.Fatalf("the page has no commands under %q", heading)
	}
	for i, lines := range blocks {
		for len(lines) > 0 {
			typed := prompt.FindStringSubmatch(lines[0])
			if typed == nil || p.machines[typed[1]] == nil {
				p.t.Fatalf("%s: nobody types %q", heading, lines[0])
			}
			n := 1
			for n < len(lines) && !prompt.MatchString(lines[n]) {
				n++
			}
			p.types(p.machines[typed[1]], typed[2], strings.Join(lines[1:n], "\n"))
			lines = lines[n:]
		}
		if i < len(after) && after[i] != nil {
			after[i]()
		}
	}
}

// looking is what one does again until what is to be seen is there.
var looking = regexp.MustCompile(`^(journalctl|curl|teahouse doctor) `)

// types types a command of the page, and compares what is read with what stands there.
func (p *page) types(m *machine, command, reads string) {
	p.t.Helper()
	for there, here := range p.here {
		command = strings.ReplaceAll(command, there, here)
	}
	var out, problem string
	var code int
	for range 200 {
		out, code = m.run(command)
		out = strings.TrimRight(strings.ReplaceAll(out, "\r", ""), "\n ")
		problem = p.compare(reads, out)
		if problem == "" || !looking.MatchString(command) {
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

// kinds are what differs from house to house and from day to day. The first three name something.
var kinds = []string{
	`SHA256:[A-Za-z0-9+/]{43}`,
	`[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}`, // a code
	`\d{4}-\d\d-\d\d`,
	`\d\d:\d\d(?::\d\d)?`,
	`\d+ bytes`,
}

var varying = regexp.MustCompile(`…|` + strings.Join(kinds, "|"))

// compare says what is wrong with what is read here, "" where nothing is. What has one name on the
// page must have one here.
func (p *page) compare(there, here string) (problem string) {
	var names []string
	var lines []string
	for line := range strings.SplitSeq(there, "\n") {
		if line == "…" {
			lines = append(lines, `(?s:.*)`)
			continue
		}
		pattern := ""
		for at := varying.FindStringIndex(line); at != nil; at = varying.FindStringIndex(line) {
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
		if was := p.here[name]; was != "" && was != found[i+1] {
			return fmt.Sprintf("%s is %s, and was %s before", name, found[i+1], was)
		}
		if slices.ContainsFunc(kinds[:3], func(kind string) bool { return "("+kind+")" == patternOf(name) }) {
			p.here[name] = found[i+1]
		}
	}
	return ""
}

// patternOf returns the pattern of what may be here in place of something that varies.
func patternOf(name string) string {
	for _, kind := range kinds {
		if regexp.MustCompile(`^` + kind + `$`).MatchString(name) {
			return "(" + kind + ")"
		}
	}
	return `.*`
}
