{{- define "controller.name" -}}
cluster-upgrade-controller
{{- end }}

{{/* The labels of deploy/, which selectors use as well, and Helm's own. */}}
{{- define "controller.labels" -}}
app.kubernetes.io/name: {{ include "controller.name" . }}
app.kubernetes.io/part-of: {{ include "controller.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "controller.selector" -}}
app.kubernetes.io/name: {{ include "controller.name" . }}
{{- end }}

{{- define "controller.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* A ClusterRole or Role with its binding: dict "top" $ "name" N "namespace" NS (none: cluster-wide) "rules" R. */}}
{{- define "controller.grant" -}}
{{- $kind := ternary "Role" "ClusterRole" (hasKey . "namespace") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "controller.labels" .top | nindent 4 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "controller.labels" .top | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "controller.name" .top }}
    namespace: {{ .top.Release.Namespace }}
{{- end }}

{{/* What the schema cannot say, because it concerns two values. */}}
{{- define "controller.check" -}}
{{- if eq .Values.jobNamespace.name .Release.Namespace }}
{{- fail (printf "jobNamespace.name: %q is the namespace of the release; the Jobs need one of their own: whoever may create pods there is root on every node" .Values.jobNamespace.name) }}
{{- end }}
{{- if or (eq .Values.jobNamespace.name "default") (hasPrefix "kube-" .Values.jobNamespace.name) }}
{{- fail (printf "jobNamespace.name: %q is no namespace for the Jobs: it gets Pod Security \"privileged\", and whoever may create pods there is root on every node; name one that holds nothing else" .Values.jobNamespace.name) }}
{{- end }}
{{- if eq (int .Values.metrics.port) (int .Values.probes.port) }}
{{- fail (printf "probes.port: %d is metrics.port as well; the two must differ" (int .Values.probes.port)) }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) }}
{{- fail "metrics.serviceMonitor.enabled needs metrics.service.enabled: a ServiceMonitor selects a Service" }}
{{- end }}
{{- end }}
