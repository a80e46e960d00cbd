// Package cli adds to kong, which parses command lines, what it does not do by itself: a
// configuration file ([ConfigFile]), values such as 30d, error messages for people who know no Go
// ([Mappers], [UserMessage]), and an answer for shells that complete a command line ([Complete]).
// The only flags that it knows by name are help, version and config.
package cli
