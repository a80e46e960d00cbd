package testkit

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/i18n"
)

// english and chinese print sentences as terminals in these languages show them.
var english, chinese = printer(language.English), printer(language.Chinese)

func printer(tag language.Tag) func() func(message.Reference, ...any) string {
	return sync.OnceValue(func() func(message.Reference, ...any) string { return i18n.New().Printer(tag).Sprintf })
}

// English returns a sentence as a terminal in English shows it. Tests name its code, so that
// rewording it changes no test.
func English[C ~string](code C, args ...any) string { return english()(string(code), args...) }

// Chinese returns a sentence as a terminal in Chinese shows it.
func Chinese[C ~string](code C, args ...any) string { return chinese()(string(code), args...) }

// EnglishExec is English as a command such as ssh HOST who prints it: commands have no slash.
func EnglishExec[C ~string](code C, args ...any) string {
	said := English(code, args...)
	for _, command := range regexp.MustCompile(`/[a-z]+`).FindAllString(i18n.English(string(code)), -1) {
		said = strings.ReplaceAll(said, command, command[1:])
	}
	return said
}

// EnglishPart returns the words of a sentence between two of its values. Part 0 is what comes
// before the first value.
func EnglishPart[C ~string](code C, part int) string {
	return regexp.MustCompile(`%[a-z]`).Split(i18n.English(string(code)), -1)[part]
}

// EnglishStart returns the beginning of a sentence, up to the first value that args lack.
func EnglishStart[C ~string](code C, args ...any) string {
	format := i18n.English(string(code))
	if verbs := regexp.MustCompile(`%[a-z]`).FindAllStringIndex(format, -1); len(verbs) > len(args) {
		format = format[:verbs[len(args)][0]]
	}
	return fmt.Sprintf(format, args...)
}
