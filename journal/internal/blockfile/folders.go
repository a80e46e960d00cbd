package blockfile

import "path/filepath"

// MessagesFolder is where, in the folder of a stream, the engine keeps its blocks and what it has noted of them.
const MessagesFolder = "msgs"

// StreamFolder is where the server in this process keeps a stream, below the directory that it was given.
func StreamFolder(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream)
}
