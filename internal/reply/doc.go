// Package reply has what the server answers, as values: programs go by them, and only the
// catalogues of package i18n know the words.
//
// A [Code] names a sentence. A [Sentence] is a code and what fills it in. A [Refusal] is the
// error of what somebody asked for and did not get.
//
// A new sentence is a Code here, or in the package that says it, and its words in the three
// catalogues of i18n; tests find the one that is missing.
package reply
