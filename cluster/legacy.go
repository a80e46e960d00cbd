package cluster

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Earlier nodes used other subjects, and other names for the fields of what they sent: the legacy
// form. So that nodes can be upgraded one after the other, a node
//
//   - listens on the subjects of both forms,
//   - sends heartbeats in both, so that older nodes know of it,
//   - publishes packets in the legacy form, too, as long as it knows an older node,
//   - asks an older node in its form, and answers each request in the form of the request.
//
// An older node that is discovered asks for everything that it missed, so it does not matter
// that no packet was published for it earlier. What a current node sends in the legacy form is
// marked by wireField, and of what it publishes, other current nodes ignore that copy.
//
// This file can be removed, with what refers to it, one release after the one that brought it.
const (
	legacyHeartbeatSubject = subjectPrefix + "beat"
	legacyFeedPrefix       = subjectPrefix + "feed."
	legacyResendPrefix     = subjectPrefix + "again."
	legacyResentPrefix     = subjectPrefix + "said."
	legacyRequestPrefix    = subjectPrefix + "to."

	wireField = "wire"
)

// isLegacySubject reports whether messages on a subject have the legacy form.
func isLegacySubject(subject string) bool {
	if subject == legacyHeartbeatSubject {
		return true
	}
	for _, prefix := range []string{legacyFeedPrefix, legacyResendPrefix, legacyResentPrefix, legacyRequestPrefix} {
		if strings.HasPrefix(subject, prefix) {
			return true
		}
	}
	return false
}

// A legacyShape has the names of a JSON object's fields in the legacy form, where they differ or
// have objects with such fields; by their present names.
type legacyShape map[string]legacyField

// A legacyField is the name of a field in the legacy form, and the shape of the object in it, or
// of those in the array in it.
type legacyField struct {
	name  string
	value legacyShape
}

// legacyShapeOf returns the shape of a message in the legacy form.
func legacyShapeOf(message any) legacyShape {
	user := legacyShape{
		"session_id": {"ID", nil}, "name": {"Name", nil}, "address": {"Address", nil}, "person": {"Key", nil},
		"verified": {"Verified", nil}, "unnamed": {"Unnamed", nil}, "bot": {"Bot", nil}, "away": {"Away", nil},
	}
	says := legacyShape{"args": {"args", legacyShape{"time": {"moment", nil}, "duration": {"span", nil}}}}
	happened := legacyShape{"user": {"who", user}, "sentence": {"says", says}}
	switch message.(type) {
	case *packet:
		session := legacyShape{
			"user": {"who", user}, "fingerprint": {"key", nil}, "no_direct": {"deaf", nil}, "scripted": {"patient", nil}, "named_at": {"named", nil},
			"assigned": {"given", nil}, "away_message": {"why", nil}, "following": {"follows", nil}, "left_reason": {"left", nil},
		}
		return legacyShape{
			"identity": {"by", nil}, "seq": {"n", nil}, "events": {"events", happened}, "sessions": {"sessions", session},
			"backfilled": {"saved", legacyShape{"identity": {"by", nil}, "up_to": {"upto", nil}}},
			"snapshot":   {"all", nil}, "up_to": {"upto", nil}, "resend_id": {"ask", nil}, "resent_seq": {"was", nil},
		}
	case *heartbeat:
		return legacyShape{
			"identity": {"by", nil}, "last_seq": {"n", nil}, "store_seq": {"stored", nil}, "pending": {"behind", nil}, "stored_up_to": {"kept", nil},
		}
	case *resendRequest:
		return legacyShape{"id": {"n", nil}}
	case *request:
		return legacyShape{"session_id": {"session", nil}, "event": {"event", happened}, "disconnect": {"sendAway", nil}, "farewell": {"farewell", says}}
	case *response:
		return legacyShape{"refusal": {"refused", says}}
	}
	return nil
}

// inverse returns the present names by those in the legacy form.
func (s legacyShape) inverse() legacyShape {
	inverse := legacyShape{}
	for name, field := range s {
		inverse[field.name] = legacyField{name, field.value.inverse()}
	}
	return inverse
}

// rename returns a JSON value with other names of fields.
func (s legacyShape) rename(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = s.rename(value[i])
		}
	case map[string]any:
		renamed := make(map[string]any, len(value))
		for name, v := range value {
			field, ok := s[name]
			if !ok {
				field.name = name
			}
			renamed[field.name] = field.value.rename(v)
		}
		return renamed
	}
	return value
}

// readJSON returns a JSON value with its numbers as they are.
func readJSON(data []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

// encodeLegacy returns a message in the legacy form, marked as coming from a current node.
func encodeLegacy(message any) []byte {
	value, err := readJSON(encode(message))
	if err != nil {
		panic(err) // it was encoded a moment ago
	}
	renamed := legacyShapeOf(message).rename(value).(map[string]any)
	renamed[wireField] = 2
	return encode(renamed)
}

// encodeFor is encode, or encodeLegacy for an older node.
func encodeFor(legacy bool, message any) []byte {
	if legacy {
		return encodeLegacy(message)
	}
	return encode(message)
}

// decodeFrom decodes a message from a subject, in that subject's form.
func decodeFrom(legacy bool, data []byte, message any) error {
	if legacy {
		value, err := readJSON(data)
		if err != nil {
			return err
		}
		data = encode(legacyShapeOf(message).inverse().rename(value))
	}
	return json.Unmarshal(data, message)
}

// isMarked reports whether a message in the legacy form comes from a current node.
func isMarked(data []byte) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(data, &fields) == nil && fields[wireField] != nil
}

// hasLegacyPeers reports whether an older node may be listening.
func (l *Link) hasLegacyPeers() bool {
	for _, n := range l.peers {
		if n.legacy.Load() && (n.state == peerAlive || n.state == peerLost) {
			return true
		}
	}
	return false
}
