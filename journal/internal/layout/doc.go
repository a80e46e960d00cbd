// Package layout knows what the journal's store looks like: how its streams, subjects and files are
// called, what a message holds, and how much there may be of each. It needs no NATS server, and
// changes nothing but the folder that it makes.
//
// # Streams
//
//	ROOM       room.<room>             a [StoredEvent] a line: who, when, what; no addresses
//	PM         pm.<to>.<from>          a [DirectMessage] each, until it is read
//	KV_people  $KV.people.<key>        who came with a key
//	KV_book    $KV.book.<table>.<key>  a record of [records.Authority], at its [RecordID]
//	KV_desk    $KV.desk.<table>.<key>  a record of [records.Personal]
//
// Names of rooms and keys are tokens of base64url. [CheckSubject] tells what no teahouse
// writes, and [IsPlausible] what looks like a message of one.
//
// # Buckets
//
// The last three streams are buckets: of each subject the latest message counts, and one without
// data is a marker that says there is none. Nothing below the bucket's floor counts, which
// is a message in the bucket itself. A [BucketReader] is given all messages of a [Bucket], by
// whoever can read them, and tells which count.
//
// # Versions
//
// All that is stored has one [Version]: the folder, the metadata of each stream, and backups.
// [CheckVersion] says what this teahouse can read.
package layout
