// Package look knows how talk looks in a terminal: text in, bytes out.
package look
