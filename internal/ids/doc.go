// Package ids has types for the strings that identify something, so that the compiler notices if
// one is taken for another: a key is not a person, who may have several keys.
package ids
