// Package blockfile reads the files in which a NATS server keeps a stream, without the server:
// it finds what a damaged file still holds, where the server would cut it off.
//
// A stream has a folder, see [StreamFolder]. Its messages are in blocks, msgs/1.blk and so on: a
// [Block] is a file of records, each with a checksum. [Block.Records] returns the good ones, and
// a [Fault] for each unreadable part. The server's notes on the blocks, which say which messages
// count and which were removed, are in msgs/index.db: a [State].
//
// The format is that of the nats-server version in go.mod: TestBlocksWrittenByNATS, in package
// store, lets that server write what is read here. The package does not know what a chat is: its
// callers define by [Plausible] which messages there can be.
package blockfile
