package i18n

import (
	"strings"

	"golang.org/x/text/language"
)

// Tag returns the language that someone with the given environment reads:
// Chinese, or English for everything else. lookup answers like os.Getenv; the
// first variable that is set decides, in the order of POSIX.1-2024, 8.2.
func Tag(lookup func(name string) string) language.Tag {
	switch name := locale(lookup); {
	case name == "zh", strings.HasPrefix(name, "zh_"), strings.HasPrefix(name, "zh-"):
		return language.Chinese
	default:
		return language.English
	}
}

// EastAsian reports whether the environment's locale is Chinese, Japanese or
// Korean: their terminals draw characters of ambiguous width (Unicode UAX #11)
// two cells wide.
func EastAsian(lookup func(name string) string) bool {
	name := locale(lookup)
	if len(name) > 2 && name[2] != '_' && name[2] != '-' {
		return false
	}
	return strings.HasPrefix(name, "zh") || strings.HasPrefix(name, "ja") || strings.HasPrefix(name, "ko")
}

// locale returns the name of the locale that messages are wanted in, without
// its character set: "zh_CN", or "" where none is set.
func locale(lookup func(name string) string) string {
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := lookup(variable); value != "" {
			name, _, _ := strings.Cut(value, ".")
			return name
		}
	}
	return ""
}
