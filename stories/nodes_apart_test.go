package stories

import (
	"testing"
)

// Protects those at a machine that is cut off: they are told, once, each in their
// language, talk on among themselves, and are told when the others are there again.
// Then everybody reads what the others said meanwhile, once.
func TestNodeIsCutOff(t *testing.T) {
	t.Parallel()
	long(t)
	const (
		cut, back               = "* The other machines of this house do not answer.", "* The other machines answer again: what was said there meanwhile follows."
		cutChinese, backChinese = "* 其他机器没有回应。", "* 其他机器又有回应了"
	)
	n := startNodes(t)
	ada, ming := n.houses[0].enterAs("ada", newKey(t)), n.houses[0].enterChinese("小明")
	bob, cleo := n.houses[1].enter("bob"), n.houses[2].enter("cleo")
	n.allSee("ada", "bob", "cleo", "小明")
	ada.says("before")
	cleo.shows("ada✓: before")

	n.pull(0, true)
	bob.says("into the void")
	ada.says("/msg bob do you hear me?")
	ada.shows("! bob is at another machine, which does not answer now")
	ada.shows(cut, "* bob left", "* cleo left")
	ming.shows(cutChinese)
	bob.shows("* ada✓ left", "* 小明 left")
	ada.says("we are alone")
	ming.shows("ada✓: we are alone")
	ming.says("只有我们")
	cleo.says("where are they?")
	bob.shows("cleo: where are they?")
	ada.says("/who")
	ada.shows("* 2 here: ada✓, 小明")

	n.pull(0, false)
	ada.shows(back, "bob: into the void", "cleo: where are they?")
	ming.shows(backChinese)
	n.allSee("ada", "bob", "cleo", "小明")
	ada.says("here we are")
	bob.says("welcome back")
	for _, s := range []*screen{bob, cleo, ada, ming} {
		s.shows("ada✓: here we are", "bob: welcome back")
		s.once("ada✓: before", "into the void", "ada✓: we are alone", "小明: 只有我们", "cleo: where are they?", "ada✓: here we are", "bob: welcome back")
	}
	ada.once(cut, back)
	ming.once(cutChinese, backChinese)
	for _, s := range []*screen{bob, cleo} {
		s.hides(cut, back)
	}
}
