//go:build tools

// Package tools names the command that the test cluster builds, so that `go mod tidy` keeps its sums.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
