// Package duration reads and writes the lengths of time that people type: in bans and mutes, in
// /history since and follow --since, in /slow, in flags and in the settings of a door.
//
// A duration is one or more numbers, each with a unit, as in 90s, 30d or 1d12h. The units are those
// of [time.ParseDuration] and d and w for days and weeks of 24 and 168 hours. [Parse] reads it and
// [Format] writes it; [ParseSince] also takes a time of day or a date for how long ago something
// was. What is allowed where, such as at most ten years or nothing negative, is the caller's to
// check.
//
// [LooksLike] and [InWords] recognize attempts at a duration, so that a command can refuse a
// mistyped one instead of taking it for the words that may stand in its place.
package duration
