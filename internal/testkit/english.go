package testkit

import (
	"regexp"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"teahouse/internal/i18n"
)

// english prints sentences as a terminal in English shows them.
var english = sync.OnceValue(func() func(message.Reference, ...any) string {
	return i18n.New().Printer(language.English).Sprintf
})

// English returns what somebody at a terminal in English reads where the server says a code. Tests
// name the code, so that rewording a sentence changes none of them.
func English[C ~string](code C, args ...any) string { return english()(string(code), args...) }

// EnglishExec is English for one who runs a command, as in ssh HOST who: commands have no slash.
func EnglishExec[C ~string](code C, args ...any) string {
	said := English(code, args...)
	for _, command := range regexp.MustCompile(`/[a-z]+`).FindAllString(i18n.English(string(code)), -1) {
		said = strings.ReplaceAll(said, command, command[1:])
	}
	return said
}

// EnglishPart returns the words of a sentence between two of its values: those before the first
// value are part 0.
func EnglishPart[C ~string](code C, part int) string {
	return regexp.MustCompile(`%[a-z]`).Split(i18n.English(string(code)), -1)[part]
}
