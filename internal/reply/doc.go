// Package reply has the answers of the server, as values: programs go by them, and only the
// catalogues of package i18n know the words.
//
// A [Code] names a sentence. A [Sentence] is a code and what fills it in. A [Refusal] is the error
// that says why somebody did not get what they asked for.
//
// A new sentence is a Code here, or in the package that says it, and its words in the three
// catalogues of i18n; tests find the one that is missing.
package reply
