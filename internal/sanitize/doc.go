// Package sanitize makes records and events from the store or from another node fit for use. Texts
// are cleaned and cut to what the server itself allows, and times are bounded. Nothing behind these
// functions checks again. What users type does not come through here: package text cleans and
// checks messages, package names checks names.
package sanitize
