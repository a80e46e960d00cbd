package i18n

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// DetectLanguage returns the language that someone with the given environment reads: Chinese, in
// Taiwan, Hong Kong and Macao in Traditional characters, or English for everyone else. lookup
// answers like os.Getenv; the first variable that is set decides, in the order of POSIX.1-2024, 8.2.
func DetectLanguage(lookup func(name string) string) language.Tag {
	parts := strings.FieldsFunc(locale(lookup), func(r rune) bool { return r == '_' || r == '-' || r == '@' })
	switch {
	case len(parts) == 0 || parts[0] != "zh":
		return language.English
	case slices.ContainsFunc(parts[1:], isTraditional):
		return language.TraditionalChinese
	}
	return language.Chinese
}

// isTraditional reports whether a part of a locale's name stands for Traditional characters.
func isTraditional(part string) bool {
	return slices.Contains([]string{"tw", "hk", "mo", "hant"}, strings.ToLower(part))
}

// IsEastAsian reports whether the environment's locale is Chinese, Japanese or Korean. Terminals
// there draw characters of ambiguous width (Unicode UAX #11) two cells wide.
func IsEastAsian(lookup func(name string) string) bool {
	name := locale(lookup)
	if len(name) > 2 && name[2] != '_' && name[2] != '-' {
		return false
	}
	return strings.HasPrefix(name, "zh") || strings.HasPrefix(name, "ja") || strings.HasPrefix(name, "ko")
}

// locale returns the name of the locale for messages, without its character set, as in "zh_CN", or
// "" if none is set.
func locale(lookup func(name string) string) string {
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := lookup(variable); value != "" {
			name, _, _ := strings.Cut(value, ".")
			return name
		}
	}
	return ""
}
