package main

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"
)

// manTemplate is the manual page in roff, without what kong knows: the description, the commands
// and the flags.
//
//go:embed teahouse.1.tmpl
var manTemplate string

// A manCommand prints the manual page.
type manCommand struct{}

// AfterApply prints the page and ends the process.
func (manCommand) AfterApply(app *kong.Kong) error {
	page, err := manPage(app.Model, sourceDate())
	if err != nil {
		return err
	}
	if _, err := app.Stdout.Write(page); err != nil {
		return err
	}
	app.Exit(exitOK)
	return nil
}

// manPage returns the manual page of a command line in roff. Its date is that of the source, so
// the same source always gives the same page.
func manPage(app *kong.Application, date string) ([]byte, error) {
	page, err := template.New("").Funcs(template.FuncMap{"escape": escapeRoff, "upper": strings.ToUpper, "argument": roffArgument}).Parse(manTemplate)
	if err != nil {
		return nil, err
	}
	title, about, _ := strings.Cut(app.Help, "\n")
	var filled bytes.Buffer
	err = page.Execute(&filled, struct {
		App         *kong.Application
		Date, Title string
		Paragraphs  []manParagraph
	}{app, date, strings.TrimSuffix(title, "."), manParagraphs(about)})
	return filled.Bytes(), err
}

// roffArgument returns a command's argument in roff. A word to type as it is looks like the
// command's name.
func roffArgument(arg *kong.Positional) string {
	text := `\fI` + strings.ToUpper(arg.Name) + `\fP`
	if arg.Enum == ","+arg.Name {
		text = `\fB` + arg.Name + `\fP`
	}
	if !arg.Required {
		return "[" + text + "]"
	}
	return text
}

// A manParagraph is a paragraph of the description.
type manParagraph struct {
	Text     string
	Verbatim bool // an example, whose lines stay as they are
}

// manParagraphs splits a text at its empty lines. Examples are indented.
func manParagraphs(text string) (paragraphs []manParagraph) {
	for p := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		paragraphs = append(paragraphs, manParagraph{p, strings.HasPrefix(p, " ")})
	}
	return paragraphs
}

// escapeRoff returns text as roff has to read it. A hyphen would be printed as one that no shell
// understands, and a dot at the beginning of a line would be a command.
func escapeRoff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
