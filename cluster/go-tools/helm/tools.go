//go:build tools

// Package helm pins the Helm that the chart is checked and installed with: go.mod and go.sum say exactly which sources it is built from.
package helm

import _ "helm.sh/helm/v4/cmd/helm"
