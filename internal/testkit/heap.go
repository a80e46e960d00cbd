package testkit

import "runtime"

// HeapInUse returns how many bytes the program's live objects take.
func HeapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
