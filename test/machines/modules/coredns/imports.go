//go:build imports

// Package coredns names the program, so that go.mod and go.sum cover it.
package coredns

import _ "github.com/coredns/coredns"
