{{/*
The relay's container and its volumes: the StatefulSet has them, and NOTES.txt shows them to whoever puts the relay into another pod.

The configuration is mounted as a directory: one with subPath would never change while the pod runs. A password is one file in a
directory of its own, for the same reason.
*/}}

{{- define "psync-relay.containerStart" -}}
name: psync-relay
image: {{ include "psync-relay.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
args:
  {{- if .Values.args }}
  {{- toYaml .Values.args | nindent 2 }}
  {{- else }}
  - --config
  - /etc/psync-relay/psync-relay.yaml
  {{- end }}
  {{- with .Values.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  - name: POD_IP
    valueFrom:
      fieldRef:
        fieldPath: status.podIP
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: relay
    containerPort: {{ int .Values.listen.port }}
    protocol: TCP
  - name: relay-http
    containerPort: {{ int .Values.http.port }}
    protocol: TCP
  {{- with int .Values.http.adminPort }}
  - name: relay-admin
    containerPort: {{ . }}
    protocol: TCP
  {{- end }}
{{- end -}}

{{- define "psync-relay.containerEnd" -}}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - name: {{ include "psync-relay.volumeName" (list . "data") }}
    mountPath: /var/lib/psync-relay
  - name: {{ include "psync-relay.volumeName" (list . "config") }}
    mountPath: /etc/psync-relay
    readOnly: true
  {{- if .Values.upstream.auth.existingSecret }}
  - name: {{ include "psync-relay.volumeName" (list . "upstream-password") }}
    mountPath: /run/secrets/psync-relay/upstream
    readOnly: true
  {{- end }}
  {{- if include "psync-relay.listenSecret" . }}
  - name: {{ include "psync-relay.volumeName" (list . "listen-password") }}
    mountPath: /run/secrets/psync-relay/listen
    readOnly: true
  {{- end }}
  {{- range include "psync-relay.otherSecrets" . | fromYamlArray }}
  - name: {{ include "psync-relay.volumeName" (list $ .name) }}
    mountPath: /run/secrets/psync-relay/{{ .directory }}
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Probes; /livez knows nothing of the master, which as a sidecar starts only after this container has. */}}
{{- define "psync-relay.probes" -}}
{{- $values := .Values -}}
{{- $readiness := and (eq $values.mode "standalone") (ne (toString $values.readinessProbe.enabled) "false") -}}
{{- include "psync-relay.probe" (list . "startupProbe" $values.customStartupProbe $values.startupProbe $values.startupProbe.enabled "/livez") -}}
{{- include "psync-relay.probe" (list . "livenessProbe" $values.customLivenessProbe $values.livenessProbe $values.livenessProbe.enabled "/livez") -}}
{{- include "psync-relay.probe" (list . "readinessProbe" $values.customReadinessProbe $values.readinessProbe $readiness "/readyz") -}}
{{- end -}}

{{- define "psync-relay.probe" -}}
{{- if index . 2 }}
{{ index . 1 }}:
  {{- toYaml (index . 2) | nindent 2 }}
{{- else if index . 4 }}
{{ index . 1 }}:
  httpGet:
    path: {{ index . 5 }}
    port: {{ int (index . 0).Values.http.port }}
  {{- toYaml (omit (index . 3) "enabled") | nindent 2 }}
{{- end }}
{{- end -}}

{{/* In somebody else's pod the names must not meet others. */}}
{{- define "psync-relay.volumeName" -}}
{{- if eq (index . 0).Values.mode "standalone" }}{{ index . 1 }}{{ else }}psync-relay-{{ index . 1 }}{{ end -}}
{{- end -}}

{{- define "psync-relay.volumes" -}}
- name: {{ include "psync-relay.volumeName" (list . "config") }}
  configMap:
    name: {{ include "psync-relay.configMap" . }}
{{- if .Values.upstream.auth.existingSecret }}
- name: {{ include "psync-relay.volumeName" (list . "upstream-password") }}
  secret:
    secretName: {{ .Values.upstream.auth.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .Values.upstream.auth.passwordKey }}
        path: password
{{- end }}
{{- with include "psync-relay.listenSecret" . }}
- name: {{ include "psync-relay.volumeName" (list $ "listen-password") }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      - key: {{ ternary $.Values.listen.auth.passwordKey $.Values.upstream.auth.passwordKey (not (empty $.Values.listen.auth.existingSecret)) }}
        path: password
{{- end }}
{{- range include "psync-relay.otherSecrets" . | fromYamlArray }}
- name: {{ include "psync-relay.volumeName" (list $ .name) }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      {{- toYaml .items | nindent 6 }}
{{- end }}
{{- end -}}

{{/*
Secrets beside the two passwords, one volume each: its name, where it is mounted, the Secret, and its keys with the files that they
become.
*/}}
{{- define "psync-relay.otherSecrets" -}}
{{- $values := .Values -}}
{{- $secrets := list -}}
{{- if and $values.upstream.sentinel.enabled $values.upstream.sentinel.existingSecret -}}
{{- $secrets = append $secrets (dict "name" "sentinel-password" "directory" "sentinel" "secret" $values.upstream.sentinel.existingSecret
  "items" (list (dict "key" $values.upstream.sentinel.passwordKey "path" "password"))) -}}
{{- end -}}
{{- with include "psync-relay.upstreamTls" . -}}
{{- $items := list -}}
{{- with $values.upstream.tls.ca }}{{ $items = append $items (dict "key" . "path" "ca.crt") }}{{ end -}}
{{- with $values.upstream.tls.cert -}}
{{- $items = concat $items (list (dict "key" . "path" "tls.crt") (dict "key" $values.upstream.tls.key "path" "tls.key")) -}}
{{- end -}}
{{- $secrets = append $secrets (dict "name" "upstream-tls" "directory" "upstream-tls" "secret" . "items" $items) -}}
{{- end -}}
{{- with include "psync-relay.listenTls" . -}}
{{- $items := list (dict "key" $values.listen.tls.cert "path" "tls.crt") (dict "key" $values.listen.tls.key "path" "tls.key") -}}
{{- if $values.listen.tls.authClients }}{{ $items = append $items (dict "key" $values.listen.tls.ca "path" "ca.crt") }}{{ end -}}
{{- $secrets = append $secrets (dict "name" "listen-tls" "directory" "listen-tls" "secret" . "items" $items) -}}
{{- end -}}
{{- if $values.http.adminPort -}}
{{- $secrets = append $secrets (dict "name" "admin-token" "directory" "admin" "secret" $values.http.admin.existingSecret
  "items" (list (dict "key" $values.http.admin.tokenKey "path" "token"))) -}}
{{- end -}}
{{- toYaml $secrets -}}
{{- end -}}

{{/* The volume of log and snapshots where the StatefulSet makes no claim for it. */}}
{{- define "psync-relay.dataVolume" -}}
- name: {{ include "psync-relay.volumeName" (list . "data") }}
{{- if not .Values.persistence.enabled }}
  {{- $limits := dict }}
  {{- with .Values.persistence.emptyDir.sizeLimit }}{{ $_ := set $limits "sizeLimit" . }}{{ end }}
  {{- with .Values.persistence.emptyDir.medium }}{{ $_ := set $limits "medium" . }}{{ end }}
  emptyDir:{{ if $limits }}{{ toYaml $limits | nindent 4 }}{{ else }} {}{{ end }}
{{- else if .Values.persistence.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ .Values.persistence.existingClaim }}
{{- end }}
{{- end -}}
