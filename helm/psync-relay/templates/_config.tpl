{{/*
The configuration that the relay gets: what the values mean, and over it `config`. Keys that no value speaks of are left out, so
that the relay's own defaults hold.

psync-relay.restartKeys are those that config.example.yaml marks [restart] (tests/chart compares): a change of one of them replaces
the pods, a change of another is taken over while the relay runs.
*/}}

{{- define "psync-relay.restartKeys" -}}
admin.address
admin.port
admin.socket
data-dir
http.address
http.port
listen.address
listen.backlog
listen.port
log.direct-io
log.memory
log.memory-hard
log.segment-size
threads
upstream.host
upstream.port
{{- end -}}

{{- define "psync-relay.announceIP" -}}
{{- $as := .Values.upstream.announceIP -}}
{{- if eq $as "podIP" -}}
${POD_IP}
{{- else if eq $as "hostname" -}}
{{- printf "${POD_NAME}.%s.%s.svc.%s" (include "psync-relay.headless" .) .Release.Namespace .Values.clusterDomain -}}
{{- else -}}
{{- $as -}}
{{- end -}}
{{- end -}}

{{/* The bytes of the volume that log and snapshots lie on; nothing where there is no limit. */}}
{{- define "psync-relay.volumeSize" -}}
{{- if .Values.persistence.enabled -}}
{{- .Values.persistence.size -}}
{{- else -}}
{{- .Values.persistence.emptyDir.sizeLimit -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the password that connections must give; nothing where there is none. */}}
{{- define "psync-relay.listenSecret" -}}
{{- if .Values.listen.auth.enabled -}}
{{- .Values.listen.auth.existingSecret | default .Values.upstream.auth.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.config" -}}
{{- $values := .Values -}}
{{- $upstream := dict "host" ($values.upstream.host | default "127.0.0.1") "port" (int $values.upstream.port) -}}
{{- with $values.upstream.auth.username }}{{ $_ := set $upstream "username" . }}{{ end -}}
{{- if $values.upstream.auth.existingSecret -}}
{{- $_ := set $upstream "password-file" "/run/secrets/psync-relay/upstream/password" -}}
{{- end -}}
{{- with include "psync-relay.announceIP" . }}{{ $_ := set $upstream "announce-ip" . }}{{ end -}}
{{- $listen := dict "address" $values.listen.address "port" (int $values.listen.port) -}}
{{- if include "psync-relay.listenSecret" . -}}
{{- $_ := set $listen "password-file" "/run/secrets/psync-relay/listen/password" -}}
{{- end -}}
{{- $config := dict
  "upstream" $upstream
  "listen" $listen
  "http" (dict "address" $values.http.address "port" (int $values.http.port))
  "data-dir" "/var/lib/psync-relay"
  "shutdown-timeout" $values.drainTimeout -}}
{{- with include "psync-relay.volumeSize" . -}}
{{- $bytes := mulf (include "psync-relay.bytes" . | float64) (float64 $values.logMaxSizeRatio) -}}
{{- $_ := set $config "log" (dict "max-size" (printf "%dMi" (divf $bytes 1048576.0 | floor | int64))) -}}
{{- end -}}
{{- mustMergeOverwrite $config (deepCopy $values.config) | toYaml -}}
{{- end -}}

{{/* Changes when the pods must be replaced for the configuration to hold. */}}
{{- define "psync-relay.configChecksum" -}}
{{- $text := include "psync-relay.config" . -}}
{{- if .Values.configReload.enabled -}}
{{- $config := fromYaml $text -}}
{{- $held := dict -}}
{{- range $key := include "psync-relay.restartKeys" . | splitList "\n" -}}
{{- $at := $config -}}
{{- range $name := splitList "." $key -}}
{{- if kindIs "map" $at }}{{ $at = index $at $name }}{{ end -}}
{{- end -}}
{{- $_ := set $held $key $at -}}
{{- end -}}
{{- $text = toJson $held -}}
{{- end -}}
{{- sha256sum $text -}}
{{- end -}}
