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
