package room

import "teahouse/internal/names"

// repairUserInfo is mended for who an event is of.
func repairUserInfo(who *UserInfo) *UserInfo {
	if who == nil || names.Repaired(who.Name) == who.Name {
		return who
	}
	shown := *who
	shown.Name, shown.Verified, shown.folded = names.Repaired(who.Name), false, nil
	return &shown
}
