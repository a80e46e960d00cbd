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

// What terminals show of sentences, by their languages.
var english, chinese, taiwan = printer(language.English), printer(language.Chinese), printer(language.TraditionalChinese)

func printer(tag language.Tag) func() func(message.Reference, ...any) string {
	return sync.OnceValue(func() func(message.Reference, ...any) string { return i18n.New().Printer(tag).Sprintf })
}

// English returns what somebody at a terminal in English reads where the server says a code. Tests
// name the code, so that rewording a sentence changes none of them.
func English[C ~string](code C, args ...any) string { return english()(string(code), args...) }

// Chinese is English for somebody who reads Chinese.
func Chinese[C ~string](code C, args ...any) string { return chinese()(string(code), args...) }

// Taiwan is Chinese as it is written there.
func Taiwan[C ~string](code C, args ...any) string { return taiwan()(string(code), args...) }

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

// EnglishStart returns the beginning of a sentence, as far as its first values fill it in.
func EnglishStart[C ~string](code C, args ...any) string {
	format := i18n.English(string(code))
	if verbs := regexp.MustCompile(`%[a-z]`).FindAllStringIndex(format, -1); len(verbs) > len(args) {
		format = format[:verbs[len(args)][0]]
	}
	return fmt.Sprintf(format, args...)
}
