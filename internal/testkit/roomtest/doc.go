// Package roomtest is what the tests of packages room and command have in common: people who enter
// and type ([Enter], [Does]), what they read, in a few words ([Read], [Expect]), stores in
// memory ([NewFakeMessageStore], [NewFakeRecordStore]), and two nodes in one process
// ([NewTestCluster]).
package roomtest
