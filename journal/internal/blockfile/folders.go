package blockfile

import "path/filepath"

// MessagesFolder is the subfolder of a stream's folder that holds the engine's blocks and its
// notes on them.
const MessagesFolder = "msgs"

// StreamFolder returns the folder of a stream, given the embedded server's directory.
func StreamFolder(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}
