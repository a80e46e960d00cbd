// Package datadir guards the data directory: one process at a time may use it, and only its owner
// may read and change what is in it. The errors say what to do.
package datadir
