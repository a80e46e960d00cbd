// Package i18n says the house's sentences in its users' languages.
//
// Programs know a sentence by its code, as in "name-taken"; only the catalogue knows its
// words, a format string for each language. So a sentence can be reworded, and no program
// notices. A test makes sure that each code has its sentence in English, in Chinese, and in
// Chinese as it is written in Taiwan.
//
// Which language someone reads is told by LC_ALL, LC_MESSAGES or LANG, in
// POSIX's order; see [DetectLanguage].
package i18n
