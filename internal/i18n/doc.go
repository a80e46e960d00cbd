// Package i18n has the words of everything that people read: what the server says, in the terminal
// and over TCP, and what the menu client says.
//
// Programs know a sentence by its code, as in "name-taken"; only the catalogue knows its words, a
// format string for each language. So a sentence can be reworded, and no program notices. Codes
// are defined in package reply and in the packages that say them. The words are in
//
//	english.go              English, and the singulars
//	chinese_simplified.go   Chinese as written in mainland China
//	chinese_traditional.go  Chinese as written in Taiwan
//
// What help says about a command is in the command's file, which adds it by [Add]. A test checks
// that each code has its sentence in all three languages.
//
// Sentences are short and active, on one line: first what is wrong, then what to do about it. One
// thing has one word: people send messages to rooms, or private messages to each other; somebody
// who has said so with /away is away, somebody who is not connected is offline; only bots and
// programs are "it".
//
// LC_ALL, LC_MESSAGES or LANG, in POSIX's order, say which language someone reads; see
// [DetectLanguage].
package i18n
