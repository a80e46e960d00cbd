package records

import (
	"bytes"
	"encoding/json"
)

// A Record is an entry of a [Store].
type Record struct {
	Table string // lower-case letters
	Key   string // any bytes, at most maxKeyBytes
	Value []byte // JSON; nil deletes the record
}

// Overhead is how many bytes a record takes besides its key and value.
const Overhead = 96

// Encode returns a value as JSON for a record. Unlike json.Marshal it does not escape <, > and &,
// which would take six bytes each.
func Encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // our own types, which always encode
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
