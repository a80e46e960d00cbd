package ratelimit

// A Semaphore limits how many do something at the same time. To acquire it, send to it, in a select
// if there are reasons to give up. Those who wait get it in order of arrival.
type Semaphore chan struct{}

// Release lets the next one in.
func (s Semaphore) Release() { <-s }
