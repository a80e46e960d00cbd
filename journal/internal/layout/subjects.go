package layout

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// The streams, and what their subjects begin with.
const (
	RoomStream          = "ROOM"
	DirectMessageStream = "PM"
	PeopleStream        = "KV_people"
	AuthorityStream     = "KV_book"
	PersonalStream      = "KV_desk"

	RoomPrefix          = "room."
	DirectMessagePrefix = "pm."
	PeoplePrefix        = "$KV.people."

	// BucketPrefix is what the names of streams begin with that are made as
	// buckets: they hold the last message of each subject.
	BucketPrefix = "KV_"
)

// EncodeToken makes a token of a subject of any text.
func EncodeToken(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// DecodeToken returns the text of which a subject's last token was made.
func DecodeToken(subject, prefix string) (string, error) {
	token, ok := strings.CutPrefix(subject, prefix)
	if !ok {
		return "", fmt.Errorf("subject %q does not begin with %q", subject, prefix)
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) == 0 || EncodeToken(string(text)) != token {
		return "", fmt.Errorf("subject %q names nothing", subject)
	}
	return string(text), nil
}

// RoomSubject is where what is said in a room is stored.
func RoomSubject(name string) string { return RoomPrefix + EncodeToken(name) }

// PeopleSubject is where somebody is stored who came with a key.
func PeopleSubject(key string) string { return PeoplePrefix + EncodeToken(key) }
