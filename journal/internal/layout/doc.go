// Package layout defines what the journal's store looks like: the names of its streams, subjects
// and files, the contents of messages, and the maximum sizes. It needs no NATS server, and
// changes nothing except the folder that it creates.
//
// # Streams
//
//	ROOM          room.<room>                  a [StoredEvent] a line: who, when, what; no addresses
//	PM            pm.<to>.<from>               one [PrivateMessage] each, until it is read
//	KV_people     $KV.people.<key>             the people who came with a key
//	KV_authority  $KV.authority.<table>.<key>  a record of [records.Authority], at its [RecordID]
//	KV_personal   $KV.personal.<table>.<key>   a record of [records.Personal]
//
// Room names and keys are base64url tokens. [CheckSubject] rejects subjects that this program
// never uses, and [IsPlausible] recognizes messages that it may have written.
//
// # Buckets
//
// The last three streams are buckets: of each subject the latest message counts, and a message
// without data is a marker that says that the entry was deleted. Nothing below the bucket's
// floor counts; the floor is a message in the bucket itself. A [BucketReader] takes all messages
// of a [Bucket], from any source, and finds out which count.
//
// # Versions
//
// All stored data has one [Version]: the folder, the metadata of each stream, and backups.
// [CheckVersion] says which versions this program can read. Before version 5, the last two streams
// and some files had other names, and before version 6 some tables: [UpgradeSubject] and [FilePath]
// know them.
package layout
