// Package ids has types for the strings that identify keys, accounts, names and rooms, so that the
// compiler notices if one is taken for another. For example, a key is not an account: somebody may
// have several keys.
package ids
