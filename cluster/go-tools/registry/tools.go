//go:build tools

// Package registry pins the container registry of the tests: go.mod and go.sum say exactly which sources it is built from.
package registry

import _ "github.com/distribution/distribution/v3/cmd/registry"
