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
listen.plain
listen.port
listen.tls-port
log.direct-io
log.memory
log.memory-hard
log.segment-size
threads
upstream.host
upstream.port
upstream.sentinel-master
upstream.sentinels
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

{{/* A name with all that may stand behind it, as a YAML array: list ROOT NAME. */}}
{{- define "psync-relay.longNames" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $space := printf "%s.%s" $name $root.Release.Namespace -}}
{{- list $name $space (printf "%s.svc" $space) (printf "%s.svc.%s" $space $root.Values.clusterDomain) | toYaml -}}
{{- end -}}

{{/* The names under which relays are asked: the Service's, and each pod's. */}}
{{- define "psync-relay.hostNames" -}}
{{- $names := include "psync-relay.longNames" (list . (include "psync-relay.fullname" .)) | fromYamlArray -}}
{{- if eq .Values.mode "standalone" -}}
{{- range $i := until (int .Values.replicaCount) -}}
{{- $pod := printf "%s-%d.%s" (include "psync-relay.fullname" $) $i (include "psync-relay.headless" $) -}}
{{- $names = concat $names (include "psync-relay.longNames" (list $ $pod) | fromYamlArray) -}}
{{- end -}}
{{- end -}}
{{- toYaml $names -}}
{{- end -}}

{{- define "psync-relay.sentinelPorts" -}}
{{- $ports := list -}}
{{- range .Values.upstream.sentinel.nodes }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end -}}
{{- $ports | uniq | toYaml -}}
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

{{/* The Secret with the relay's certificate, and the one with what it needs to speak to the master; nothing where there is none. */}}
{{- define "psync-relay.listenTls" -}}
{{- if .Values.listen.tls.enabled -}}
{{- .Values.listen.tls.existingSecret | default (include "psync-relay.certificateSecret" .) -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.upstreamTls" -}}
{{- if .Values.upstream.tls.enabled -}}
{{- .Values.upstream.tls.existingSecret | default (include "psync-relay.certificateSecret" .) -}}
{{- end -}}
{{- end -}}

{{- define "psync-relay.config" -}}
{{- $values := .Values -}}
{{- $upstream := dict -}}
{{- if $values.upstream.sentinel.enabled -}}
{{- $_ := set $upstream "sentinels" (join ", " $values.upstream.sentinel.nodes) -}}
{{- $_ := set $upstream "sentinel-master" $values.upstream.sentinel.masterName -}}
{{- with $values.upstream.sentinel.username }}{{ $_ := set $upstream "sentinel-username" . }}{{ end -}}
{{- if $values.upstream.sentinel.existingSecret -}}
{{- $_ := set $upstream "sentinel-password-file" "/run/secrets/psync-relay/sentinel/password" -}}
{{- end -}}
{{- else -}}
{{- $_ := set $upstream "host" ($values.upstream.host | default "127.0.0.1") -}}
{{- $_ := set $upstream "port" (int $values.upstream.port) -}}
{{- end -}}
{{- if $values.upstream.tls.enabled -}}
{{- $_ := set $upstream "tls" "yes" -}}
{{- if include "psync-relay.upstreamTls" . -}}
{{- if $values.upstream.tls.ca }}{{ $_ := set $upstream "tls-ca-file" "/run/secrets/psync-relay/upstream-tls/ca.crt" }}{{ end -}}
{{- if $values.upstream.tls.cert -}}
{{- $_ := set $upstream "tls-cert-file" "/run/secrets/psync-relay/upstream-tls/tls.crt" -}}
{{- $_ := set $upstream "tls-key-file" "/run/secrets/psync-relay/upstream-tls/tls.key" -}}
{{- end -}}
{{- end -}}
{{- with $values.upstream.tls.serverName }}{{ $_ := set $upstream "tls-server-name" . }}{{ end -}}
{{- end -}}
{{- with $values.upstream.auth.username }}{{ $_ := set $upstream "username" . }}{{ end -}}
{{- if $values.upstream.auth.existingSecret -}}
{{- $_ := set $upstream "password-file" "/run/secrets/psync-relay/upstream/password" -}}
{{- end -}}
{{- with include "psync-relay.announceIP" . }}{{ $_ := set $upstream "announce-ip" . }}{{ end -}}
{{- $listen := dict "address" $values.listen.address -}}
{{- if $values.listen.tls.enabled -}}
{{- $_ := set $listen "plain" "no" -}}
{{- $_ := set $listen "tls-port" (int $values.listen.port) -}}
{{- $_ := set $listen "tls-cert-file" "/run/secrets/psync-relay/listen-tls/tls.crt" -}}
{{- $_ := set $listen "tls-key-file" "/run/secrets/psync-relay/listen-tls/tls.key" -}}
{{- $_ := set $listen "tls-auth-clients" (ternary "yes" "no" $values.listen.tls.authClients) -}}
{{- if $values.listen.tls.authClients -}}
{{- $_ := set $listen "tls-ca-file" "/run/secrets/psync-relay/listen-tls/ca.crt" -}}
{{- end -}}
{{- else -}}
{{- $_ := set $listen "port" (int $values.listen.port) -}}
{{- end -}}
{{- if include "psync-relay.listenSecret" . -}}
{{- $_ := set $listen "password-file" "/run/secrets/psync-relay/listen/password" -}}
{{- end -}}
{{- $config := dict
  "upstream" $upstream
  "listen" $listen
  "http" (dict "address" $values.http.address "port" (int $values.http.port))
  "data-dir" "/var/lib/psync-relay"
  "shutdown-timeout" $values.drainTimeout -}}
{{- /* Clusters without a preStop sleep: the relay pauses by itself. */ -}}
{{- if and (eq $values.mode "standalone") (not $values.lifecycle) (not (semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version)) -}}
{{- $_ := set $config "shutdown-delay" $values.shutdownDelay -}}
{{- end -}}
{{- if $values.http.adminPort -}}
{{- $_ := set $config "admin" (dict "address" $values.http.address "port" (int $values.http.adminPort)
  "token-file" "/run/secrets/psync-relay/admin/token"
  "allowed-hosts" (include "psync-relay.hostNames" . | fromYamlArray | join ",")) -}}
{{- end -}}
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
