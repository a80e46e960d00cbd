// Package sanitize makes what comes from outside the process fit for use: from the store, or from
// another node. Texts are cleaned and cut to what the server itself allows, and times are bounded.
// What is read once by these functions needs no second look.
package sanitize
