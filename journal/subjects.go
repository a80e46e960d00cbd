package journal

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// The streams, and what their subjects begin with.
const (
	roomStream          = "ROOM"
	directMessageStream = "PM"
	peopleStream        = "KV_people"
	authorityStream     = "KV_book"
	personalStream      = "KV_desk"

	roomPrefix          = "room."
	directMessagePrefix = "pm."
	peoplePrefix        = "$KV.people."

	// bucketPrefix is what the names of streams begin with that are made as
	// buckets: they hold the last message of each subject.
	bucketPrefix = "KV_"
)

// encodeToken makes a token of a subject of any text.
func encodeToken(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// decodeToken returns the text of which a subject's last token was made.
func decodeToken(subject, prefix string) (string, error) {
	token, ok := strings.CutPrefix(subject, prefix)
	if !ok {
		return "", fmt.Errorf("subject %q does not begin with %q", subject, prefix)
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) == 0 || encodeToken(string(text)) != token {
		return "", fmt.Errorf("subject %q names nothing", subject)
	}
	return string(text), nil
}

func roomSubject(name string) string  { return roomPrefix + encodeToken(name) }
func peopleSubject(key string) string { return peoplePrefix + encodeToken(key) }
