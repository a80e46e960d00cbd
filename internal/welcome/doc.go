// Package welcome is what somebody sees on arriving: what was said while they were away, the private
// messages that waited for them, and what else they should know. A door calls [For] once for each
// session, after [room.Hub.Enter], and renders what it returns; what happens from then on, the
// session reads as events.
package welcome
