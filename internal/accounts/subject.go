package accounts

import (
	"strconv"
	"strings"
)

// sessionSubjectPrefix begins each subject that is a session.
const sessionSubjectPrefix = "session "

// SessionSubject returns the subject of somebody without a key. It is valid as long as the session
// lasts.
func SessionSubject(id uint64) string { return sessionSubjectPrefix + strconv.FormatUint(id, 10) }

// IsSessionSubject reports whether a subject is a session rather than a person.
func IsSessionSubject(subject string) bool { return strings.HasPrefix(subject, sessionSubjectPrefix) }
