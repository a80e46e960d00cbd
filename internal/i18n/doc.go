// Package i18n has the server's sentences in the languages that people read.
//
// Programs know a sentence by its code, as in "name-taken"; only the catalogue knows its
// words, a format string for each language. So a sentence can be reworded, and no program
// notices. A test checks that each code has its sentence in English, in Chinese, and in Chinese
// as written in Taiwan.
//
// Sentences are short and active, on one line: first what is the matter, then what to do. One
// thing has one word: people send messages to rooms, or private messages to each other; away is
// who said so by /away, offline who isn't connected; nobody is "it" but bots and programs.
//
// LC_ALL, LC_MESSAGES or LANG, in POSIX's order, say which language someone reads; see
// [DetectLanguage].
package i18n
