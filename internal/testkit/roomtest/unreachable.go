package roomtest

import (
	"testing"

	"teahouse/internal/command"
)

// ClusterWithOperator returns a testCluster with an operator at the first node.
func ClusterWithOperator(t *testing.T) (s *testCluster, root *command.Runner) {
	s = NewTestCluster(t)
	root = s.Nodes[0].Come("root", "K1")
	root.HandleLine("/op "+s.Nodes[0].NewOperatorCode(), command.SlashSyntax)
	return s, root
}
