package main

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	mdLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdHeading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	mdFenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	namedPage = regexp.MustCompile(`\bdocs/[a-z/-]+\.md\b`)
	goCommand = regexp.MustCompile("\\bgo (?:run|test|build|doc) [^`\n]*")
	goPackage = regexp.MustCompile(`(?:^| )\./([a-z0-9/_-]+)`)
)

// Every relative link in the documents leads to a file that is there and, with #, to one of its
// headings. The packages in go commands are there, and so are the pages that source files name.
func TestLinksHold(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	links := 0
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if path == ".git" {
				return fs.SkipDir
			}
			return err
		}
		switch filepath.Ext(path) {
		case ".md":
			for _, link := range mdLink.FindAllStringSubmatch(readDocument(t, path), -1) {
				links++
				checkLink(t, path, link[1])
			}
			checkGoCommands(t, root, path)
		case ".go", ".yaml", ".yml", ".sh", ".service":
			for _, page := range namedPage.FindAllString(readDocument(t, path), -1) {
				if _, err := fs.Stat(root, page); err != nil {
					t.Errorf("%s names %s, which isn't there", path, page)
				}
			}
		}
		return nil
	})
	if err != nil || links < 100 {
		t.Fatalf("%d links, %v", links, err)
	}
}

// readDocument returns a file of the repository without its fenced code.
func readDocument(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return mdFenced.ReplaceAllString(string(text), "")
}

// checkLink reports a link of a page that leads nowhere.
func checkLink(t *testing.T, page, link string) {
	t.Helper()
	target, err := url.Parse(link)
	if err != nil || target.Scheme != "" {
		return // to somewhere else
	}
	path := page
	if target.Path != "" {
		path = filepath.Join(filepath.Dir(page), target.Path)
	}
	if _, err := os.Stat(filepath.Join("../..", path)); err != nil {
		t.Errorf("%s links to %s, which isn't there", page, link)
		return
	}
	if target.Fragment == "" {
		return
	}
	for _, heading := range mdHeading.FindAllStringSubmatch(readDocument(t, path), -1) {
		if anchor(heading[1]) == target.Fragment {
			return
		}
	}
	t.Errorf("%s links to %s, but no heading of %s is called that", page, link, path)
}

// checkGoCommands reports packages in a page's go commands that aren't there.
func checkGoCommands(t *testing.T, root fs.FS, page string) {
	t.Helper()
	for _, command := range goCommand.FindAllString(readDocument(t, page), -1) {
		for _, pkg := range goPackage.FindAllStringSubmatch(command, -1) {
			if _, err := fs.Stat(root, strings.TrimSuffix(pkg[1], "/")); err != nil {
				t.Errorf("%s says %q, but there is no %s", page, command, pkg[1])
			}
		}
	}
}

// The tests that SECURITY.md names as proof of its promises are there.
func TestProofsAreThere(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, test := range declaration.FindAllStringSubmatch(readDocument(t, path), -1) {
				declared[test[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`|`((?:[a-z]+/)+\\w+\\.go)`").FindAllStringSubmatch(readDocument(t, "SECURITY.md"), -1)
	if len(named) < 100 {
		t.Fatalf("SECURITY.md names %d tests", len(named))
	}
	for _, name := range named {
		if name[1] != "" && !declared[name[1]] {
			t.Errorf("SECURITY.md names %s, which isn't there", name[1])
		}
		if name[2] != "" {
			if _, err := os.Stat(filepath.Join("../..", name[2])); err != nil {
				t.Errorf("SECURITY.md names %s, which isn't there", name[2])
			}
		}
	}
}

// The files and directories that CONTRIBUTING.md sends people to are there.
func TestNamedPathsAreThere(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`([.a-z0-9]+(?:/[A-Za-z0-9_.]+)+)`").FindAllStringSubmatch(readDocument(t, "CONTRIBUTING.md"), -1)
	if len(named) < 10 {
		t.Fatalf("CONTRIBUTING.md names %d paths", len(named))
	}
	for _, path := range named {
		if _, err := os.Stat(filepath.Join("../..", path[1])); err != nil {
			t.Errorf("CONTRIBUTING.md names %s, which isn't there", path[1])
		}
	}
}

// The files that the doc.go of a package sends people to are there.
func TestNamedFilesAreThere(t *testing.T) {
	t.Parallel()
	goFile := regexp.MustCompile(`[a-z0-9_*/]+\.go\b`)
	files := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "doc.go" {
			return err
		}
		for _, file := range goFile.FindAllString(readDocument(t, path), -1) {
			files++
			if found, err := filepath.Glob(filepath.Join("../..", filepath.Dir(path), file)); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which isn't there", path, file)
			}
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Fatalf("the packages' documentation names %d files, %v", files, err)
	}
}

// anchor returns what a heading is called in links, as GitHub and others derive it.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// The lines of the log that the documents show are ones that the server logs.
func TestShownLogLines(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)^ {4,}…?((?:INFO|WARN|ERRO) .+)$`)
	logged, lines := loggedLines(t), 0
	for _, page := range append(pages, "../../README.md") {
		page, _ := strings.CutPrefix(page, "../../")
		for _, line := range shown.FindAllStringSubmatch(readDocument(t, page), -1) {
			lines++
			if !isLogged(logged, line[1]) {
				t.Errorf("%s shows %q, which the server never logs", page, line[1])
			}
		}
	}
	if lines < 20 {
		t.Errorf("the documents show %d lines", lines)
	}
}

// isLogged reports whether a line of the log, with its fields, begins with a message that is logged.
func isLogged(logged map[string]bool, line string) bool {
	for message := range logged {
		if fields, ok := strings.CutPrefix(line+" ", message+" "); ok && (fields == "" || strings.Contains(fields, "=")) {
			return true
		}
	}
	return false
}
