package moderation

import (
	"time"

	"teahouse/internal/ids"
)

// MaxOperators is how many operators there may be besides those listed in files.
const MaxOperators = 1000

// IsOperator reports whether a person is an operator, by any of their keys.
func (s *State) IsOperator(person ids.Account) bool {
	return person != "" && (s.operators.Get(person) != nil || s.config.IsListedOperator(person))
}

// IsAppointed reports whether other operators appointed a person, as opposed to a file.
func (s *State) IsAppointed(person ids.Account) bool { return s.operators.Get(person) != nil }

// HasOperator reports whether there is any operator.
func (s *State) HasOperator() bool {
	return s.operators.Len() > 0 || s.config.CountListedOperators() > 0
}

// IsLastOperator reports whether a person, who was appointed, is the only operator.
func (s *State) IsLastOperator(person ids.Account) bool {
	return s.operators.Len() == 1 && s.IsAppointed(person) && s.config.CountListedOperators() == 0
}

// Appoint makes a person an operator. It returns false if there are too many.
func (s *State) Appoint(person ids.Account, g Grant) bool {
	if s.operators.Len() >= MaxOperators && !s.IsAppointed(person) {
		return false
	}
	s.operators.Put(person, &g)
	return true
}

// Dismiss takes the operator role from a person who was appointed.
func (s *State) Dismiss(person ids.Account) { s.operators.Delete(person) }

// OfferOperatorCode sets the code that makes the first operator, in place of an earlier one. If
// there is an operator already, it returns false, and no code is valid.
func (s *State) OfferOperatorCode(code string) bool {
	s.operatorCode = ""
	if s.HasOperator() {
		return false
	}
	s.operatorCode = code
	return true
}

// IsOperatorCode reports whether a code makes the first operator.
func (s *State) IsOperatorCode(code string) bool {
	return s.operatorCode != "" && code == s.operatorCode && !s.HasOperator()
}

// RedeemOperatorCode makes a person the first operator, and uses up the code.
func (s *State) RedeemOperatorCode(person ids.Account, g Grant) {
	s.operatorCode = ""
	s.operators.Put(person, &g)
}

// FindAppointed returns the last appointed operator for whom is returns true.
func (s *State) FindAppointed(is func(person ids.Account, name string) bool) (person ids.Account, name string) {
	var latest time.Time
	for other, g := range s.operators.All() {
		if is(other, g.Name) && g.Since.After(latest) {
			person, name, latest = other, g.Name, g.Since
		}
	}
	return person, name
}
