{{/* What the names of objects begin with. With the release "smooth-operator" they are those of config/default.
28 characters, because 35 may follow, and a Service's name may have 63. */}}
{{- define "smooth-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 28 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 28 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 28 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The operator's pods, and nobody else's. Not to be changed: a Deployment's selector cannot be. */}}
{{- define "smooth-operator.selectorLabels" -}}
app.kubernetes.io/name: smooth-operator
app.kubernetes.io/instance: {{ .Release.Name }}
control-plane: controller-manager
{{- end -}}

{{/* What every object has. */}}
{{- define "smooth-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: smooth-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "smooth-operator.managerName" -}}
{{ include "smooth-operator.fullname" . }}-controller-manager
{{- end -}}

{{- define "smooth-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "smooth-operator.managerName" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "smooth-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* Who is given the operator's rights. */}}
{{- define "smooth-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "smooth-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* The same for every container of the chart: what restricted Pod Security asks for, and a read-only root. */}}
{{- define "smooth-operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- define "smooth-operator.podSecurityContext" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "smooth-operator.webhookServiceName" -}}
{{ include "smooth-operator.fullname" . }}-webhook-service
{{- end -}}

{{- define "smooth-operator.metricsServiceName" -}}
{{ include "smooth-operator.managerName" . }}-metrics-service
{{- end -}}

{{- define "smooth-operator.webhookSecretName" -}}
{{ include "smooth-operator.fullname" . }}-webhook-server-cert
{{- end -}}

{{- define "smooth-operator.webhookConfigurationName" -}}
{{ include "smooth-operator.fullname" . }}-validating-webhook-configuration
{{- end -}}

{{/* The port that metrics are served on: kubebuilder's, plain and secure. */}}
{{- define "smooth-operator.metricsPort" -}}
{{ ternary 8443 8080 .Values.metrics.secure }}
{{- end -}}

{{/* Not empty when the operator makes and keeps a certificate of its own. */}}
{{- define "smooth-operator.makesCertificate" -}}
{{- if and (or .Values.webhook.enabled (and .Values.metrics.enabled .Values.metrics.secure)) (not .Values.webhook.certManager.enabled) -}}
true
{{- end -}}
{{- end -}}
