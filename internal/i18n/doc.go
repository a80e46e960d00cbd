// Package i18n says the house's sentences in its users' languages.
//
// A sentence is written once, in English, where it is spoken, as a format
// string; that string is also its key. The catalogue maps it to Chinese, and
// to Chinese as it is written in Taiwan. A
// sentence that the catalogue does not hold is said in English, so nothing
// breaks for want of a translation, and a test in the package that owns the
// sentences makes sure that none is wanting.
//
// Which language someone reads is told by LC_ALL, LC_MESSAGES or LANG, in
// POSIX's order; see [DetectLanguage].
package i18n
