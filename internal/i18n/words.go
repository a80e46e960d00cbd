package i18n

import "fmt"

// Words are the words of one sentence in every language: English, Simplified Chinese, Traditional
// Chinese, in this order. Each is a format string, and all take the same values.
type Words [3]string

// Add adds a sentence to the catalogues, for a package whose words are better kept beside what says
// them, as those of a command. Only init functions may call it: everything else reads the
// catalogues without a lock. It panics if the code has a sentence already, or a language lacks its
// words.
func Add(code string, w Words) {
	if english[code] != "" {
		panic(fmt.Sprintf("i18n: two sentences have the code %s", code))
	}
	for _, sentence := range w {
		if sentence == "" {
			panic(fmt.Sprintf("i18n: %s lacks the words of a language", code))
		}
	}
	english[code], simplifiedChinese[code], traditionalChinese[code] = w[0], w[1], w[2]
}
