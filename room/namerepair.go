package room

import "teahouse/internal/names"

// repairUserInfo returns the user of an event with a valid name.
func repairUserInfo(who *UserInfo) *UserInfo {
	if who == nil || names.Repaired(who.Name) == who.Name {
		return who
	}
	shown := *who
	shown.Name, shown.Verified, shown.folded = names.Repaired(who.Name), false, nil
	return &shown
}
