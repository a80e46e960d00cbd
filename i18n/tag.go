package i18n

import (
	"strings"

	"golang.org/x/text/language"
)

// Tag returns the language that someone with the given environment reads:
// Chinese, or English for everything else. lookup answers like os.Getenv; the
// first variable that is set decides, in the order of POSIX.1-2024, 8.2.
func Tag(lookup func(name string) string) language.Tag {
	switch locale := Locale(lookup); {
	case locale == "zh", strings.HasPrefix(locale, "zh_"), strings.HasPrefix(locale, "zh-"):
		return language.Chinese
	default:
		return language.English
	}
}

// EastAsian reports whether the environment's locale is Chinese, Japanese or
// Korean: their terminals draw characters of ambiguous width (Unicode UAX #11)
// two cells wide.
func EastAsian(lookup func(name string) string) bool {
	locale := Locale(lookup)
	if len(locale) > 2 && locale[2] != '_' && locale[2] != '-' {
		return false
	}
	return strings.HasPrefix(locale, "zh") || strings.HasPrefix(locale, "ja") || strings.HasPrefix(locale, "ko")
}

// Locale returns the name of the locale that messages are wanted in, without
// its character set: "zh_CN", or "" where none is set.
func Locale(lookup func(name string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := lookup(name); value != "" {
			locale, _, _ := strings.Cut(value, ".")
			return locale
		}
	}
	return ""
}
