// Package names decides what people and rooms may be called and which names people would take for
// each other. It consists of functions on strings alone.
//
// A name stands in front of what somebody says and in the middle of the server's own sentences,
// with nothing around it. [Check] therefore refuses a name that could make a line look like
// another person's or like the server's: by its characters, by letters that look like other
// characters, or by words that the server itself writes after names. A sentence that the server
// writes after a name must begin with a word that is listed in official.go; a test goes over all
// sentences of all languages.
//
//	name.go          which names there may be, and how long they are
//	characters.go    which characters, scripts and emoji a name may have
//	official.go      words that only the server writes, and names that only operators have
//	identity.go      when two names are the same, or look alike
//	address.go       what looks like an address
//	fold.go          names, prepared to be looked for in messages
//	repair.go        making a name out of what a client asks for
//
// # Comparing
//
// An [Identity] is what a name is compared by:
//
//   - its Key, by the Nickname profile of PRECIS (RFC 8266), ignores case and width. Two people
//     whose names have the same key have the same name.
//   - its Skeletons, by Unicode's UTS #39, are the same for names that look alike. The
//     server gives nobody a name that looks like one that is taken.
//
// [Identity.IsOfficial] reports whether people would read a name as the server's or an
// operator's.
//
// # Repairing
//
// What a client asks to be called may not be a name. [Repair] makes one out of it, and [Repaired]
// does so for names that the store or another node allowed by older rules. [Sanitize] only cleans:
// use it for names from outside that must stay what they are.
package names
