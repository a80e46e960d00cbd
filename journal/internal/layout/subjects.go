package layout

import (
	"encoding/base64"
	"fmt"
	"strings"

	"teahouse/internal/ids"
)

// The names of the streams, and the prefixes of their subjects.
const (
	RoomStream           = "ROOM"
	PrivateMessageStream = "PM"
	PeopleStream         = "KV_people"
	AuthorityStream      = "KV_authority"
	PersonalStream       = "KV_personal"

	RoomPrefix           = "room."
	PrivateMessagePrefix = "pm."
	PeoplePrefix         = "$KV.people."

	// BucketPrefix begins the names of buckets: streams that keep the last message of each
	// subject.
	BucketPrefix = "KV_"
)

// EncodeToken returns a subject token for any text.
func EncodeToken(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// DecodeToken returns the text of a subject's last token.
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

// RoomSubject returns the subject of a room's events.
func RoomSubject(room ids.Room) string { return RoomPrefix + EncodeToken(string(room)) }

// RoomOf returns the room of a subject of [RoomSubject].
func RoomOf(subject string) (ids.Room, error) {
	room, err := DecodeToken(subject, RoomPrefix)
	return ids.Room(room), err
}

// PeopleSubject returns the subject of a person.
func PeopleSubject(person ids.Account) string { return PeoplePrefix + EncodeToken(string(person)) }
