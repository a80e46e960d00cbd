package stories

import (
	"fmt"
	"os"
	"regexp"
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
// Where it says … there may be anything, in a line or, as a line of its own, for lines.
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
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		for _, code := range codeBlock.FindAllString(body, -1) {
			lines := strings.Split(strings.TrimSuffix(code, "\n"), "\n")
			for i, line := range lines {
				lines[i] = strings.TrimPrefix(line, "    ")
			}
			p.sections[heading] = append(p.sections[heading], lines)
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
		if problem == "" || !strings.HasPrefix(command, "journalctl ") {
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

// varying is what differs from house to house and from day to day.
var varying = regexp.MustCompile(`(?m)^…$|…|SHA256:[A-Za-z0-9+/]{43}|\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}\b|\d{4}-\d\d-\d\d|\d\d:\d\d(?::\d\d)?|\d+ bytes`)

// kinds is how a thing of varying looks that the page has, by how it begins there.
func kindOf(there string) string {
	switch {
	case there == "…":
		return `.*`
	case strings.HasPrefix(there, "SHA256:"):
		return `(SHA256:[A-Za-z0-9+/]{43})`
	case strings.HasSuffix(there, " bytes"):
		return `(\d+ bytes)`
	case strings.Count(there, "-") == 3:
		return `([A-Z0-9]{4}(?:-[A-Z0-9]{4}){3})`
	}
	return `(` + regexp.MustCompile(`\d`).ReplaceAllString(there, `\d`) + `)`
}

// compare says what is wrong with what is read here, "" where nothing is. What is the same on
// the page must be the same here.
func (p *page) compare(there, here string) (problem string) {
	var pattern strings.Builder
	var names []string
	end := 0
	for _, at := range varying.FindAllStringIndex(there, -1) {
		pattern.WriteString(regexp.QuoteMeta(there[end:at[0]]))
		end = at[1]
		name := there[at[0]:at[1]]
		alone := (at[0] == 0 || there[at[0]-1] == '\n') && (end == len(there) || there[end] == '\n')
		if name == "…" && alone {
			pattern.WriteString(`(?s:.*)`)
			continue
		}
		kind := kindOf(name)
		pattern.WriteString(kind)
		if strings.HasPrefix(kind, "(") {
			names = append(names, name)
		}
	}
	pattern.WriteString(regexp.QuoteMeta(there[end:]))
	found := regexp.MustCompile(`^` + pattern.String() + `$`).FindStringSubmatch(here)
	if found == nil {
		return "it is not what the page says"
	}
	for i, name := range names {
		if !strings.HasPrefix(name, "SHA256:") && !strings.Contains(name, "-") {
			continue // a time, or a size
		}
		if was := p.here[name]; was != "" && was != found[i+1] {
			return fmt.Sprintf("%s is %s, and was %s before", name, found[i+1], was)
		}
		p.here[name] = found[i+1]
	}
	return ""
}
