//go:build tools

// Package actionlint pins the linter of the GitHub workflows: go.mod and go.sum say exactly which sources it is built from.
package actionlint

import _ "github.com/rhysd/actionlint/cmd/actionlint"
