{{/*
What things are called. A name is at most 50 characters, so that what Kubernetes makes of it (claims, the hash of a StatefulSet's
revision, which is a label) stays below 63. app.kubernetes.io/name is always psync-relay: rules and dashboards count on it.
*/}}

{{- define "psync-relay.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := .Values.nameOverride | default "psync-relay" -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.headless" -}}
{{- include "psync-relay.fullname" . }}-headless
{{- end -}}

{{/* The job of the series: releases of one namespace are apart, and the rules know it by its beginning. */}}
{{- define "psync-relay.job" -}}
psync-relay{{ if ne .Release.Name "psync-relay" }}-{{ .Release.Name }}{{ end }}
{{- end -}}

{{- define "psync-relay.configMap" -}}
{{- .Values.existingConfigMap | default (include "psync-relay.fullname" .) -}}
{{- end -}}

{{/* Where cert-manager puts the certificate; nothing without it. */}}
{{- define "psync-relay.certificateSecret" -}}
{{- if .Values.certManager.enabled }}{{ include "psync-relay.fullname" . }}-tls{{ end -}}
{{- end -}}

{{- define "psync-relay.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "psync-relay.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.selector" -}}
app.kubernetes.io/name: psync-relay
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "psync-relay.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "psync-relay.selector" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object: list ROOT NAME, then optionally more labels and more annotations. */}}
{{- define "psync-relay.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
labels:
  {{- include "psync-relay.labels" $root | nindent 2 }}
  {{- if gt (len .) 2 }}{{ with index . 2 }}
  {{- toYaml . | nindent 2 }}
  {{- end }}{{ end }}
{{- $annotations := deepCopy $root.Values.commonAnnotations -}}
{{- if gt (len .) 3 }}{{ $annotations = mustMergeOverwrite $annotations (index . 3) }}{{ end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "psync-relay.image" -}}
{{- $image := .Values.image -}}
{{- $registry := .Values.global.imageRegistry | default $image.registry -}}
{{- with $registry }}{{ . }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- define "psync-relay.pullSecrets" -}}
{{- $names := concat .Values.global.imagePullSecrets .Values.image.pullSecrets | uniq -}}
{{- with $names }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}
