//go:build tools

// Package crane pins what the tests check pushed images with: go.mod and go.sum say exactly which sources it is built from.
package crane

import _ "github.com/google/go-containerregistry/cmd/crane"
