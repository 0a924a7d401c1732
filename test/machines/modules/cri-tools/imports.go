//go:build imports

// Package critools names the program, so that go.mod and go.sum cover it.
package critools

import _ "sigs.k8s.io/cri-tools/cmd/crictl"
