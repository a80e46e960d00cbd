// Package blockfile reads the files in which a NATS server keeps a stream, without the server: it finds
// what a damaged file still holds, where the server would cut it off.
//
// A stream has a folder, see [StreamFolder]. Its messages are in blocks, msgs/1.blk and so on: a [Block]
// is a file of records, each with a checksum. [Block.Records] gives the good ones, and a [Fault] for
// each part that cannot be read. What the server has noted of the blocks, which of their messages
// count and which were removed, is in msgs/index.db: a [State].
//
// The format is that of the nats-server in go.mod: TestBlocksWrittenByNATS, beside the engine, has it
// write what is read here. The package knows nothing of a teahouse: whoever reads a block
// says by [Plausible] which messages there can be.
package blockfile
