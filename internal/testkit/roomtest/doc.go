// Package roomtest is what the tests of package room share with those of the packages around it,
// such as command, private and peers: people who enter and type ([Enter], [Does]), what they read,
// in a few words ([Read], [Expect]), stores in memory ([NewFakeMessageStore], [NewFakeRecordStore]),
// and two nodes in one process ([NewTestCluster]).
package roomtest
